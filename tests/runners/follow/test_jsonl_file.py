import json
import os
from pathlib import Path
from typing import Any

import pytest

from runners.follow.jsonl_file import JsonlFile
from runners.follow.jsonl_finder import JsonlFinder
from runners.follow.opencode_files import OpencodeFiles
from runners.follow.source import BadRecord
from sessions_app.protocol.wire import Json

LINES = (
    b'{"uuid":"entry-one","n":1}\n\n{broken\n{"n":"\xc3\xa9"}\n{"uuid":"entry-two"}\n'
)


def read_all(file: JsonlFile, position: Json, *, rests: bool) -> tuple[list[str], Json]:
    """Read to the end; the keys of the records, and the position."""
    keys = []
    while True:
        portion = file.read(position, is_at_rest=rests)
        keys += [record.key for record in portion.records]
        position = portion.position
        if portion.is_end:
            return keys, position


def test_a_file_cut_at_any_byte_gives_each_line_once(tmp_path: Path) -> None:
    path = tmp_path / "whole.jsonl"
    path.write_bytes(LINES)
    whole, _ = read_all(JsonlFile(path), {}, rests=False)
    assert len(whole) == 4
    for cut in range(len(LINES) + 1):
        path = tmp_path / f"{cut}.jsonl"
        path.write_bytes(LINES[:cut])
        first, position = read_all(JsonlFile(path), {}, rests=False)
        with path.open("ab") as file:
            file.write(LINES[cut:])
        rest, _ = read_all(JsonlFile(path), position, rests=False)
        assert first + rest == whole, cut


@pytest.mark.parametrize("chunk", [1, 7, 40])
def test_chunks_of_any_size_give_the_same(
    tmp_path: Path, settings: Any, chunk: int
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(LINES)
    whole, _ = read_all(JsonlFile(path), {}, rests=False)
    settings.FOLLOW_CHUNK_BYTES = chunk
    assert read_all(JsonlFile(path), {}, rests=False)[0] == whole


def test_a_last_line_without_an_end_is_taken_at_rest_and_once(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(LINES[:-1])
    moving, position = read_all(JsonlFile(path), {}, rests=False)
    assert moving[-1] != "entry-two"
    keys, position = read_all(JsonlFile(path), position, rests=True)
    assert keys == ["entry-two"]
    with path.open("ab") as file:
        file.write(b'\n{"uuid":"entry-three"}\n')
    assert read_all(JsonlFile(path), position, rests=False)[0] == ["entry-three"]


def test_a_line_that_is_too_long_is_a_bad_one_and_the_next_is_read(
    tmp_path: Path, settings: Any
) -> None:
    settings.FOLLOW_LINE_MAX_BYTES = settings.FOLLOW_CHUNK_BYTES = 100
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"x" * 1000)
    file = JsonlFile(path)
    portion = file.read({}, is_at_rest=False)
    (bad,) = portion.records
    assert isinstance(bad, BadRecord)
    assert "longer than 100 bytes" in bad.reason
    with path.open("ab") as more:
        more.write(b"x" * 500 + b"\n" + LINES)
    assert len(read_all(file, portion.position, rests=False)[0]) == 4


def test_a_file_that_was_rewritten_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(LINES)
    _, position = read_all(JsonlFile(path), {}, rests=False)
    path.write_bytes(LINES[28:] + LINES)
    portion = JsonlFile(path).read(position, is_at_rest=False)
    assert portion.is_again
    path.write_bytes(b"")
    assert not JsonlFile(path).read(portion.position, is_at_rest=False).records


@pytest.mark.parametrize("kind", ["link", "pipe", "directory"])
def test_only_regular_files_are_transcripts(tmp_path: Path, kind: str) -> None:
    """A FIFO would block for ever, and a link may lead to a file of another kind."""
    folder = tmp_path / "claude" / "project"
    folder.mkdir(parents=True)
    line = json.dumps({"type": "user", "uuid": "u", "message": {"content": "secret"}})
    (tmp_path / "other").write_text(f"{line}\n")
    path = folder / "a.jsonl"
    if kind == "link":
        path.symlink_to(tmp_path / "other")
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    assert [*JsonlFinder(tmp_path / "claude", tmp_path / "codex").find()] == []
    with pytest.raises(OSError, match=r"regular|links|directory"):
        JsonlFile(path).read({}, is_at_rest=False)


@pytest.mark.parametrize("below", ["claude", "codex"])
def test_no_directory_of_a_transcript_is_a_link(tmp_path: Path, below: str) -> None:
    """An agent could have another directory's transcripts published by one."""
    line = json.dumps({"type": "user", "uuid": "u", "message": {"content": "secret"}})
    other = tmp_path / "other"
    other.mkdir()
    (other / "rollout-a.jsonl").write_text(f"{line}\n")
    own = tmp_path / below / "own"
    own.mkdir(parents=True)
    (own / "rollout-b.jsonl").write_text(f"{line}\n")
    (tmp_path / below / "link").symlink_to(other)
    finder = JsonlFinder(tmp_path / "claude", tmp_path / "codex")
    assert [found.path for found in finder.find()] == [own / "rollout-b.jsonl"]
    assert [*finder.look(tmp_path / below / "link" / "rollout-a.jsonl")] == []
    (known,) = finder.find()
    own.rename(tmp_path / "moved")
    own.symlink_to(other)
    (other / "rollout-b.jsonl").write_text(f"{line}\n")
    with pytest.raises(OSError, match=r"link|directory"):
        known.open().read({}, is_at_rest=False)


def test_opencode_s_files_are_read_through_no_link(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "ses_a.json").write_text(json.dumps({"id": "ses_a", "title": "secret"}))
    sessions = tmp_path / "opencode" / "storage" / "session"
    sessions.mkdir(parents=True)
    (sessions / "link").symlink_to(other)
    (sessions / "own").mkdir()
    (sessions / "own" / "ses_b.json").write_text(json.dumps({"id": "ses_b"}))
    found = OpencodeFiles(tmp_path / "opencode" / "storage").find()
    assert [one.name for one in found] == ["ses_b"]
