import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.protocol.encoding.websocket_frame import short_text, websocket_frame

MASKS = st.binary(min_size=4, max_size=4)


def masked(payload: bytes, mask: bytes) -> bytes:
    """A browser's text message, byte by byte as RFC 6455 says it."""
    covered = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
    return bytes((0x81, 0x80 | len(payload))) + mask + covered


@given(st.binary(max_size=125), MASKS, st.binary(max_size=40))
def test_a_short_message_is_taken_off_what_came(
    payload: bytes, mask: bytes, behind: bytes
) -> None:
    assert short_text(masked(payload, mask) + behind) == (payload, behind)


def test_a_message_cut_at_any_byte_is_left_alone() -> None:
    message = masked(b'{"type":"ack","frames":17}', b"\x01\xfe\x00\x7f")
    for cut in range(len(message)):
        assert short_text(message[:cut]) is None


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(bytes((0x82, 0x80)) + bytes(4), id="binary"),
        pytest.param(bytes((0x01, 0x80)) + bytes(4), id="fragment"),
        pytest.param(bytes((0x89, 0x80)) + bytes(4), id="ping"),
        pytest.param(bytes((0xC1, 0x80)) + bytes(4), id="reserved bit"),
        pytest.param(bytes((0x81, 0x00)) + bytes(4), id="not masked"),
        pytest.param(bytes((0x81, 0xFE)) + bytes(300), id="longer than 125"),
    ],
)
def test_anything_else_is_left_to_the_full_parser(data: bytes) -> None:
    assert short_text(data) is None


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 200_000])
def test_a_servers_frame_says_its_size_in_the_shortest_way(size: int) -> None:
    frame = websocket_frame(b"x" * size)
    header = frame[:-size] if size else frame
    assert header[0] == 0x81
    if size < 126:
        assert header[1:] == bytes((size,))
    elif size < 65536:
        assert header[1:] == b"\x7e" + size.to_bytes(2)
    else:
        assert header[1:] == b"\x7f" + size.to_bytes(8)
