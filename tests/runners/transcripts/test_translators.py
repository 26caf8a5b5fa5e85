import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.transcripts.claude_code import ClaudeCodeTranslator
from runners.transcripts.codex import CodexTranslator
from runners.transcripts.entry import BadEntry, read_entry
from runners.transcripts.opencode import OpencodeTranslator, entries_of, is_open
from runners.transcripts.state import TranscriptState
from runners.transcripts.translator import Translator
from sessions_app.protocol.encoding.codec import decode_event, encode

ALL = [ClaudeCodeTranslator, CodexTranslator, OpencodeTranslator]
WORDS = st.sampled_from(
    [
        "type", "user", "assistant", "system", "message", "content", "text", "tool_use",
        "tool_result", "thinking", "id", "name", "input", "usage", "payload", "role",
        "response_item", "event_msg", "function_call", "call_id", "arguments", "output",
        "part", "state", "status", "completed", "time", "start", "end", "tool", "item",
        "item_completed", "UserMessage", "tokens", "cache", "source", "image", "info",
        "token_count", "total_token_usage", "input_tokens", "timestamp", "reason",
        "toolUseResult", "structuredPatch", "filePath", "lines", "todos", "edits",
        "step-start", "step-finish", "reasoning", "compacted", "summary", "error",
        "turn_aborted", "session_meta", "custom_tool_call", "metadata", "isMeta",
    ]
)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=6)
    ),
    max_leaves=25,
)
OBJECTS = st.dictionaries(WORDS, VALUES, max_size=8)


@pytest.mark.parametrize("kind", ALL)
@given(entries=st.lists(OBJECTS, max_size=6))
def test_whatever_an_entry_says_it_is_translated_or_called_bad(
    kind: type[Translator], entries: list[dict[str, Any]]
) -> None:
    translator = kind(TranscriptState())  # type: ignore[call-arg]  # a protocol
    for entry in entries:
        try:
            data = read_entry(json.dumps(entry).encode()).data
            events = translator.take(data)
        except BadEntry:
            continue
        assert [encode(decode_event(encode(e))) for e in events] == [
            encode(event) for event in events
        ]
    translator.rest()
    kept = msgspec.json.encode(translator.state)
    assert msgspec.json.decode(kept, type=TranscriptState) == translator.state


def claude(*entries: dict[str, Any]) -> list[dict[str, Any]]:
    """Translate Claude Code's entries; in between, the state goes through JSON."""
    state, events = TranscriptState(), []
    for entry in entries:
        translator = ClaudeCodeTranslator(state)
        events += translator.take(entry)
        state = msgspec.json.decode(msgspec.json.encode(state), type=TranscriptState)
    events += ClaudeCodeTranslator(state).rest()
    return [json.loads(encode(event)) for event in events]


def said(id_: str, block: dict[str, Any], stop: str, output: int = 5) -> dict[str, Any]:
    return {
        "type": "assistant",
        "timestamp": "2026-11-30T12:00:00Z",
        "message": {
            "id": id_,
            "model": "claude-opus-5-5",
            "content": [block],
            "stop_reason": stop,
            "usage": {"input_tokens": 10, "output_tokens": output},
        },
    }


def test_a_message_of_several_lines_is_one_turn_whose_usage_counts_once() -> None:
    events = claude(
        said("m1", {"type": "thinking", "thinking": "hm"}, "end_turn"),
        said("m1", {"type": "text", "text": "yes"}, "end_turn"),
    )
    assert [event["type"] for event in events] == [
        "turn_start", "thinking", "text", "turn_end",
    ]  # fmt: skip
    assert events[-1]["usage"]["inputTokens"] == 10
    assert events[0]["ts"] == 1_796_040_000_000


