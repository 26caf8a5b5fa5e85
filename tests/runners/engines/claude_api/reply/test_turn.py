import pytest

from runners.engines.claude_api.reply.turn import Turn
from runners.port.streamed_text import Clock
from sessions_app.protocol.encoding.codec import encode
from sessions_app.protocol.events import (
    BlockStart,
    Event,
    OpaqueBlock,
    Text,
    TextDelta,
    ToolInputDelta,
    ToolUse,
    TurnEnd,
    TurnStart,
)
from sessions_app.protocol.wire import Json, Usage


class Watch:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def turn(clock: Clock | None = None) -> Turn:
    return Turn(3, "m7", "claude-opus-5-5", clock or Watch())


def start(**message: object) -> Json:
    usage = {"input_tokens": 10, "output_tokens": 1}
    return {"type": "message_start", "message": {"usage": usage, **message}}


def block(kind: str, index: int = 0, **fields: object) -> Json:
    content = {"type": kind, **fields}
    return {"type": "content_block_start", "index": index, "content_block": content}


def delta(kind: str, index: int = 0, **fields: object) -> Json:
    content = {"type": kind, **fields}
    return {"type": "content_block_delta", "index": index, "delta": content}


def stop(index: int = 0) -> Json:
    return {"type": "content_block_stop", "index": index}


def conclusion(reason: str, **fields: object) -> Json:
    content = {"stop_reason": reason, **fields}
    return {"type": "message_delta", "delta": content, "usage": {"output_tokens": 9}}


STOP = {"type": "message_stop"}


def fed(machine: Turn, *raws: Json) -> list[Event]:
    return [event for raw in raws for event in machine.feed(raw)]


def call(index: int = 0, text: str = '{"a": 1}', **fields: object) -> list[Json]:
    fields = {"id": f"t{index}", "name": "bash", "input": {}, **fields}
    return [
        block("tool_use", index, **fields),
        delta("input_json_delta", index, partial_json=text),
        stop(index),
    ]


def test_a_text_becomes_start_deltas_and_final() -> None:
    machine = turn()
    events = fed(
        machine,
        start(model="claude-opus-5-5-20261001"),
        block("text", text=""),
        delta("text_delta", text="Hel"),
        delta("text_delta", text="lo"),
        stop(),
        conclusion("end_turn"),
        STOP,
    )
    assert events == [
        TurnStart(turn=3, message_id="m7", model="claude-opus-5-5-20261001"),
        BlockStart(block="m7.0", kind="text"),
        TextDelta(block="m7.0", offset=0, delta="Hel"),
        TextDelta(block="m7.0", offset=3, delta="lo"),
        Text(block="m7.0", text="Hello", pace=[(5, 0)]),
    ]
    assert machine.complete
    assert machine.text == "Hello"


def test_usage_of_the_end_replaces_that_of_the_start() -> None:
    machine = turn()
    fed(machine, start(), conclusion("end_turn"), STOP)
    assert machine.usage == Usage(input_tokens=10, output_tokens=9)
    assert machine.end().cost_usd == (10 * 4 + 9 * 20) / 1e6


@pytest.mark.parametrize("count", [10**10, 10**400, -1, True, 1.5, "9"])
def test_a_count_that_no_reply_can_have_is_none(count: object) -> None:
    machine = turn()
    fed(
        machine,
        {"type": "message_start", "message": {"usage": {"input_tokens": count}}},
    )
    assert machine.usage == Usage()


def test_the_price_of_an_unknown_model_is_unknown() -> None:
    machine = turn()
    fed(machine, start(model="claude-next"), STOP)
    assert machine.end().cost_usd is None


def test_time_to_first_token_counts_from_the_request() -> None:
    watch = Watch()
    machine = turn(watch)
    watch.now = 0.25
    fed(machine, start(), block("text", text=""))
    watch.now = 9.0
    fed(machine, stop(), STOP)
    assert machine.end().ttft_ms == 250


def test_a_tool_call_is_parsed_at_its_end() -> None:
    machine = turn()
    events = fed(machine, start(), *call(text='{"a": [1, '), STOP)
    assert isinstance(events[-1], ToolUse)
    events = fed(turn(), start(), *call(text='{"a": [1, 2]}'), STOP)
    assert events[1:] == [
        BlockStart(block="m7.0", kind="tool_input", tool="bash", tool_use_id="t0"),
        ToolInputDelta(block="m7.0", offset=0, delta='{"a": [1, 2]}'),
        ToolUse(block="m7.0", tool_use_id="t0", tool="bash", input={"a": [1, 2]}),
    ]


def test_no_input_is_an_empty_object() -> None:
    machine = turn()
    fed(machine, start(), *call(text=""), STOP)
    assert machine.calls[0].input == {}
    assert not machine.calls[0].problem


def test_an_input_that_comes_whole_is_taken() -> None:
    machine = turn()
    fed(machine, start(), *call(text="", input={"a": 1}), STOP)
    assert machine.calls[0].input == {"a": 1}


def test_malformed_input_is_a_problem_and_is_kept() -> None:
    for text in ('{"command": "ls" oops}', "[1]", "{", '{"a": NaN}', '{"a":' * 999):
        machine = turn()
        fed(machine, start(), *call(text=text), STOP)
        assert machine.calls[0].problem
        assert machine.calls[0].input == {"_unparsed": text}


