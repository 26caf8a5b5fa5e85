import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.process import ROOT

PRODUCTION = {
    "RINGSIDE_PLAIN_NAMES": "1",
    "HTTPS": "1",
    "BEHIND_PROXY": "1",
    "ALLOWED_HOSTS": "ringside.example",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghij",
    "DATABASE_URL": "postgres://ringside:s3cret@127.0.0.1:1/ringside",
}


def check(directory: Path, **changed: str) -> subprocess.CompletedProcess[str]:
    """Run `check --deploy` in production settings; no database is asked."""
    env = {"PATH": "/usr/bin:/bin", "RINGSIDE_DATA_DIR": str(directory)}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level=WARNING"]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=env | PRODUCTION | changed,
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"SECRET_KEY": ""}, "ringside.E001"),
        ({"DATABASE_URL": "postgres://r:PASSWORD@127.0.0.1:1/r"}, "ringside.E002"),
        ({"ALLOWED_HOSTS": "ringside.example.com"}, "ringside.W003"),
        ({"BEHIND_PROXY": ""}, "ringside.W004"),
    ],
)
def test_what_is_left_as_in_the_example_is_named(
    tmp_path: Path, changed: dict[str, str], said: str
) -> None:
    done = check(tmp_path, **changed)
    assert done.returncode == 1
    assert said in done.stderr
    assert "s3cret" not in done.stderr


def test_a_deployment_with_values_of_its_own_passes(tmp_path: Path) -> None:
    done = check(tmp_path)
    assert done.returncode == 0, done.stderr


def test_one_machine_keeps_its_key_in_its_data_directory(tmp_path: Path) -> None:
    done = check(
        tmp_path, SECRET_KEY="", DATABASE_URL=f"sqlite:///{tmp_path}/r.sqlite3"
    )
    assert done.returncode == 0, done.stderr
