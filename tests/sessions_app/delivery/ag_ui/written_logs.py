"""Logs of a session and its sub-agents, and a reader that plays them in some order."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import msgspec
from hypothesis import strategies as st

from sessions_app.delivery.ag_ui.plan import RunPlan
from sessions_app.delivery.ag_ui.position import Position, read_position
from sessions_app.delivery.ag_ui.run_state import restore, sources_of
from sessions_app.delivery.ag_ui.run_writer import RunWriter
from sessions_app.delivery.ag_ui.translator import AgUiTranslator
from sessions_app.delivery.event_stream.event_id import Place
from sessions_app.protocol.encoding.utf16 import utf16_len
from sessions_app.protocol.events import (
    AgentComplete,
    AgentSpawn,
    BlockStart,
    Event,
    Status,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ToolInputDelta,
    ToolResult,
    ToolUse,
    TurnDiscarded,
)
from sessions_app.protocol.status import SessionStatus
from sessions_app.protocol.wire import Usage

ROOT, CHILD, GRANDCHILD = "s_root", "s_child", "s_grand"
EPOCH = "e0"
BELOW = {ROOT: CHILD, CHILD: GRANDCHILD, GRANDCHILD: ""}
DELTAS = (TextDelta, ThinkingDelta, ToolInputDelta)
PLAN = RunPlan(session_id=ROOT, thread_id="t", run_id="r", start="")
Logs = dict[str, list[Event]]
PIECES = st.lists(st.sampled_from(["a", "wörd ", "\U0001f600", "\n"]), max_size=4)
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["text", "thinking", "call", "final", "torn", "spawn"]), PIECES
    ),
    max_size=5,
)


@st.composite
def all_logs(draw: st.DrawFn) -> Logs:
    """Draw the logs of a tree; the last event of each is the end of its agent."""
    logs: Logs = {}
    pending = [ROOT]
    while pending:
        session_id = pending.pop()
        events: list[Event] = []
        for number, (act, pieces) in enumerate(draw(ACTS)):
            events += _events(act, f"m{number}", pieces, session_id, events)
        if any(isinstance(one, AgentSpawn) for one in events):
            pending.append(BELOW[session_id])
        events.append(
            Status(status=SessionStatus.COMPLETED)
            if session_id == ROOT
            else AgentComplete(
                status=draw(st.sampled_from(["success", "error"])), usage=Usage()
            )
        )
        logs[session_id] = [
            msgspec.structs.replace(one, session_id=session_id, seq=seq, ts=seq)
            for seq, one in enumerate(events, 1)
        ]
    return logs


def _events(
    act: str, name: str, pieces: list[str], session_id: str, before: list[Event]
) -> Iterator[Event]:
    block, whole = f"{name}.0", "".join(pieces)
    match act:
        case "spawn":
            is_first = not any(isinstance(one, AgentSpawn) for one in before)
            if BELOW[session_id] and is_first:
                yield AgentSpawn(child_id=BELOW[session_id], task="Go", tool_use_id="t")
        case "final":
            yield Text(block=block, text=whole)
        case "call":
            yield BlockStart(block=block, kind="tool_input", tool="x", tool_use_id=name)
            yield ToolInputDelta(block=block, offset=0, delta="{")
            yield ToolUse(block=block, tool_use_id=name, tool="x", input={"a": whole})
            yield ToolResult(
                tool_use_id=name, tool="x", output=whole, is_error=False, duration_ms=1
            )
        case _:
            kind: Any = "thinking" if act == "thinking" else "text"
            delta: Any = ThinkingDelta if kind == "thinking" else TextDelta
            yield BlockStart(block=block, kind=kind)
            for nth, piece in enumerate(pieces):
                offset = utf16_len("".join(pieces[:nth]))
                yield delta(block=block, offset=offset, delta=piece)
            if act == "torn":
                yield TurnDiscarded(message_id=name, reason="broken")
            else:
                final: Any = Thinking if kind == "thinking" else Text
                yield final(block=block, text=whole)


def swept(logs: Logs) -> Logs:
    """The same logs, after all deltas that something superseded were deleted."""
    return {
        id_: [one for one in log if not isinstance(one, DELTAS)]
        for id_, log in logs.items()
    }


def naive_texts(logs: Logs) -> dict[str, str]:
    """What each message and call must say in the end: what its final says."""
    found: dict[str, str] = {}
    for id_, log in logs.items():
        for event in log:
            if isinstance(event, Text | Thinking):
                found[f"{id_}.{event.block}"] = event.text
            elif isinstance(event, ToolUse):
                found[f"{id_}.{event.tool_use_id}"] = str(event.input["a"])
            elif isinstance(event, ToolResult):
                found[f"{id_}.{event.tool_use_id}.result"] = event.output
    return found


def told(messages: list[dict[str, Any]], logs: Logs) -> dict[str, str]:
    """What the messages of a stream say, without what was discarded."""
    found: dict[str, str] = {}
    for event in messages:
        match event["type"]:
            case "TEXT_MESSAGE_START" | "REASONING_MESSAGE_START":
                assert event["messageId"] not in found
                found[event["messageId"]] = ""
            case "TEXT_MESSAGE_CONTENT" | "REASONING_MESSAGE_CONTENT":
                found[event["messageId"]] += event["delta"]
            case "TOOL_CALL_ARGS":
                assert event["toolCallId"] not in found
                found[event["toolCallId"]] = json.loads(event["delta"])["a"]
            case "TOOL_CALL_RESULT":
                assert event["messageId"] not in found
                found[event["messageId"]] = event["content"]
    torn = {
        f"{id_}.{one.message_id}.0"
        for id_, log in logs.items()
        for one in log
        if isinstance(one, TurnDiscarded)
    }
    return {id_: one for id_, one in found.items() if id_ not in torn}


@dataclass
class Reader:
    """Reads logs into a stream, from a position, in an order that `random` chooses."""

    logs: Logs
    random: Random
    start: Position = field(default_factory=lambda: Position(Place(EPOCH, 0)))

    def read(self) -> list[bytes]:
        """Return the stream's messages."""
        if self.start.began is None and self.start.own.seq:
            return []  # the run has ended
        events = {(id_, one.seq): one for id_, log in self.logs.items() for one in log}
        marks = self.start.marks
        named = {source: events[source] for source in sources_of(marks)}
        translator = AgUiTranslator(ROOT, restore(marks, named), "", ())
        writer = RunWriter(PLAN, translator, self.start)
        if writer.is_ending:
            return split(writer.end())
        text = writer.begin() + b"".join(self._play(writer)) + writer.end()
        return split(text)

    def _play(self, writer: RunWriter) -> Iterator[bytes]:
        at = {ROOT: self.start.own, **self.start.children}
        for id_, log in self.logs.items():
            for one in log:
                # A stream may end between a spawn and the sub-agent's first event.
                if isinstance(one, AgentSpawn) and id_ in at and one.seq <= at[id_].seq:
                    at.setdefault(one.child_id, Place(EPOCH, 0))
        for id_, place in at.items():
            writer.place(id_, place)
        left = {}
        for id_ in (id_ for id_ in self.logs if id_ in at):
            left[id_] = [one for one in self.logs[id_] if one.seq > at[id_].seq]
        while any(left.values()):
            rest = {id_ for id_ in left if left[id_]}
            if rest != {ROOT} and len(left.get(ROOT, [])) == 1:
                rest.discard(ROOT)  # it comes to rest when all others have
            id_ = (
                writer.first
                if writer.first in rest
                else self.random.choice(sorted(rest))
            )
            event = left[id_].pop(0)
            yield writer.event(event)
            if isinstance(event, AgentSpawn) and event.child_id not in left:
                writer.place(event.child_id, Place(EPOCH, 0))
                left[event.child_id] = list(self.logs[event.child_id])


def split(text: bytes) -> list[bytes]:
    return [one for one in text.split(b"\n\n") if one]


def data_of(message: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(message.partition(b"data: ")[2])
    return found


def position_of(message: bytes) -> Position:
    found = read_position(message.partition(b"\n")[0].removeprefix(b"id: ").decode())
    assert found is not None
    return found
