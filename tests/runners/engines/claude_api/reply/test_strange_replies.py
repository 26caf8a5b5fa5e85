"""Replies of servers that do not keep to the API: nothing of them is an exception."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

from hypothesis import example, given, settings
from hypothesis import strategies as st

from runners.engines.claude_api.conversation.conversation import Conversation
from runners.engines.claude_api.reply.turn import Turn
from runners.simulator.api.canned import CannedStream
from runners.simulator.simulator import Simulator
from sessions_app.protocol.encoding.codec import decode_event, encode
from sessions_app.protocol.events import Error, ToolResult, ToolUse
from sessions_app.protocol.wire import Json
from tests.runners.engines.claude_api.listed_host import ListedHost
from tests.runners.engines.claude_api.wire import body, last_messages, reply, text, tool

WHOLE = body(
    text("First."), tool("a", "bash", command="ls"), text("Then."), tool("b", "grep")
)
RAWS = [
    json.loads(frame.partition(b"\ndata: ")[2]) for frame in WHOLE.split(b"\n\n")[:-1]
]
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "id", "text", "x"]), inner, max_size=3
        )
    ),
    max_leaves=5,
)


def paths(raw: Json) -> Iterator[tuple[str, ...]]:
    """List the ways to each value in a JSON object."""
    for key, value in raw.items():
        yield (key,)
        if isinstance(value, dict):
            yield from ((key, *path) for path in paths(value))


def changed(raw: Json, path: Sequence[str], value: object) -> Json:
    """Put a value somewhere into a JSON object."""
    key, *rest = path
    return {**raw, key: changed(raw[key], rest, value) if rest else value}


EXTRA = {"content": [{"type": "text", "text": "x"}], "citations": [], "usage": {"x": 1}}
PLACES = [(index, path) for index, raw in enumerate(RAWS) for path in paths(raw)]
PLACES += [(0, ("message", name)) for name in EXTRA]
PLACES += [(1, ("content_block", "citations")), (1, ("delta",)), (1, ("index",))]
changes = st.tuples(
    st.sampled_from(PLACES), values | st.sampled_from([*EXTRA.values()])
)
orders = st.lists(st.integers(0, len(RAWS) - 1), max_size=12)


@settings(max_examples=400)
@example([((0, ("message", "usage", "input_tokens")), True)], None, 1)
@example([((1, ("content_block", "citations")), [None])], None, 2)
@given(st.lists(changes, max_size=4), st.none() | orders, st.integers(0, len(RAWS)))
def test_whatever_comes_becomes_events_and_never_an_exception(
    edits: list[tuple[tuple[int, tuple[str, ...]], object]],
    order: list[int] | None,
    count: int,
) -> None:
    raws = list(RAWS)
    for (index, path), value in edits:
        with suppress(TypeError, AttributeError, KeyError):  # one is within another
            raws[index] = changed(raws[index], path, value)
    raws = raws[:count] if order is None else [raws[index] for index in order]
    turn = Turn(1, "m1", "claude-opus-5-5", time.monotonic)
    events = [event for raw in raws for event in turn.feed(raw)]
    if turn.complete:
        events.append(turn.end())
    elif turn.has_finished_calls:
        events += turn.break_off()
    else:
        events += [*turn.close(), turn.discarded("broken")]
    called = [call.tool_use_id for call in turn.calls]
    assert len(called) == len(set(called))
    assert turn.text is not None
    read = [decode_event(encode(event)) for event in events]
    Conversation.from_log(read).closing()


async def test_a_reply_without_a_block_that_is_cut_short_ends_visibly(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(reply(stop="max_tokens"))
    host.waiting.append("Go")
    assert (await host.agent().run()).status == "error"
    (error,) = host.of(Error)
    assert error.code == "max_tokens"


async def test_a_reply_that_is_begun_anew_runs_its_calls_once(
    host: ListedHost, simulator: Simulator
) -> None:
    call = tool("a", "bash", command="echo ran >> ran")
    frames = body(call).split(b"\n\n")
    twice = b"\n\n".join([*frames[:4], *frames])
    simulator.answer_next(CannedStream(body=twice), reply(text("Done.")))
    host.waiting.append("Go")
    assert (await host.agent().run()).status == "success"
    assert (host.workdir.root / "ran").read_text() == "ran\n"
    assert [e.tool_use_id for e in host.of(ToolUse)] == ["a"]


async def test_calls_that_are_numbered_anew_in_each_reply_are_told_apart(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(tool("call_0", "bash", command="echo 1")),
        reply(tool("call_0", "bash", command="echo 2")),
        reply(text("Done.")),
    )
    host.waiting.append("Go")
    assert (await host.agent().run()).status == "success"
    results = {e.tool_use_id: e.output for e in host.of(ToolResult)}
    assert results == {"call_0": "1", "call_0-m2": "2"}
    sent = last_messages(simulator)
    blocks = [b for message in sent for b in message["content"]]
    asked = [b["id"] for b in blocks if b["type"] == "tool_use"]
    answered = [b["tool_use_id"] for b in blocks if b["type"] == "tool_result"]
    assert asked == answered == ["call_0", "call_0-m2"]
    assert Conversation.from_log(host.log).messages[: len(sent)] == sent
