"""Any agent's output, whole and cut at every byte, true or not."""

import json
import time
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runners.engines.acp.updates.updates import SessionUpdates
from runners.engines.json_lines.transcript.transcript import Transcript
from sessions_app.protocol.encoding.codec import ProtocolError
from sessions_app.protocol.events import Event, Text
from sessions_app.protocol.wire import Json
from tests.agents.wire import unfit
from tests.runners.engines.acp.piped import SESSION, answer, lines_of

TEXT = st.text(max_size=20)
ID = st.sampled_from(["m1", "m2", "call-1", "call-2", "", "ü ber", "x" * 200, 7, None])
JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
    ),
    max_leaves=8,
)
BLOCKS = ["image", "resource_link", "resource", "audio", "unheard_of"]
CONTENT = (
    st.fixed_dictionaries({"type": st.just("text"), "text": TEXT})
    | st.fixed_dictionaries(
        {"type": st.sampled_from(BLOCKS)},
        optional=dict.fromkeys(("data", "mimeType", "uri", "name", "resource"), JUNK),
    )
    | JUNK
)
KINDS = [
    "agent_message_chunk", "agent_thought_chunk", "user_message_chunk", "tool_call",
    "tool_call_update", "plan", "usage_update", "available_commands_update",
    "config_option_update", "current_mode_update", "session_info_update",
    "subagent_update", "session_message", "unheard_of",
]  # fmt: skip
UPDATE = st.fixed_dictionaries(
    {"sessionUpdate": st.sampled_from(KINDS) | JUNK},
    optional={
        "messageId": ID,
        "toolCallId": ID,
        "content": CONTENT | st.lists(CONTENT, max_size=2),
        "title": TEXT | JUNK,
        "kind": st.sampled_from(["edit", "execute", "think"]) | JUNK,
        "status": st.sampled_from(["pending", "in_progress", "completed", "failed"])
        | JUNK,
        "rawInput": JUNK,
        "rawOutput": JUNK,
        "locations": JUNK,
        "entries": st.lists(st.dictionaries(st.just("content"), TEXT)) | JUNK,
        "used": JUNK,
        "size": JUNK,
        "cost": JUNK,
        "availableCommands": JUNK,
        "configOptions": JUNK,
        "currentModeId": JUNK,
        "sessionId": ID,
        "state": st.fixed_dictionaries({"state": st.sampled_from(["running", "idle"])})
        | JUNK,
        "_meta": st.just({"claudeCode": {"parentToolUseId": "call-1"}}) | JUNK,
    },
)
SLOW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def line_of(update: Json, session: Any = SESSION) -> bytes:
    params = {"sessionId": session, "update": update}
    line = {"jsonrpc": "2.0", "method": "session/update", "params": params}
    return json.dumps(line).encode() + b"\n"


def said(text: str, message: str = "m1", kind: str = "message") -> Json:
    return {
        "sessionUpdate": f"agent_{kind}_chunk",
        "messageId": message,
        "content": {"type": "text", "text": text},
    }


def events_of(lines: list[Json]) -> list[Event]:
    """The events of the root's lines, as a run makes them."""
    transcript = Transcript("mine", 0, time.monotonic)
    found: list[Event] = []
    for line in lines:
        if "sessionId" not in line:
            found += transcript.feed(dict(line))
    return found


@SLOW
@given(st.lists(UPDATE, max_size=8))
def test_no_update_breaks_anything(updates: list[Json]) -> None:
    taken = SessionUpdates(time.monotonic)
    transcript = Transcript("mine", 0, time.monotonic)
    lines = [line for update in updates for line in taken.take(update)]
    for line in [*lines, *taken.end()]:
        try:
            transcript.feed(json.loads(json.dumps(line)))
        except ProtocolError:  # said as a bad line, and nothing more
            continue


@SLOW
@given(st.lists(st.tuples(UPDATE, st.sampled_from([SESSION, "other", 3])), max_size=6))
async def test_a_run_of_any_updates_ends_well(updates: list[tuple[Json, Any]]) -> None:
    lines, told = await lines_of([line_of(u, session) for u, session in updates])
    (complete,) = [line for line in lines if is_end(line)]
    assert complete["status"] in ("success", "error")
    assert unfit([("client", line) for line in told], "client") == []


def is_end(line: Json) -> bool:
    return line["type"] == "agent_complete" and "sessionId" not in line


PIECES = [
    said("Hm. ", kind="thought"),
    said("Wörter "),
    said("und 👩‍🚀 mehr"),
    {
        "sessionUpdate": "tool_call",
        "toolCallId": "call-1",
        "title": "ls",
        "kind": "execute",
        "rawInput": {"command": "ls"},
    },
    {
        "sessionUpdate": "tool_call_update",
        "toolCallId": "call-1",
        "status": "completed",
    },
    said("Fertig.", "m2"),
]


async def test_an_output_cut_at_every_byte_says_the_same() -> None:
    whole = b"".join(line_of(piece) for piece in PIECES)
    expected, _ = await lines_of([whole])
    texts = [event.text for event in events_of(expected) if isinstance(event, Text)]
    assert texts == ["Wörter und 👩‍🚀 mehr", "Fertig."]
    for at in range(len(whole)):
        assert (await lines_of([whole[:at], whole[at:]]))[0] == expected
    assert (await lines_of([bytes([byte]) for byte in whole]))[0] == expected


@SLOW
@given(st.lists(st.tuples(st.sampled_from("abc"), st.text(min_size=1, max_size=5))))
def test_the_text_is_what_was_said_of_each_message(
    said_: list[tuple[str, str]],
) -> None:
    taken = SessionUpdates(time.monotonic)
    lines = [line for name, text in said_ for line in taken.take(said(text, name))]
    texts = [e.text for e in events_of([*lines, *taken.end()]) if isinstance(e, Text)]
    naive: list[tuple[str, str]] = []
    for name, text in said_:
        if naive and naive[-1][0] == name:
            naive[-1] = (name, naive[-1][1] + text)
        else:
            naive.append((name, text))
    assert texts == [text for _, text in naive]


async def test_a_half_answer_that_is_said_again_is_retracted() -> None:
    again = [said("Half an", "m1"), said("Half", "m2"), said(" an answer.", "m2")]
    lines, _ = await lines_of([line_of(update) for update in again])
    discarded = [line for line in lines if line["type"] == "turn_discarded"]
    assert [line["messageId"] for line in discarded] == ["m1"]


async def test_another_answer_after_a_tool_is_not_retracted() -> None:
    between = [said("Half", "m1"), *PIECES[3:5], said("Half an answer.", "m2")]
    lines, _ = await lines_of([line_of(update) for update in between])
    assert "turn_discarded" not in [line["type"] for line in lines]


async def test_an_answer_that_comes_late_or_twice_is_a_bad_line() -> None:
    late = [answer(1, {}), answer(999, {}), answer("three", {})]
    lines, _ = await lines_of(late)
    errors = [line["code"] for line in lines if line["type"] == "error"]
    assert errors.count("bad_line") == 3
    assert lines[-1]["status"] == "success"
