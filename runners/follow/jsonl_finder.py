from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from runners.follow.found import FoundTranscript
from runners.follow.jsonl_file import JsonlFile
from runners.follow.regular_file import open_regular, read_regular
from runners.transcripts.entry import BadEntry, read_entry
from sessions_app.protocol.engine_kind import CLAUDE_TRANSCRIPT, CODEX_TRANSCRIPT
from sessions_app.protocol.wire import Json

HEAD_BYTES = 256 * 1024  # read of each transcript, for its metadata
HEAD_LINES = 20
UUID_CHARS = 36

About = dict[str, str]  # fields of FoundTranscript


class JsonlFinder:
    """Finds the JSON Lines transcripts of Claude Code and Codex.

    The beginning of a file is read once; later searches only stat the file.
    """

    def __init__(self, claude: Path, codex: Path) -> None:
        self._claude = claude
        self._codex = codex
        self._known: dict[tuple[str, int], About] = {}  # by path and inode

    def find(self) -> Iterator[FoundTranscript]:
        """Search all files. May block."""
        known, self._known = self._known, {}
        claude = chain(
            self._claude.glob("*/*.jsonl"), self._claude.glob("*/*/**/agent-*.jsonl")
        )
        for path in chain(claude, self._codex.rglob("rollout-*.jsonl")):
            yield from self._look(path, known)

    def look(self, path: Path) -> Iterator[FoundTranscript]:
        """Examine one file; yields nothing unless it is a transcript."""
        is_claude = path.is_relative_to(self._claude) and path.suffix == ".jsonl"
        is_codex = path.is_relative_to(self._codex) and path.match("rollout-*.jsonl")
        if is_claude or is_codex:
            yield from self._look(path, self._known)

    def _look(
        self, path: Path, known: dict[tuple[str, int], About]
    ) -> Iterator[FoundTranscript]:
        is_claude = path.is_relative_to(self._claude)
        root = self._claude if is_claude else self._codex
        try:
            stat = path.stat()
            key = (str(path), stat.st_ino)
            read = _claude_about if is_claude else _codex_about
            about = known.get(key) or read(path, root)
        except OSError:
            return  # the file is gone or unreadable
        if about is None:
            return
        self._known[key] = about
        yield FoundTranscript(
            kind=CLAUDE_TRANSCRIPT if is_claude else CODEX_TRANSCRIPT,
            open=lambda: JsonlFile(path, root),
            modified=stat.st_mtime,
            stamp=(stat.st_ino, stat.st_size, stat.st_mtime_ns),
            path=path,
            **about,
        )


def _claude_about(path: Path, base: Path) -> About | None:
    """Read the metadata in a Claude Code transcript; None if there is none yet."""
    head = [*_head(path, base)]
    first = next((line["uuid"] for line in head if _is_text(line.get("uuid"))), "")
    if not path.name.startswith("agent-"):
        if not first and not head:
            return None
        times = (line["timestamp"] for line in head if _is_text(line.get("timestamp")))
        return {"name": path.stem, "first": first, "began": next(times, "")}
    task = next((_said(line) for line in head if line.get("type") == "user"), "")
    root = _root_of(path) if "subagents" in path.parts else _session_of(head)
    if not root:
        return None
    told = _meta(path, base)
    return {
        "name": f"{root}/{path.stem}"[:128],
        "root": root,
        "call": told.get("toolUseId", ""),
        "task": told.get("description", "") or task,
    }


def _root_of(path: Path) -> str:
    """Return the main session from `<session>/subagents/…/agent-<id>.jsonl`."""
    at = len(path.parts) - 1 - path.parts[::-1].index("subagents")
    return path.parts[at - 1]


def _session_of(head: list[Json]) -> str:
    for line in head:
        name = line.get("sessionId")
        if isinstance(name, str) and name:
            return name
    return ""


def _meta(path: Path, root: Path) -> dict[str, str]:
    """Read the file beside a sub-agent's transcript, if there is one."""
    try:
        beside = path.with_suffix(".meta.json")
        data = read_entry(read_regular(beside, HEAD_BYTES, root)).data
    except (OSError, BadEntry):
        return {}
    return {key: value for key, value in data.items() if isinstance(value, str)}


def _codex_about(path: Path, root: Path) -> About | None:
    line = next(_head(path, root), None)
    if line is None:
        return None
    payload = line.get("payload")
    about = payload if isinstance(payload, dict) else line
    found = {"name": path.stem[-UUID_CHARS:]}
    source = about.get("source")
    spawn = source.get("subagent") if isinstance(source, dict) else None
    spawn = spawn.get("thread_spawn") if isinstance(spawn, dict) else None
    parent = spawn.get("parent_thread_id") if isinstance(spawn, dict) else None
    if isinstance(parent, str) and parent:
        found |= {"root": parent, "parent": parent}
    return found


def _head(path: Path, root: Path) -> Iterator[Json]:
    """Read the first complete, valid lines."""
    with open_regular(path, root) as file:
        data = file.read(HEAD_BYTES)
    for line in data.split(b"\n")[:-1][:HEAD_LINES]:
        try:
            yield read_entry(line).data
        except BadEntry:
            continue


def _said(line: Json) -> str:
    message = line.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    return content if isinstance(content, str) else ""


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
