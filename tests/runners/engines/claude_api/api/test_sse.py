import re
from codecs import BOM_UTF8
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from runners.engines.claude_api.api.sse import Frame, ReplyFrames

REPLY = (
    b": a comment\r\n\r\nevent: ping\ndata: {}\n\n"
    b"event:x\rdata:1\rdata: 2\rdata\rid: 7\r\rdata:  two spaces\n\r\n"
    b"event: without data\n\ndata: nameless\n\ndata: that has no end"
)
LINES = (b"event: a", b"event", b"data: 1", b"data:2", b"data", b"dat", b": c", b"")
lines = st.sampled_from(LINES)
ends = st.sampled_from([b"\n", b"\r", b"\r\n"])
bodies = st.lists(st.tuples(lines, ends).map(b"".join)).map(b"".join)


def frames_of(*pieces: bytes) -> list[Frame]:
    frames = ReplyFrames()
    return [frame for piece in pieces for frame in frames.add(piece)]


def naive(body: bytes) -> list[Frame]:
    """What the specification says of a whole stream."""
    found: list[Frame] = []
    kind, data = b"", list[bytes]()
    body = body.removeprefix(BOM_UTF8)
    for line in re.split(rb"\r\n|\n|\r", body)[:-1]:
        match = re.fullmatch(rb"([^:]*)(?:: ?(.*))?", line)
        assert match is not None
        name, value = match[1], match[2] or b""
        if line == b"":
            if data not in ([], [b""]):
                found.append(Frame(kind, b"\n".join(data)))
            kind, data = b"", []
        elif name == b"event":
            kind = value
        elif name == b"data":
            data.append(value)
    return found


def test_a_reply_is_frames_of_a_name_and_data() -> None:
    assert frames_of(REPLY) == [
        Frame(b"ping", b"{}"),
        Frame(b"x", b"1\n2\n"),
        Frame(b"", b" two spaces"),
        Frame(b"", b"nameless"),
    ]


def test_a_reply_may_be_cut_at_every_byte() -> None:
    assert frames_of(*[REPLY[n : n + 1] for n in range(len(REPLY))]) == naive(REPLY)
    for cut in range(len(REPLY) + 1):
        assert frames_of(REPLY[:cut], REPLY[cut:]) == naive(REPLY)


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    body = BOM_UTF8 + b"data: 1\n\ndata: 2\n\n" + BOM_UTF8 + b"data: 3\n\n"
    assert naive(body) == [Frame(b"", b"1"), Frame(b"", b"2")]
    for cut in range(len(body) + 1):
        assert frames_of(body[:cut], body[cut:]) == naive(body)


@settings(max_examples=500)
@given(bodies, st.lists(st.integers(0, 200)))
@example(b"data: 1\r\n\r\ndata: 2\r\r\ndata: 3\n\n", [8, 10])
@example(b"data: 1\r\n\ndata: 2\n\n", [8, 9, 10])
def test_where_it_is_cut_makes_no_difference(body: bytes, cuts: list[int]) -> None:
    at = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})
    pieces = [body[start:end] for start, end in pairwise(at)]
    assert frames_of(*pieces) == naive(body)
    assert frames_of(*[body[n : n + 1] for n in range(len(body))]) == naive(body)
