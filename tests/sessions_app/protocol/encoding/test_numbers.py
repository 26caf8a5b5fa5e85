import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.engines.json_lines.read_line import read_line
from runners.port.tool_input import MalformedInput, parse_input
from sessions_app.history.search.searchable import searchable
from sessions_app.protocol.commands import Approve
from sessions_app.protocol.encoding.codec import decode_command, decode_event, encode
from sessions_app.protocol.encoding.numbers import decode_json, encode_json, plain

WRITTEN = st.from_regex(
    r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?", fullmatch=True
)
EXAMPLES = [
    "-1001234567890123457",
    "9007199254740993",
    "123456789012345678901234567890",
    "1e3",
    "1E+3",
    "0.10",
    "1.0",
    "-0.0",
    "1732000000123456789",  # a time in nanoseconds
    "18446744073709551616",  # 2**64
    "0.1000000000000000055511151231257827",
    "-1E-7",
]


def line_of(number: str) -> str:
    return (
        '{"type":"tool_use","block":"b","toolUseId":"t","tool":"send",'
        f'"input":{{"id":{number},"all":[{number}]}},"note":{number}}}'
    )


@given(WRITTEN)
def test_a_number_is_written_out_as_it_was_read(number: str) -> None:
    if number == "-0":
        return  # msgspec reads the stored one as 0; nothing writes it
    line = line_of(number)
    assert encode(decode_event(line)) == line
    assert encode_json(decode_json(f"[{number}]")).decode() == f"[{number}]"


@pytest.mark.parametrize("number", [*EXAMPLES, "-0"])
def test_a_program_may_write_any_number(number: str) -> None:
    fields = read_line(line_of(number).encode())
    assert encode_json(fields).decode() == line_of(number)


@pytest.mark.parametrize("number", EXAMPLES)
def test_an_edited_input_is_sent_on_as_it_was_written(number: str) -> None:
    line = f'{{"type":"approve","toolUseId":"t","input":{{"id":{number}}}}}'
    command = decode_command(line)
    assert isinstance(command, Approve)
    assert encode(command) == line


@pytest.mark.parametrize("number", EXAMPLES)
def test_a_number_is_found_as_it_was_written(number: str) -> None:
    assert number in searchable("tool_use", line_of(number)).split("\n")


@given(WRITTEN)
def test_a_number_has_the_value_that_python_reads(number: str) -> None:
    assert plain(decode_json(number)) == json.loads(number)
    assert type(plain(decode_json(number))) is type(json.loads(number))


def test_an_unknown_event_keeps_its_numbers() -> None:
    line = '{"type":"weather","sessionId":"s","seq":4,"ts":5,"glass":1e3,"deep":[0.10]}'
    assert encode(decode_event(line)) == line


def test_a_typed_field_takes_any_spelling_of_its_number() -> None:
    line = '{"type":"agent_complete","status":"success","usage":{},"costUsd":1e-3}'
    event = decode_event(line)
    assert msgspec.json.decode(encode(event))["costUsd"] == 0.001


def test_claude_may_write_any_finite_number() -> None:
    assert encode_json(parse_input('{"n":1.50,"m":-0}')) == b'{"n":1.50,"m":-0}'
    with pytest.raises(MalformedInput):
        parse_input('{"n":1e400}')
    with pytest.raises(MalformedInput):
        parse_input(f'{{"n":{"9" * 5_000}}}')
