import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.engines.json_lines.read_line import read_line
from runners.engines.json_lines.transcript.closing import closing
from runners.engines.json_lines.transcript.transcript import BLOCK_MAX_CHARS, Transcript
from sessions_app.protocol.encoding.codec import ProtocolError, encode
from sessions_app.protocol.events import Event
from tests.naive_fold import text_of

Fields = dict[str, Any]


def events(*lines: Fields, run: int = 0) -> list[Fields]:
    """What a program's lines become, its end included."""
    transcript = Transcript("model", run, lambda: 0.0)
    return told([*said(transcript, *lines), *transcript.close(partial=False)])


def said(transcript: Transcript, *lines: Fields) -> list[Event]:
    read = [read_line(json.dumps(line).encode()) for line in lines]
    return [event for fields in read for event in transcript.feed(fields)]


def told(events: list[Event]) -> list[Fields]:
    return [json.loads(encode(event)) for event in events]


def types(events: list[Fields]) -> list[str]:
    return [event["type"] for event in events]


def delta(text: str, **more: Any) -> Fields:
    return {"type": "text_delta", "delta": text, **more}


def test_bare_deltas_become_a_block_with_its_final() -> None:
    start, first, second, final = events(delta("Let "), delta("me \U0001f600"))
    assert types([start, first, second, final]) == [
        "block_start",
        "text_delta",
        "text_delta",
        "text",
    ]
    assert [first["offset"], second["offset"]] == [0, 4]
    assert final["text"] == "Let me \U0001f600"
    assert len({e["block"] for e in (start, first, second, final)}) == 1


def test_a_tool_call_ends_the_text_before_it_and_its_result_finds_it() -> None:
    found = events(
        delta("I read."),
        {"type": "tool_use", "tool": "Read", "input": {"path": "a"}},
        {"type": "tool_use", "tool": "Grep", "input": "needle"},
        {"type": "tool_result", "tool": "Grep", "output": {"lines": 3}},
        {"type": "tool_result", "tool": "Read", "output": "package a"},
        delta("Done."),
    )
    calls = {e["tool"]: e for e in found if e["type"] == "tool_use"}
    results = {e["tool"]: e for e in found if e["type"] == "tool_result"}
    assert types(found)[2:4] == ["text", "tool_use"]
    assert calls["Grep"]["input"] == {"input": "needle"}
    assert results["Grep"]["output"] == '{"lines":3}'
    for tool, call in calls.items():
        assert results[tool]["toolUseId"] == call["toolUseId"]
    assert text_of(found) == "I read.Done."


def test_a_call_without_a_result_gets_one_that_says_so() -> None:
    *_, result = events(
        {"type": "tool_use", "tool": "Bash"},
        {"type": "tool_output_delta", "delta": "compiling"},
    )
    assert result["isError"]
    assert result["output"].startswith("compiling\n")


def test_a_sub_agent_comes_from_the_newest_call_or_from_one_that_is_made() -> None:
    use, spawn, _ = events(
        {"type": "tool_use", "tool": "Task", "toolUseId": "t1"},
        {"type": "agent_spawn", "childId": "kid", "task": "Test"},
    )
    assert spawn["toolUseId"] == use["toolUseId"] == "t1"
    made, spawn, _ = events({"type": "agent_spawn", "childId": "kid", "task": "Test"})
    assert made["type"] == "tool_use"
    assert spawn["toolUseId"] == made["toolUseId"]


def test_a_whole_protocol_keeps_its_names() -> None:
    lines: list[Fields] = [
        {"type": "turn_start", "turn": 1, "messageId": "m1", "model": "x"},
        {"type": "block_start", "block": "m1.0", "kind": "thinking"},
        {"type": "thinking_delta", "block": "m1.0", "offset": 0, "delta": "hm"},
        {"type": "thinking", "block": "m1.0", "text": "hm", "signature": "s"},
        {"type": "block_start", "block": "m1.1", "kind": "text"},
        delta("Hi", block="m1.1", offset=0),
        {"type": "text", "block": "m1.1", "text": "Hi"},
        {"type": "turn_end", "turn": 1, "messageId": "m1", "stopReason": "end_turn"},
    ]
    found = events(*lines)
    assert types(found) == types(lines)
    assert [e.get("block") for e in found] == [line.get("block") for line in lines]
    again = events(*lines, run=40)
    assert again[1]["block"] == "r40.m1.0"
    assert again[0]["messageId"] == "r40.m1"


