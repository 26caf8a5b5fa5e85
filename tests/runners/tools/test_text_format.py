"""Encodings and line ends: what is read, changed and written back."""

from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from runners.tools.context import ToolError
from runners.tools.text_format import LinedText, NotText, TextFormat
from tests.runners.tools.conftest import Use

TEXT = "Pre\u00e7o \u00e0 vista\ntotal = 1;\na\u00e7\u00e3o\n"
ENCODINGS = {
    "cp1252": b"",
    "latin-1": b"",
    "utf-8": b"",
    "utf-8 marked": b"\xef\xbb\xbf",
    "utf-16-le": b"\xff\xfe",
    "utf-16-be": b"\xfe\xff",
    "utf-32-le": b"\xff\xfe\0\0",
}


def stored(text: str, name: str) -> bytes:
    return ENCODINGS[name] + text.encode(name.partition(" ")[0])


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_a_file_keeps_its_encoding_and_line_ends(
    use: Use, tmp_path: Path, encoding: str, line_end: str
) -> None:
    path = tmp_path / "a"
    path.write_bytes(stored(TEXT.replace("\n", line_end), encoding))
    read = await use("read_file", path="a")
    assert "\tPre\u00e7o \u00e0 vista\n" in read.text
    assert "\r" not in read.text
    assert ("line ends: CRLF" in read.text) == (line_end == "\r\n")
    edit = {"old_string": "vista\ntotal = 1", "new_string": "vista\n\ntotal = 2"}
    await use("edit_file", path="a", **edit)
    wanted = TEXT.replace("\ntotal = 1", "\n\ntotal = 2")
    assert path.read_bytes() == stored(wanted.replace("\n", line_end), encoding)
    await use("write_file", path="a", content=TEXT)
    assert path.read_bytes() == stored(TEXT.replace("\n", line_end), encoding)


async def test_an_edit_of_mixed_line_ends_keeps_each(use: Use, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one\r\ntwo\nthree\r\nfour\n")
    assert "mixed" in (await use("read_file", path="a")).text
    await use("edit_file", path="a", old_string="one\ntwo", new_string="1\n2\n2b")
    await use("edit_file", path="a", old_string="three\n", new_string="3\n3b\n")
    assert path.read_bytes() == b"1\r\n2\r\n2b\n3\r\n3b\r\nfour\n"


async def test_what_an_encoding_lacks_is_not_written(use: Use, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(stored(TEXT, "cp1252"))
    await use("read_file", path="a")
    for tool, given_ in (
        ("edit_file", {"old_string": "total", "new_string": "\U0001f600"}),
        ("write_file", {"content": "\u4e2d"}),
    ):
        with pytest.raises(ToolError, match="windows-1252 text, which has no"):
            await use(tool, path="a", **given_)
    assert path.read_bytes() == stored(TEXT, "cp1252")


async def test_stray_bytes_outlive_an_edit(use: Use, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes("\u00e9\u00e9\u00e9 one ".encode() + b"\xff\n")
    read = await use("read_file", path="a")
    assert "\u00e9\u00e9\u00e9 one" in read.text
    await use("edit_file", path="a", old_string="one", new_string="two")
    assert path.read_bytes() == "\u00e9\u00e9\u00e9 two ".encode() + b"\xff\n"
    with pytest.raises(ToolError, match="edit_file"):
        await use("write_file", path="a", content="\u00e9 \ufffd\n")


@given(st.binary(max_size=40))
def test_any_bytes_come_back_as_they_were(data: bytes) -> None:
    try:
        text, kept = TextFormat.parse(data)
    except NotText:
        return
    assert kept.encode(text) == data


LINE_ENDS = st.sampled_from(("\n", "\r\n"))
LINES = st.lists(st.tuples(st.text("ab", max_size=2), LINE_ENDS))
PIECE = st.lists(st.text("ab", max_size=2), min_size=1, max_size=3).map("\n".join)


Lines = list[tuple[str, str]]


def joined(lines: Lines) -> str:
    return "".join(line + end for line, end in lines)


@given(lines=LINES, old=PIECE, new=PIECE)
def test_an_edit_is_what_it_would_be_with_plain_line_ends(
    lines: Lines, old: str, new: str
) -> None:
    assume(old)
    text = joined(lines)
    flat = text.replace("\r\n", "\n")
    edited = LinedText.parse(text, "\n").replace(old, new)
    assert edited.replace("\r\n", "\n") == flat.replace(old, new)
    assert LinedText.parse(text, "\n").count(old) == flat.count(old)


@given(before=LINES, changed=LINES, after=LINES, new=PIECE)
def test_what_an_edit_does_not_touch_stays_to_the_byte(
    before: Lines, changed: Lines, after: Lines, new: str
) -> None:
    head, old, tail = joined(before), f"<{joined(changed)}>", joined(after)
    edited = LinedText.parse(head + old + tail, "\n").replace(old, new)
    ends = {end for _, end in changed} or {"\n"}
    assert edited in {head + new.replace("\n", end) + tail for end in ends}
