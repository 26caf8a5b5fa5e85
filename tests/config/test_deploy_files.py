import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.process import ROOT

DEPLOY = ROOT / "docs" / "deploy"


def units(name: str) -> list[str]:
    return (DEPLOY / name).read_text().splitlines()


@pytest.mark.parametrize(
    "name",
    ["ringside-web@.service", "ringside-runner@.service", "ringside-upkeep@.service"],
)
def test_a_service_checks_each_env_file_that_it_reads(name: str) -> None:
    lines = units(name)
    read = [line.partition("=")[2] for line in lines if line.startswith("Environ")
            and "File=" in line]  # fmt: skip
    (check,) = [line for line in lines if line.startswith("ExecStartPre=+")]
    assert check.endswith(f"-m config.env_file {' '.join(read)}")
    assert read


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_has_nothing_to_say_against_the_units(tmp_path: Path) -> None:
    names = [one.name for one in DEPLOY.glob("ringside-*@.*")]
    assert len(names) == 4
    for name in names:
        text = (DEPLOY / name).read_text()
        # What is not installed here could not be executed.
        there = text.replace("/opt/ringside/.venv/bin/python", sys.executable)
        (tmp_path / name).write_text(there)
    done = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / name) for name in names)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_commands_read_the_file_that_the_service_of_pages_reads() -> None:
    assert "EnvironmentFile=/etc/ringside/env" in units("ringside-web@.service")
    assert (
        "-m config.env_file /etc/ringside/env --" in (DEPLOY / "ringside").read_text()
    )


def test_an_image_gets_only_what_is_tracked_and_named() -> None:
    """Whatever lies in a checkout beside it: keys, databases, history."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    assert patterns[0] == "*"
    named = [pattern.removeprefix("!") for pattern in patterns if pattern[0] == "!"]
    tracked = subprocess.run(
        ["git", "ls-files", "--", *named],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    for name in named:
        assert any(Path(file).is_relative_to(name) for file in tracked), name
    # What building the page and running it needs is among them.
    for needed in ("uv.lock", "hatch_build.py", "manage.py", "templates", "README.md"):
        assert needed in named
    for secret in ("var", ".git", ".env", "docs"):
        assert secret not in named