def test_a_name_that_comes_again_is_another_block() -> None:
    found = events(
        delta("one", block="b"),
        {"type": "text", "block": "b", "text": "one"},
        delta("two", block="b"),
        delta("!", block="b"),
    )
    assert text_of(found) == "onetwo!"


def test_unknown_events_are_kept() -> None:
    (event,) = events({"type": "vendor_note", "colour": "red"})
    assert event["type"] == "vendor_note"
    assert event["colour"] == "red"


def test_an_endless_block_is_ended_before_it_is_too_large() -> None:
    piece = "x" * (BLOCK_MAX_CHARS // 2)
    found = events(delta(piece), delta(piece), delta("y"))
    assert [len(e["text"]) for e in found if e["type"] == "text"] == [
        BLOCK_MAX_CHARS,
        1,
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"type": "text_delta"}, "delta"),
        ({"type": "text_delta", "delta": 5}, "delta"),
        ({"type": "tool_use"}, "tool"),
        ({"type": "agent_spawn", "task": "x"}, "childId"),
        ({"type": "agent_complete", "status": "perhaps"}, "status"),
        ({"type": "text", "text": "x", "block": "a b"}, "block"),
        ({"type": "text", "text": "x", "block": "b" * 200}, "block"),
        ({"type": "tool_output_delta", "delta": "x"}, "toolUseId"),
        ({"type": "approval_request", "tool": "Bash"}, "toolUseId"),
    ],
)
def test_what_cannot_be_found_out_is_asked_for(line: Fields, reason: str) -> None:
    with pytest.raises(ProtocolError, match=reason):
        events(line)


LINES = st.one_of(
    st.builds(delta, st.text(max_size=6)),
    st.builds(delta, st.text(max_size=6), block=st.sampled_from("ab")),
    st.just({"type": "tool_use", "tool": "T"}),
    st.just({"type": "tool_result", "tool": "T", "output": "x"}),
    st.just({"type": "turn_end"}),
)


@given(st.lists(LINES, max_size=20), st.data())
def test_all_that_was_streamed_is_in_the_finals(
    lines: list[Fields], data: st.DataObject
) -> None:
    """After the sweep only finals are left; after a crash, what `closing` adds."""
    transcript = Transcript("model", 0, lambda: 0.0)
    log = said(transcript, *lines)
    cut = data.draw(st.integers(0, len(log)))
    crashed = [*log[:cut], *closing(log[:cut])]
    whole = [*log, *transcript.close(partial=False)]
    for found in (told(whole), told(crashed)):
        finals = [e for e in found if not e["type"].endswith("_delta")]
        assert text_of(finals) == text_of(found)
        calls = {e["toolUseId"] for e in found if e["type"] == "tool_use"}
        assert calls <= {e["toolUseId"] for e in found if e["type"] == "tool_result"}
    streamed = [line["delta"] for line in lines if line["type"] == "text_delta"]
    assert sorted("".join(streamed)) == sorted(text_of(told(whole)))


def test_a_request_has_the_questions_of_its_call() -> None:
    asked: Fields = {"questions": [{"question": "Why?"}, {"question": "When?"}]}
    call = {"type": "tool_use", "toolUseId": "q", "tool": "Ask", "input": asked}
    ask = {"type": "approval_request", "toolUseId": "q"}
    for request in (ask, ask | {"input": asked}):
        told_of = events(call, request)[1]
        assert [one["text"] for one in told_of["questions"]] == ["Why?", "When?"]
        assert told_of["input"] == {}  # the call has it
    assert "questions" not in events(call, ask | {"plan": "# Plan"})[1]
