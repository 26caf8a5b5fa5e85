from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runners.engines.claude_api.conversation.pending_call import LOST
from tests.runners.sessions import Fields, Sessions

REPAIR = "Once more"  # how the script begins to do again what was cut


@dataclass(frozen=True)
class CallDone:
    """A tool call as it went; `output` is None where its runner was killed."""

    tool: str
    input: str
    output: str | None

    def is_like(self, other: "CallDone") -> bool:
        same = (self.tool, self.input) == (other.tool, other.input)
        return same and (None in {self.output, other.output} or self == other)


@dataclass(frozen=True)
class RunOutcome:
    """What one agent has said and done, without what was broken off and repaired."""

    texts: tuple[str, ...]
    calls: tuple[CallDone, ...]
    children: tuple["RunOutcome", ...]

    @property
    def cut(self) -> int:
        """How many calls of the tree were cut."""
        own = sum(call.output is None for call in self.calls)
        return own + sum(child.cut for child in self.children)

    def differences(self, other: "RunOutcome") -> Iterator[str]:
        """Say where two are not alike, calls that were cut apart."""
        if self.texts != other.texts:
            yield f"texts: {self.texts} and {other.texts}"
        if len(self.calls) != len(other.calls):
            yield f"calls: {self.calls} and {other.calls}"
        for mine, theirs in zip(self.calls, other.calls, strict=False):
            if not mine.is_like(theirs):
                yield f"call: {mine} and {theirs}"
        if len(self.children) != len(other.children):
            yield f"{len(self.children)} and {len(other.children)} sub-agents"
        for child, others in zip(self.children, other.children, strict=False):
            yield from child.differences(others)


def deed_of(sessions: Sessions, session_id: str) -> RunOutcome:
    """Read from the logs what an agent and its sub-agents have done."""
    whole: list[Fields] = []
    for turn in _turns(sessions.events(session_id)):
        texts = [e["text"] for e in turn if e["type"] == "text"]
        if not texts or not texts[0].startswith(REPAIR):
            whole += turn
    outputs = {e["toolUseId"]: e for e in sessions.events(session_id, "tool_result")}
    calls = [_call(e, outputs) for e in whole if e["type"] == "tool_use"]
    children = sorted(
        sessions.children(session_id), key=lambda c: str(sessions.column(c, "title"))
    )
    return RunOutcome(
        texts=tuple(e["text"] for e in whole if e["type"] == "text"),
        calls=tuple(calls),
        children=tuple(deed_of(sessions, child) for child in children),
    )


def files_below(directory: Path) -> dict[str, str]:
    """Read a tree of files."""
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): path.read_text() for path in files}


def _turns(events: list[Fields]) -> Iterator[list[Fields]]:
    """Split a log into the turns that came to their end."""
    turn: list[Fields] = []
    for event in events:
        match event["type"]:
            case "turn_start" | "turn_discarded":
                turn = []
            case "turn_end":
                yield turn
            case _:
                turn.append(event)


def _call(event: Fields, results: dict[str, Any]) -> CallDone:
    result = results[event["toolUseId"]]
    output = None if LOST in result["output"] else str(result["output"])
    return CallDone(event["tool"], str(event["input"]), output)
