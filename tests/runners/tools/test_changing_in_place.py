"""What a change of a file keeps, and what a change that fails leaves."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from runners.sandbox.jail import PathRefused
from tests.runners.tools.conftest import Use

IS_ROOT = os.geteuid() == 0
CHANGES = {
    "edit_file": {"old_string": "old", "new_string": "new and longer"},
    "write_file": {"content": "new and longer\n"},
}
changes = pytest.mark.parametrize("tool", CHANGES)


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


async def change(use: Use, tool: str, name: str) -> None:
    await use("read_file", path=name)
    await use(tool, path=name, **CHANGES[tool])


@changes
async def test_a_change_keeps_the_file_and_all_that_belongs_to_it(
    use: Use, tmp_path: Path, tool: str
) -> None:
    path = tmp_path / "a"
    path.write_text("old\n")
    path.chmod(0o664)
    (tmp_path / "hard").hardlink_to(path)
    os.setxattr(path, "user.tag", b"kept")
    if IS_ROOT:
        os.chown(path, 12_345, 12_346)
    before = path.stat()
    await change(use, tool, "a")
    after = path.stat()
    assert (after.st_ino, after.st_mode, after.st_nlink) == (
        before.st_ino,
        before.st_mode,
        2,
    )
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)
    assert os.getxattr(path, "user.tag") == b"kept"
    assert (tmp_path / "hard").read_text() == "new and longer\n"
    assert names(tmp_path) == ["a", "hard"]


@changes
async def test_a_link_stays_a_link_and_its_target_changes(
    use: Use, tmp_path: Path, tool: str
) -> None:
    (tmp_path / "a").write_text("old\n")
    (tmp_path / "link").symlink_to("a")
    await change(use, tool, "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "a").read_text() == "new and longer\n"


@changes
async def test_a_changed_file_is_no_longer_setuid(
    use: Use, tmp_path: Path, tool: str
) -> None:
    (tmp_path / "a").write_text("old\n")
    (tmp_path / "a").chmod(0o6755)
    await change(use, tool, "a")
    assert (tmp_path / "a").stat().st_mode & 0o7777 == 0o755


@changes
async def test_a_read_only_file_is_left_alone_by_root_too(
    use: Use, tmp_path: Path, tool: str
) -> None:
    (tmp_path / "a").write_text("old\n")
    (tmp_path / "a").chmod(0o444)
    with pytest.raises((PathRefused, PermissionError)):
        await change(use, tool, "a")
    assert (tmp_path / "a").read_text() == "old\n"


@changes
async def test_a_shorter_text_leaves_nothing_of_the_longer_one(
    use: Use, tmp_path: Path, tool: str
) -> None:
    (tmp_path / "a").write_text("old" + " and much longer" * 9)
    await use("read_file", path="a")
    given: dict[str, dict[str, str]] = {
        "edit_file": {"old_string": " and much longer" * 9, "new_string": ""},
        "write_file": {"content": "old"},
    }
    await use(tool, path="a", **given[tool])
    assert (tmp_path / "a").read_text() == "old"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KB in the working directory."""
    path = tmp_path / "full"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(path)]
    if not IS_ROOT or not shutil.which("mount") or subprocess.call(mount):
        pytest.skip("nothing can be mounted here")
    yield path
    subprocess.check_call(["umount", str(path)])


@pytest.mark.parametrize("size", [9, 30_000])
async def test_on_a_full_disk_a_file_keeps_its_content(
    use: Use, small_disk: Path, size: int
) -> None:
    (small_disk / "a").write_text("k" * size)
    await use("read_file", path="full/a")
    with pytest.raises(OSError, match="No space left"):
        await use("write_file", path="full/a", content="x" * 200_000)
    assert (small_disk / "a").read_text() == "k" * size
    with pytest.raises(OSError, match="No space left"):
        await use("write_file", path="full/new", content="x" * 200_000)
    assert not (small_disk / "new").exists()


@pytest.mark.parametrize("path", ["~/x", "~root/x", "$HOME/x", "${TMPDIR}/x", "~"])
async def test_what_only_a_shell_expands_is_no_path(
    use: Use, tmp_path: Path, path: str
) -> None:
    for tool, given in (
        ("write_file", {"content": ""}),
        ("read_file", {}),
        ("grep", {"pattern": "x"}),
        ("glob", {"pattern": "x"}),
    ):
        with pytest.raises(PathRefused, match="is not expanded"):
            await use(tool, path=path, **given)
    assert not names(tmp_path)


@pytest.mark.parametrize("path", ["./~/x", "$id.tsx", "a/$HOME/x", "a~", "$post/a"])
async def test_a_name_that_merely_looks_so_is_a_path(
    use: Use, tmp_path: Path, path: str
) -> None:
    await use("write_file", path=path, content="x")
    assert (tmp_path / path).read_text() == "x"