def test_the_last_call_of_a_reply_that_was_cut_is_a_problem_though_it_parses() -> None:
    for reason in ("max_tokens", "model_context_window_exceeded"):
        machine = turn()
        fed(machine, start(), *call(0), *call(1), conclusion(reason), STOP)
        first, last = machine.calls
        assert not first.problem
        assert "limit of tokens inside this call" in last.problem


def test_a_call_with_text_after_it_was_not_cut() -> None:
    machine = turn()
    text = [block("text", 1, text=""), delta("text_delta", 1, text="So"), stop(1)]
    fed(machine, start(), *call(0), *text, conclusion("max_tokens"), STOP)
    assert not machine.calls[0].problem


def test_a_call_that_is_never_closed_is_a_problem() -> None:
    machine = turn()
    fed(machine, start(), *call(0)[:-1], conclusion("tool_use"), STOP)
    assert machine.calls[0].problem


def test_unknown_things_pass() -> None:
    machine = turn()
    events = fed(
        machine,
        {"type": "weather"},
        {},
        start(),
        block("hologram", depth=3),
        delta("hologram_delta", layer=1),
        {"type": "content_block_delta", "index": 0},
        stop(),
        block("text", 1, text="", colour="red"),
        delta("text_delta", 1, text="a"),
        delta("colour_delta", 1, colour="blue"),
        stop(1),
        delta("text_delta", 5, text="nowhere"),
        stop(9),
        conclusion("bored"),
        STOP,
    )
    opaque, text = (e for e in events if isinstance(e, OpaqueBlock | Text))
    assert isinstance(opaque, OpaqueBlock)
    assert isinstance(text, Text)
    layer = {"type": "hologram_delta", "layer": 1}
    assert opaque.raw == {"type": "hologram", "depth": 3, "_deltas": [layer]}
    assert text.text == "a"
    assert text.more["api"] == {"colour": "red"}
    assert text.more["deltas"] == [{"type": "colour_delta", "colour": "blue"}]
    assert machine.end().stop_reason == "bored"


def test_a_reply_that_comes_whole_in_its_start_is_read() -> None:
    machine = turn()
    content = [{"type": "tool_use", "id": "t", "name": "bash", "input": {"a": 1}}]
    fed(machine, start(content=content, stop_reason="tool_use"), STOP)
    assert machine.calls[0].input == {"a": 1}
    assert machine.stop_reason == "tool_use"


def test_a_second_start_is_ignored_and_no_block_name_is_used_twice() -> None:
    machine = turn()
    events = fed(
        machine,
        start(model="first"),
        block("text", 0, text="a"),
        start(model="second"),
        block("text", 0, text="b"),
        stop(0),
        STOP,
    )
    assert machine.model == "first"
    finals = [(e.block, e.text, e.partial) for e in events if isinstance(e, Text)]
    assert finals == [("m7.0", "a", True), ("m7.1", "b", False)]


def test_an_end_without_a_beginning_is_no_reply() -> None:
    machine = turn()
    assert fed(machine, STOP) == []
    assert not machine.complete


def test_nothing_is_taken_in_after_the_end() -> None:
    machine = turn()
    fed(machine, start(), STOP)
    assert fed(machine, block("text", text="late")) == []


def test_an_interrupted_turn_says_so() -> None:
    machine = turn()
    fed(machine, start(), block("text", text="half"))
    assert machine.close() == [
        Text(block="m7.0", text="half", partial=True, pace=[(4, 0)])
    ]
    end = machine.end("interrupted")
    assert isinstance(end, TurnEnd)
    assert end.stop_reason == "interrupted"


def test_lone_surrogates_everywhere_are_made_encodable() -> None:
    half = "\ud83d"
    machine = turn()
    events = fed(
        machine,
        start(),
        block("text", 0, text=half),
        delta("citations_delta", 0, citation={"cited_text": half}),
        stop(0),
        block("web_search_tool_result", 1, content=[{half: half}]),
        stop(1),
        *call(2, text='{"a": "\\ud83d"}'),
        STOP,
    )
    for event in events:
        assert "\ud83d" not in encode(event)


def test_a_reply_that_names_its_model_otherwise_has_a_price() -> None:
    machine = turn()
    fed(machine, start(model="us.anthropic.claude-opus-5-5-v1:0"), STOP)
    assert machine.end().cost_usd == (10 * 4 + 1 * 20) / 1e6


def usage_after(first: Json, *later: Json) -> Usage:
    """The usage of a turn whose start and deltas report these counts."""
    machine = turn()
    fed(machine, {"type": "message_start", "message": {"usage": first}})
    for usage in later:
        fed(machine, {"type": "message_delta", "delta": {}, "usage": usage})
    return machine.usage


@pytest.mark.parametrize(
    "last",
    [
        {"output_tokens": 10},
        {"input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 10},
        {"input_tokens": None, "output_tokens": 10},
        {"input_tokens": "many", "output_tokens": 10},
    ],
)
def test_a_last_report_of_nothing_erases_no_count(last: Json) -> None:
    first = {"input_tokens": 50_000, "cache_read_input_tokens": 40_000}
    usage = Usage(input_tokens=50_000, cache_read_tokens=40_000, output_tokens=10)
    assert usage_after(first, last) == usage


def test_a_later_report_may_move_tokens_into_the_cache() -> None:
    later = {"input_tokens": 0, "cache_read_input_tokens": 50_000}
    assert usage_after({"input_tokens": 50_000}, later) == Usage(
        cache_read_tokens=50_000
    )
