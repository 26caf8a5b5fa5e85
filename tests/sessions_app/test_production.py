import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers.installation import Installation, Served, Template
from tests.servers.process import ROOT
from tests.servers.stack import SQLITE, Stack

PRODUCTION = {
    "RINGSIDE_PLAIN_NAMES": "1",
    "HTTPS": "1",
    "BEHIND_PROXY": "1",
    "STATIC_COLLECTED": "1",
    "ALLOWED_HOSTS": "ringside.example",
    "LOG_FORMAT": "json",
}
PROXY = {"Host": "ringside.example", "X-Forwarded-For": "10.0.0.9"}
TLS = PROXY | {"X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory,
    template_of: Callable[[Stack], Template],
) -> Iterator[Served]:
    directory = tmp_path_factory.mktemp("production")
    installation = Installation(SQLITE, directory, template_of(SQLITE))
    installation.env |= PRODUCTION
    installation.manage("collectstatic", "--no-input")
    yield installation.serve("--no-runner")
    installation.end()


def test_check_finds_nothing_in_production_settings(tmp_path: Path) -> None:
    # By a process of its own: the settings are read once.
    env = {"PATH": "/usr/bin:/bin", "RINGSIDE_DATA_DIR": str(tmp_path)} | PRODUCTION
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level=DEBUG"]
    done = subprocess.run(
        command, cwd=ROOT, env=env, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_static_files_are_compressed_and_may_be_cached_for_ever(served: Served) -> None:
    page = served.get("/signin/", headers=TLS)
    assert page.status_code == 200
    found = re.search(r'href="(/static/sessions_app/dist/style\.\w+\.css)"', page.text)
    assert found is not None, page.text
    style = served.get(found[1], headers=TLS | {"Accept-Encoding": "gzip"})
    assert style.headers["Content-Encoding"] == "gzip"
    assert "immutable" in style.headers["Cache-Control"]


@pytest.mark.parametrize("part", ["look_back.js", "worker.js"])
def test_what_the_page_loads_later_is_there_by_its_plain_name(
    served: Served, part: str
) -> None:
    found = served.get(f"/static/sessions_app/dist/{part}", headers=TLS)
    assert found.status_code == 200
    assert "immutable" not in found.headers["Cache-Control"]


def test_plain_http_is_sent_to_https(served: Served) -> None:
    answer = served.get("/signin/", headers=PROXY)
    assert answer.status_code == 301
    assert answer.headers["Location"] == "https://ringside.example/signin/"
    secure = served.get("/signin/", headers=TLS)
    assert "includeSubDomains" in secure.headers["Strict-Transport-Security"]
    assert "; Secure" in secure.headers["Set-Cookie"]


def test_probes_are_asked_by_address(served: Served) -> None:
    assert served.get("/healthz").status_code == 200
    assert served.get("/readyz").status_code == 200
