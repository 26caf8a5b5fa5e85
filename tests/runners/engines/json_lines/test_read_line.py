import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.engines.json_lines.read_line import read_line
from sessions_app.protocol.encoding.codec import ProtocolError


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"hello", "not JSON"),
        (b"[1]", "a JSON object"),
        (b"{}", "needs a `type`"),
        (b'{"type":""}', "needs a `type`"),
        (b'{"type":5}', "needs a `type`"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b'{"type":"a","x":NaN}', "NaN"),
        (b'{"type":"a","x":' + b"9" * 5000 + b"}", "out of range"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"type":"a","x":' + b"[" * 100 + b"]" * 100 + b"}", "nested too deep"),
    ],
)
def test_a_line_that_is_no_event_says_why(line: bytes, reason: str) -> None:
    with pytest.raises(ProtocolError, match=reason):
        read_line(line)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(line: bytes) -> None:
    try:
        assert read_line(line)["type"]
    except ProtocolError as error:
        reason = error.reason
        assert reason


def test_halves_of_a_pair_survive_in_deltas_alone() -> None:
    half = read_line(rb'{"type":"text_delta","delta":"\ud83d"}')
    assert half["delta"] == "\ud83d"
    assert read_line(rb'{"type":"text","text":"\ud83d"}')["text"] == "\ufffd"


def test_the_log_numbers_and_bad_times_are_its_own() -> None:
    fields = read_line(b'{"type":"error","seq":9,"ts":1.5,"wholeId":"o_x"}')
    assert fields == {"type": "error"}
    assert read_line(b'{"type":"error","ts":12}')["ts"] == 12


def test_other_words_for_an_outcome_are_known() -> None:
    line = b'{"type":"agent_complete","status":"completed"}'
    assert read_line(line)["status"] == "success"