def test_a_message_that_goes_on_after_a_result_counts_only_what_came_on_top() -> None:
    use = {"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "ls"}}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": "a"}
    events = claude(
        said("m1", use, "tool_use", output=5),
        {"type": "user", "message": {"content": [result]}},
        said("m1", {**use, "id": "t2"}, "tool_use", output=9),
    )
    ends = [event for event in events if event["type"] == "turn_end"]
    assert [end["usage"]["outputTokens"] for end in ends] == [5, 4]
    assert sum(event["type"] == "turn_start" for event in events) == 1
    blocks = [event["block"] for event in events if event["type"] == "tool_use"]
    assert blocks == ["m1.0", "m1.1"]


def test_an_edit_shows_its_diff_and_its_place() -> None:
    patch = {"oldStart": 4, "newStart": 4, "lines": [" a", "-b", "+c"]}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": "done"}
    (event,) = claude(
        {
            "type": "user",
            "message": {"content": [result]},
            "toolUseResult": {"filePath": "/x.py", "structuredPatch": [patch]},
        }
    )
    (diff,) = event["diffs"]
    assert (diff["oldText"], diff["newText"]) == ("a\nb\n", "a\nc\n")
    assert event["locations"] == [{"path": "/x.py", "line": 4}]


def test_an_image_of_a_result_is_content_and_is_named_in_the_output() -> None:
    source = {"type": "base64", "media_type": "image/png", "data": "aGk="}
    image = {"type": "image", "source": source}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": [image]}
    (event,) = claude({"type": "user", "message": {"content": [result]}})
    assert event["output"] == "[image: image/png]"
    assert event["content"][0]["mediaType"] == "image/png"


def test_a_summary_of_a_compaction_a_command_and_a_note_are_told_apart() -> None:
    command = "<command-name>/compact</command-name><command-args>now</command-args>"
    events = claude(
        {"type": "user", "isCompactSummary": True, "message": {"content": "So far …"}},
        {"type": "user", "message": {"content": command}},
        {"type": "user", "isMeta": True, "message": {"content": "Caveat"}},
        {"type": "user", "message": {"content": "[Request interrupted by user]"}},
    )
    assert [event["type"] for event in events] == [
        "compacted", "user_message", "claude.note", "claude.interrupted",
    ]  # fmt: skip
    assert events[1]["text"] == "/compact now"


def test_what_a_sub_agent_says_in_its_parents_transcript_is_not_the_parents() -> None:
    own = {"type": "user", "isSidechain": False, "message": {"content": "do it"}}
    aside = {"type": "user", "isSidechain": True, "message": {"content": "look"}}
    assert [e["type"] for e in claude(own, aside)] == [
        "user_message", "claude.sidechain",
    ]  # fmt: skip
    assert [e["type"] for e in claude(aside)] == ["user_message"]


def part(kind: str, **fields: Any) -> dict[str, Any]:
    return {"id": f"prt_{kind}", "type": kind, **fields}


def test_a_call_of_opencode_is_begun_once_and_ended_once() -> None:
    running = part("tool", tool="bash", callID="c1", state={"status": "running"})
    done = {**running, "state": {"status": "completed", "output": "hi"}}
    message = {"id": "m1", "role": "assistant"}
    first = [entry.key for entry in entries_of(message, [running], is_last=True)]
    later = [entry.key for entry in entries_of(message, [done], is_last=True)]
    assert (first, later) == (["prt_tool"], ["prt_tool", "prt_tool/end"])
    assert is_open(message, [running])
    assert not is_open({**message, "time": {"completed": 1}}, [done])


def test_a_text_of_opencode_is_taken_when_it_has_ended() -> None:
    message = {"id": "m1", "role": "assistant", "time": {"created": 1}}
    growing = part("text", text="Hel", time={"start": 1})
    assert not [*entries_of(message, [growing], is_last=True)]
    assert [*entries_of(message, [growing], is_last=False)]
    ended = {**growing, "text": "Hello", "time": {"start": 1, "end": 2}}
    assert [*entries_of(message, [ended], is_last=True)]
