import asyncio
import os
from pathlib import Path

import pytest

from runners.sandbox.jail import PathRefused
from runners.tools.context import ToolContext, ToolError
from runners.tools.limits import Limits
from tests.runners.tools.conftest import Use

CHANGES = {
    "write_file": {"content": "two"},
    "edit_file": {"old_string": "one", "new_string": "two"},
}


async def test_a_file_is_read_with_line_numbers(use: Use, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"one\ntwo\nthr\xc3\xa9")
    output = await use("read_file", path="a.txt")
    assert output.text == "     1\tone\n     2\ttwo\n     3\tthr\u00e9\n"
    assert not output.truncated


async def test_a_part_of_a_file_is_read(use: Use, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("".join(f"line {n}\n" for n in range(1, 11)))
    output = await use("read_file", path="a.txt", offset=4, limit=2)
    lines = output.text.split("\n")
    assert lines == ["     4\tline 4", "     5\tline 5", lines[2]]
    assert lines[2] == "[5 more lines; go on with offset=6]"
    assert output.truncated
    with pytest.raises(ToolError, match="only 10 lines"):
        await use("read_file", path="a.txt", offset=11)


async def test_an_empty_file_says_so(use: Use, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert "empty" in (await use("read_file", path="a")).text


async def test_a_long_read_stops_at_the_limit_and_says_where_to_go_on(
    use: Use, job: ToolContext, tmp_path: Path
) -> None:
    job.limits = Limits(output_chars=100)
    (tmp_path / "a").write_text("x" * 40 + "\n" + "y" * 40 + "\n" + "z" * 40)
    output = await use("read_file", path="a")
    assert output.text.endswith("[1 more lines; go on with offset=3]")


async def test_what_is_no_text_file_is_refused(use: Use, tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\0\1\2")
    with pytest.raises(ToolError, match="binary"):
        await use("read_file", path="binary")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(PathRefused, match="not a regular file"):
        await use("read_file", path="pipe")
    with pytest.raises(PathRefused, match="is a directory"):
        await use("read_file", path=".")


async def test_a_large_file_is_refused(
    use: Use, job: ToolContext, tmp_path: Path
) -> None:
    job.limits = Limits(file_bytes=10)
    (tmp_path / "a").write_text("x" * 11)
    with pytest.raises(PathRefused, match="too large: 11 bytes"):
        await use("read_file", path="a")


async def test_a_file_is_written_with_its_directories(use: Use, tmp_path: Path) -> None:
    output = await use("write_file", path="a/b/c.txt", content="h\u00e9\n")
    assert (tmp_path / "a/b/c.txt").read_bytes() == "h\u00e9\n".encode()
    assert "4 bytes" in output.text
    assert sorted(p.name for p in (tmp_path / "a/b").iterdir()) == ["c.txt"]


async def test_a_file_that_is_replaced_keeps_its_mode(use: Use, tmp_path: Path) -> None:
    script = tmp_path / "run.sh"
    script.touch(mode=0o750)
    script.chmod(0o750)
    script.write_text("exit")
    await use("read_file", path="run.sh")
    await use("write_file", path="run.sh", content="echo")
    assert script.stat().st_mode & 0o777 == 0o750


async def test_an_edit_needs_a_read_before(use: Use, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one two")
    edit = {"path": "a", "old_string": "two", "new_string": "2"}
    with pytest.raises(ToolError, match="a is there and you have not read it"):
        await use("edit_file", **edit)
    await use("read_file", path="a")
    await use("edit_file", **edit)
    assert (tmp_path / "a").read_text() == "one 2"
    await use("edit_file", path="./a", old_string="one", new_string="1")
    assert (tmp_path / "a").read_text() == "1 2"


async def test_what_was_written_may_be_edited(use: Use, tmp_path: Path) -> None:
    await use("write_file", path="a", content="one")
    await use("edit_file", path="a", old_string="one", new_string="two")
    assert (tmp_path / "a").read_text() == "two"


async def test_an_edit_of_a_file_that_has_changed_is_refused(
    use: Use, tmp_path: Path
) -> None:
    (tmp_path / "a").write_text("one")
    await use("read_file", path="a")
    (tmp_path / "a").write_text("one and more")
    with pytest.raises(ToolError, match="read it again"):
        await use("edit_file", path="a", old_string="one", new_string="two")


async def test_a_file_that_was_not_read_is_not_replaced(
    use: Use, tmp_path: Path
) -> None:
    (tmp_path / "a").write_text("precious")
    with pytest.raises(ToolError, match="you have not read it"):
        await use("write_file", path="a", content="new")
    assert (tmp_path / "a").read_text() == "precious"
    await use("read_file", path="a")
    await use("write_file", path="./a", content="new")
    assert (tmp_path / "a").read_text() == "new"
    (tmp_path / "empty").touch()  # nothing is lost with it
    await use("write_file", path="empty", content="new")
    assert (tmp_path / "empty").read_text() == "new"


async def test_a_file_that_has_changed_is_not_replaced(
    use: Use, tmp_path: Path
) -> None:
    (tmp_path / "a").write_text("one\n")
    await use("read_file", path="a")
    with (tmp_path / "a").open("a") as file:
        file.write("saved by a person meanwhile\n")
    for tool, given in CHANGES.items():
        with pytest.raises(ToolError, match="read it again"):
            await use(tool, path="a", **given)
    assert "meanwhile" in (tmp_path / "a").read_text()


@pytest.mark.parametrize("tool", CHANGES)
async def test_a_change_of_equal_size_and_time_is_one(
    use: Use, tmp_path: Path, tool: str
) -> None:
    """As rsync, tar, a restored backup or two writes in one clock tick leave it."""
    path = tmp_path / "a"
    path.write_text("one\n")
    before = path.stat()
    await use("read_file", path="a")
    path.write_text("One\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(ToolError, match="read it again"):
        await use(tool, path="a", **CHANGES[tool])
    assert path.read_text() == "One\n"


@pytest.mark.parametrize("tool", CHANGES)
async def test_the_same_content_at_another_time_is_no_change(
    use: Use, tmp_path: Path, tool: str
) -> None:
    """A branch that was switched to and back writes every file anew."""
    path = tmp_path / "a"
    path.write_text("one\n")
    await use("read_file", path="a")
    (tmp_path / "b").write_text("one\n")
    (tmp_path / "b").rename(path)
    os.utime(path, (0, 0))
    await use(tool, path="a", **CHANGES[tool])
    assert "two" in path.read_text()


async def test_what_no_tool_can_read_is_not_replaced(
    use: Use, job: ToolContext, tmp_path: Path
) -> None:
    (tmp_path / "binary").write_bytes(b"\0\1\2")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_text("x" * 1_000)
    job.limits = Limits(file_bytes=100)
    for name in ("binary", "pipe", "large", "."):
        with pytest.raises((ToolError, PathRefused)):
            await use("write_file", path=name, content="new")
    assert (tmp_path / "binary").read_bytes() == b"\0\1\2"
    assert (tmp_path / "large").stat().st_size == 1_000


async def test_an_edit_that_changes_nothing_is_refused(
    use: Use, tmp_path: Path
) -> None:
    await use("write_file", path="a", content="one\r\n")
    for old, new in (("one", "one"), ("one\r\n", "one\n")):
        with pytest.raises(ToolError, match="nothing would change"):
            await use("edit_file", path="a", old_string=old, new_string=new)


async def test_an_edit_needs_one_place(use: Use, tmp_path: Path) -> None:
    await use("write_file", path="a", content="x y x")
    with pytest.raises(ToolError, match="not in a"):
        await use("edit_file", path="a", old_string="z", new_string="")
    with pytest.raises(ToolError, match="2 times"):
        await use("edit_file", path="a", old_string="x", new_string="")
    output = await use(
        "edit_file", path="a", old_string="x", new_string="z", replace_all=True
    )
    assert (tmp_path / "a").read_text() == "z y z"
    assert "2 places" in output.text


async def test_an_edit_that_makes_too_much_of_a_file_is_refused(
    use: Use, job: ToolContext, tmp_path: Path
) -> None:
    (tmp_path / "a").write_text("a" * 1_000_000)
    await use("read_file", path="a")
    edit = {"path": "a", "old_string": "a", "replace_all": True}
    with pytest.raises(ToolError, match="would have 1,000,000,000,000 bytes"):
        await use("edit_file", **edit, new_string="b" * 1_000_000)
    assert (tmp_path / "a").read_text() == "a" * 1_000_000


async def test_edits_at_once_do_not_lose_each_other(use: Use, tmp_path: Path) -> None:
    await use("write_file", path="a", content=" ".join(map(str, range(100, 120))))
    edits = [
        use("edit_file", path="a", old_string=str(n), new_string=f"<{n}>")
        for n in range(100, 120)
    ]
    await asyncio.gather(*edits)
    expected = " ".join(f"<{n}>" for n in range(100, 120))
    assert (tmp_path / "a").read_text() == expected


async def test_a_write_that_has_begun_is_not_reported_as_stopped(
    use: Use, tmp_path: Path
) -> None:
    writing = asyncio.create_task(use("write_file", path="a", content="x" * 1_000_000))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    writing.cancel()
    output = await writing
    assert "1,000,000 bytes" in output.text
    assert (tmp_path / "a").stat().st_size == 1_000_000
