import os
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import data_dir


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def test_a_new_directory_is_for_its_owner_alone(tmp_path: Path) -> None:
    assert mode(data_dir.make(tmp_path / "a/b")) == 0o700


@pytest.mark.parametrize(("before", "after"), [(0o755, 0o750), (0o777, 0o770)])
def test_others_are_shut_out_of_a_directory_that_is_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, before: int, after: int
) -> None:
    path = tmp_path / "data"
    path.mkdir()
    path.chmod(before)
    assert mode(data_dir.make(path)) == after
    assert "was open to all users" in caplog.text
    caplog.clear()
    data_dir.make(path)
    assert not caplog.text


@pytest.mark.parametrize("given", [0o700, 0o750])
def test_a_group_that_was_let_in_stays(tmp_path: Path, given: int) -> None:
    path = tmp_path / "data"
    path.mkdir()
    path.chmod(given)
    assert mode(data_dir.make(path)) == given


def test_a_directory_of_many_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    home = tmp_path / "home/joe"
    home.mkdir(parents=True)
    home.chmod(0o755)
    monkeypatch.setenv("HOME", str(home))
    for path in (shared, home):
        with pytest.raises(ImproperlyConfigured, match="chmod o="):
            data_dir.make(path)
    assert mode(home) == 0o755


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_what_its_owner_alone_can_close_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.mkdir()
    path.chmod(0o777)
    os.chown(path, 12_345, 12_345)
    os.chown(tmp_path, 12_345, 12_345)
    child = os.fork()
    if child == 0:  # another user, with no way to change the mode
        os.setuid(12_346)
        try:
            data_dir.make(path)
        except ImproperlyConfigured:
            os._exit(3)
        finally:
            os._exit(4)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
