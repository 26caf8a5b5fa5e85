import json
import re
import typing
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.protocol.commands import AnyCommand, Approve, Prompt, Throttle
from sessions_app.protocol.encoding.codec import (
    EVENT_TYPES,
    ProtocolError,
    decode_client_frame,
    decode_command,
    decode_event,
    encode,
)
from sessions_app.protocol.events import Count, Event, Resumed, TextDelta, UnknownEvent
from sessions_app.protocol.frames import Ack, AnyClientFrame, Ping, Subscribe
from sessions_app.protocol.status import SessionStatus
from tests.sessions_app.protocol import values

TEXT = '{"type":"text","block":"b\u00e9","text":"\\ud83d\\ude00\U0001f600"}'
STAMP = {"sessionId": "", "seq": 0, "ts": 0}  # left out where it has these values
DECODERS = (decode_event, decode_command, decode_client_frame)


def example(cls: type[Event]) -> dict[str, Any]:
    """The smallest event of a type: its required fields alone."""
    plain = {str: "x", int: 7, Count: 7, bool: True, float: 1.5, SessionStatus: "idle"}
    special = {"kind": "text", "status": "error", "decision": "denied"}
    fields = {
        f.encode_name: plain.get(f.type) or special.get(f.name, {})
        for f in msgspec.structs.fields(cls)
        if f.required
    }
    fields |= {name: [] for name in ("items", "seqs") if name in fields}
    return {"type": cls.wire_type(), **fields}


REQUIRED = [
    (cls, f.encode_name)
    for cls in EVENT_TYPES.values()
    for f in msgspec.structs.fields(cls)
    if f.required
]
SNAKE = {
    (cls, f.encode_name): f.name
    for cls in EVENT_TYPES.values()
    for f in msgspec.structs.fields(cls)
    if f.name != "more"
}
FIELDS = list(SNAKE)


def names(pair: tuple[type[Event], str]) -> str:
    return f"{pair[0].wire_type()}.{pair[1]}"


def refused(line: str | bytes, decode: Any = decode_event) -> ProtocolError:
    with pytest.raises(ProtocolError) as caught:
        decode(line)
    assert str(caught.value) == f"{caught.value.field}: {caught.value.reason}"
    return caught.value


# --- what goes out comes back -------------------------------------------------


@given(values.events)
def test_every_event_comes_back_as_it_was(event: Event) -> None:
    line = encode(event)
    assert decode_event(line) == event
    assert decode_event(line.encode()) == event


@given(values.events_of_the_future)
def test_fields_of_later_versions_are_kept(pair: tuple[Event, Any]) -> None:
    known, more = pair
    sent = {**json.loads(encode(known)), **more}
    event = decode_event(json.dumps(sent))
    assert event.more == more
    assert msgspec.structs.replace(event, more={}) == known
    assert json.loads(encode(event)) == sent


@given(values.unknown_objects)
def test_events_of_unknown_types_are_kept(sent: dict[str, Any]) -> None:
    event = decode_event(json.dumps(sent))
    assert type(event) is UnknownEvent
    assert STAMP | json.loads(encode(event)) == STAMP | sent
    assert decode_event(encode(event)) == event


@given(values.unknown_objects, st.integers(1, 2**53))
def test_the_logs_stamp_replaces_the_one_that_came(
    sent: dict[str, Any], seq: int
) -> None:
    event = decode_event(json.dumps(sent))
    stamped = msgspec.structs.replace(event, session_id="s_1", seq=seq, ts=seq)
    stamp = {"sessionId": "s_1", "seq": seq, "ts": seq}
    assert json.loads(encode(stamped)) == sent | stamp


@given(values.events_of_the_future)
def test_an_event_is_one_line(pair: tuple[Event, Any]) -> None:
    event = msgspec.structs.replace(pair[0], more=pair[1])
    assert "\n" not in encode(event)


def test_a_known_field_is_never_taken_from_more() -> None:
    event = Resumed(seq=1, more={"seq": 2, "type": "text", "new": 3})
    assert json.loads(encode(event)) == {"type": "resumed", "seq": 1, "new": 3}


@given(values.of_type(AnyCommand))
def test_every_command_comes_back_as_it_was(command: Any) -> None:
    assert decode_command(encode(command)) == command


@given(values.of_type(AnyClientFrame))
def test_every_frame_of_a_browser_comes_back_as_it_was(frame: Any) -> None:
    assert decode_client_frame(encode(frame)) == frame


def test_the_designs_lines_are_read() -> None:
    line = (
        '{"type":"text_delta","sessionId":"s_1","seq":17,"ts":1789,'
        '"block":"m1.0","offset":120,"delta":"Let me "}'
    )
    event = TextDelta(
        session_id="s_1", seq=17, ts=1789, block="m1.0", offset=120, delta="Let me "
    )
    assert decode_event(line) == event
    assert encode(event) == line
    assert decode_command('{"type":"throttle","delay_ms":100}') == Throttle(
        delay_ms=100
    )
    assert decode_command('{"type":"approve","toolUseId":"t1"}') == Approve(
        tool_use_id="t1"
    )
    subscribe = '{"type":"subscribe","session":"s_1","after":3}'
    assert decode_client_frame(subscribe) == Subscribe(session="s_1", after=3)
    assert decode_client_frame('{"type":"ack","frames":3}') == Ack(frames=3)
    assert decode_client_frame('{"type":"ping","at":1}') == Ping()


# --- what is wrong is said ----------------------------------------------------


@pytest.mark.parametrize("cls", EVENT_TYPES.values(), ids=lambda cls: cls.wire_type())
def test_the_required_fields_are_enough(cls: type[Event]) -> None:
    assert isinstance(decode_event(json.dumps(example(cls))), cls)


