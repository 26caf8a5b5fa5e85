"""What somebody is told whose machine or settings are not as they must be."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.installation import clean_env
from tests.servers.process import ROOT

MIGRATE = ("manage.py", "migrate")
NOBODY_THERE = "postgres://nobody@127.0.0.1:1/none"


def told(*words: str, **env: str) -> str:
    """Run Python to an end that must be bad; return what it said."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=clean_env() | env,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    return done.stderr


def test_a_python_without_django_is_told_how_to_run_it() -> None:
    said = told("-S", *MIGRATE)
    assert "has no django" in said
    assert "make run" in said
    assert "Traceback" not in said


def test_a_data_directory_that_cannot_be_is_said(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    said = told(*MIGRATE, RINGSIDE_DATA_DIR=str(file / "data"))
    assert f"{file}/data cannot be made: Not a directory" in said
    assert "Set RINGSIDE_DATA_DIR" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (NOBODY_THERE, "Connection refused"),
        ("paper://x", "DATABASE_URL: expected postgres://"),
    ],
)
def test_a_database_that_is_not_there_is_said(
    tmp_path: Path, url: str, reason: str
) -> None:
    env = {"RINGSIDE_DATA_DIR": str(tmp_path), "DATABASE_URL": url}
    said = told(*MIGRATE, **env)
    assert reason in said
    assert "Traceback" not in said
    assert "Traceback" in told(*MIGRATE, "--traceback", **env)


@pytest.mark.parametrize("command", [["runagent", "--exec", "true"], ["signin"]])
def test_a_database_that_lacks_a_migration_is_said(
    tmp_path: Path, command: list[str]
) -> None:
    said = told("manage.py", *command, RINGSIDE_DATA_DIR=str(tmp_path))
    assert "The database is not up to date: run `ringside migrate`" in said
