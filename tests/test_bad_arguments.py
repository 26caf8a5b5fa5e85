import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Install
from tests.runners.sessions import Sessions
from tests.servers.installation import Installation
from tests.servers.process import ROOT
from tests.servers.stack import SQLITE

NOT_UTF8 = b"\xff".decode(errors="surrogateescape")
# What is typed, and what of the answer names what is wrong with it.
TYPED = [
    (("prune", "--older-than", "9999y"), "--older-than"),
    (("signin", "--base-url", "http://[::1"), "--base-url"),
    (("signin", "--base-url", "http://host:99999999"), "--base-url"),
    (("serve", "--port", "0", "--concurrency", "0"), "--concurrency"),
    (("serve", "--port", "0", "--runner-metrics-port", "99999"), "metrics-port"),
    (("export", "ID", "--output", "/proc/none/file"), "--output"),
    (("redact", "ID", "--seq", "9" * 20), "--seq"),
    (("redact", "ID", "--seq", "-1"), "--seq"),
    (("runagent", "--simulate", f"say {NOT_UTF8}"), "Not UTF-8"),
    (("runagent", "--session", NOT_UTF8, "hi"), "Not UTF-8"),
    (("runagent", "--simulate", "hi", "--workdir", "/proc/none/dir"), "--workdir"),
    (("runagent", "--simulate", "hi", "--model", "m" * 81), "--model"),
]


@pytest.fixture(scope="module")
def installation(install_for_module: Install) -> Installation:
    return install_for_module(SQLITE)


@pytest.fixture(scope="module")
def session_id(installation: Installation) -> str:
    return Sessions(installation).queue("hi")


@pytest.mark.parametrize(("words", "named"), TYPED)
def test_what_cannot_be_is_said_in_a_line(
    installation: Installation, session_id: str, words: tuple[str, ...], named: str
) -> None:
    typed = [session_id if word == "ID" else word for word in words]
    process = installation.start(*typed)
    assert process.wait() not in {0, None}
    assert named in process.errors().splitlines()[-1]
    assert "Traceback" not in process.errors()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "example.org"])  # noqa: S104
def test_a_server_of_ones_own_is_not_served_to_others(
    installation: Installation, host: str
) -> None:
    words = ("serve", "--no-runner", "--port", "0", "--host", host)
    process = installation.start(*words, RINGSIDE_OWN_MACHINE="1")
    assert process.wait() not in {0, None}
    assert "unset RINGSIDE_OWN_MACHINE" in process.errors()


def test_a_directory_whose_name_is_no_text_is_refused(
    installation: Installation, tmp_path: Path
) -> None:
    work = tmp_path / os.fsdecode(b"caf\xe9")
    work.mkdir()
    env = installation.env | {"RINGSIDE_SIMULATE": "0", "ANTHROPIC_API_KEY": "any"}
    for words in (["--simulate", "--workdir", "."], []):
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), "runagent", "hi", *words],
            cwd=work,
            env=env,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 1
        assert "is not UTF-8: rename that directory" in done.stderr.splitlines()[-1]