@pytest.mark.parametrize("pair", REQUIRED, ids=names)
def test_a_missing_field_is_named(pair: tuple[type[Event], str]) -> None:
    cls, name = pair
    fields = example(cls)
    del fields[name]
    error = refused(json.dumps(fields))
    assert error.field == name
    assert "missing" in error.reason


@pytest.mark.parametrize("pair", FIELDS, ids=names)
def test_a_field_of_a_wrong_type_is_named(pair: tuple[type[Event], str]) -> None:
    cls, name = pair
    type_ = typing.get_type_hints(cls, include_extras=True)[SNAKE[cls, name]]
    for wrong in ([1], {"a": None}, None, 1.5, -1, "1"):
        line = json.dumps(example(cls) | {name: wrong})
        if is_of(type_, wrong):
            decode_event(line)
        else:
            error = refused(line)
            assert re.split(r"[\[.]", error.field)[0] == name
            assert re.match(r"Expected|Invalid|is missing", error.reason)


def is_of(type_: Any, value: Any) -> bool:
    try:
        msgspec.convert(value, type_)
    except msgspec.ValidationError:
        return False
    return True


def test_the_place_inside_a_field_is_named() -> None:
    fields = {"type": "text", "block": "b", "text": "", "pace": [[1, 2], [3, "x"]]}
    assert refused(json.dumps(fields)).field == "pace[1][1]"


@pytest.mark.parametrize("type_", ["", None, 3, ["text"], {"a": 1}], ids=json.dumps)
def test_an_event_needs_a_type(type_: Any) -> None:
    assert refused(json.dumps({"type": type_, "block": "b"})).field == "type"
    assert refused('{"block":"b"}').field == "type"


def test_an_unknown_events_stamp_is_checked() -> None:
    assert refused('{"type":"new","seq":"1"}').field == "seq"
    assert refused('{"type":"new","sessionId":1}').field == "sessionId"


@pytest.mark.parametrize("decode", DECODERS)
@pytest.mark.parametrize("line", ["[]", "1", "null", '"text"', "true"])
def test_only_objects_are_taken(line: str, decode: Any) -> None:
    error = refused(line, decode)
    assert error.field == "$"
    assert "object" in error.reason


@pytest.mark.parametrize("decode", DECODERS)
@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "}",
        "{'type':'ping'}",
        '{"type":NaN}',
        b"\xff",
        b'{"type":"\xff"}',
        '{"type":"\ud800"}',
        '{"type":"\\ud800"}',
        '{"type":"\\udc00"}',
    ],
    ids=ascii,
)
def test_what_is_not_json_is_refused(line: str | bytes, decode: Any) -> None:
    error = refused(line, decode)
    assert error.field == "$"
    assert "not JSON" in error.reason


@pytest.mark.parametrize("end", range(1, len(TEXT)))
def test_an_event_that_was_cut_short_is_refused(end: int) -> None:
    assert "not JSON" in refused(TEXT[:end]).reason
    assert "not JSON" in refused(TEXT.encode()[:-end]).reason


@pytest.mark.parametrize("decode", DECODERS)
@pytest.mark.parametrize("opening", ["[", '{"type":', '{"x":'])
def test_what_is_nested_too_deep_is_refused(opening: str, decode: Any) -> None:
    refused(opening * 100_000, decode)
    assert refused('{"type":"new","x":' + opening * 100_000).reason == "nested too deep"


def test_an_edited_input_is_no_deeper_than_a_tools() -> None:
    line = '{"type":"approve","toolUseId":"t","input":%s1%s}'
    assert decode_command(line % ('{"a":' * 64, "}" * 64))
    assert refused(line % ('{"a":' * 65, "}" * 65), decode_command).field == "input"


def test_numbers_that_no_number_type_holds_are_refused() -> None:
    assert "range" in refused('{"type":"new","x":1e400}').reason
    assert "range" in refused('{"type":"new","x":%s}' % ("9" * 5000)).reason


@pytest.mark.parametrize("name", ["seq", "ts"])
@pytest.mark.parametrize("number", [2**63, 2**70, -(2**63) - 1])
@pytest.mark.parametrize("type_", ["resumed", "new"])
def test_a_stamp_that_no_database_holds_is_refused(
    type_: str, number: int, name: str
) -> None:
    assert refused(json.dumps({"type": type_, name: number})).field == name


def test_large_numbers_in_unknown_fields_are_kept() -> None:
    line = f'{{"type":"resumed","big":{2**70},"small":-{2**70}}}'
    assert encode(decode_event(line)) == line


def test_a_nul_is_kept() -> None:
    line = '{"type":"error","code":"a\\u0000b","message":"","fatal":false}'
    assert encode(decode_event(line)) == line


@pytest.mark.parametrize("decode", [decode_command, decode_client_frame])
def test_unknown_commands_and_frames_are_refused(decode: Any) -> None:
    error = refused('{"type":"nonsense"}', decode)
    assert error.field == "type"
    assert "nonsense" in error.reason
    assert refused('{"session":"s"}', decode).field == "type"
    assert refused('{"type":["ping"]}', decode).field == "type"


def test_fields_of_commands_and_frames_are_named() -> None:
    assert refused('{"type":"prompt"}', decode_command).field == "text"
    wrong = '{"type":"approve","toolUseId":"t","scope":"ever"}'
    assert refused(wrong, decode_command).field == "scope"
    assert refused('{"type":"subscribe"}', decode_client_frame).field == "session"
    wrong = '{"type":"ack","frames":"1"}'
    assert refused(wrong, decode_client_frame).field == "frames"
    assert decode_command('{"type":"prompt","text":""}') == Prompt(text="")
