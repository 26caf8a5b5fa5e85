"""What `uv build` makes runs by itself, outside the repository."""

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.apps import apps

from config.command import COMMANDS
from tests.servers.free_port import free_port
from tests.servers.process import ROOT

UV = shutil.which("uv") or str(ROOT / "var" / "uv" / "bin" / "uv")
START_S = 60


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not Path(UV).exists():
        pytest.skip("uv is neither on PATH nor in var/uv")
    out = tmp_path_factory.mktemp("wheel")
    # The page is built already; the tests before this one looked at it.
    run([UV, "build", "--wheel", "--quiet", "--out-dir", str(out)], SKIP_FRONTEND="1")
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin directory of a fresh environment that holds the wheel alone."""
    home = tmp_path_factory.mktemp("installed")
    locked = home / "locked.txt"
    export = [UV, "export", "--frozen", "--no-dev", "--no-emit-project", "--quiet"]
    run([*export, "--no-hashes", "--output-file", str(locked)])
    run([UV, "venv", "--quiet", "--python", sys.executable, str(home / "venv")])
    python = str(home / "venv" / "bin" / "python")
    install = [UV, "pip", "install", "--quiet", "--python", python]
    run([*install, "--constraint", str(locked), str(wheel)])
    return home / "venv" / "bin"


@pytest.fixture
def served(installed: Path, tmp_path: Path) -> Iterator[str]:
    port = free_port()
    env = clean_environment() | {"XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path)}
    env |= {"RINGSIDE_SIMULATE": "1"}
    ringside = str(installed / "ringside")
    subprocess.run([ringside, "migrate", "-v0"], cwd=tmp_path, env=env, check=True)
    server = subprocess.Popen(
        [ringside, "serve", "--port", str(port)], cwd=tmp_path, env=env
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(START_S)


def clean_environment() -> dict[str, str]:
    hidden = ("RINGSIDE_", "DJANGO_", "VIRTUAL_ENV", "PYTHON", "PYTEST")
    return {k: v for k, v in os.environ.items() if not k.startswith(hidden)}


def run(command: list[str], **more: str) -> None:
    subprocess.run(command, cwd=ROOT, env=clean_environment() | more, check=True)


def read_when_up(url: str) -> tuple[int, str]:
    deadline = time.monotonic() + START_S
    while True:
        try:
            with urllib.request.urlopen(url) as answer:  # noqa: S310 - on loopback
                return answer.status, answer.read().decode()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_the_wheel_holds_the_pages_and_none_of_their_sources(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()
    assert "config/templates/base.html" in names
    assert "sessions_app/static/sessions_app/dist/app.js" in names
    assert [n for n in names if n.endswith((".ts", ".map"))] == []


def test_the_installed_command_serves_the_sign_in_page(
    served: str, tmp_path: Path
) -> None:
    status, page = read_when_up(f"{served}/signin/")
    assert status == 200
    assert "Ringside" in page
    assert (tmp_path / "ringside" / "ringside.sqlite3").exists()


def test_the_help_lists_every_command_of_ringsides_own() -> None:
    ours = {
        path.stem
        for app in ("runners", "sessions_app")
        for path in Path(str(apps.get_app_config(app).path)).glob(
            "management/commands/[a-z]*.py"
        )
    }
    assert {*COMMANDS} == ours | {"migrate"}
    assert import_module("config.command")._help().count("\n") > len(COMMANDS)


def test_help_takes_hardly_longer_than_djangos_own() -> None:
    def median_s(*command: str) -> float:
        took: list[float] = []
        for _ in range(5):
            began = time.monotonic()
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
            took.append(time.monotonic() - began)
        return sorted(took)[2]

    here = Path(sys.executable).parent
    ours = median_s(str(here / "ringside"), "--help")
    assert ours < 1.5 * median_s(str(here / "django-admin"), "help")
