from hypothesis import given
from hypothesis import strategies as st

from runners.engines.program.lines import Lines, ProgramLine

PIECES = st.lists(st.binary(max_size=12), max_size=12)


def naive(data: bytes, limit: int) -> list[ProgramLine]:
    """Cut all of it at once."""
    lines = []
    for number, line in enumerate(data.split(b"\n"), 1):
        whole = line.removesuffix(b"\r")
        if len(line) > limit:
            lines.append(ProgramLine(number, b"", is_too_long=True))
        elif whole.strip():
            lines.append(ProgramLine(number, whole))
    return lines


@given(PIECES, st.integers(1, 8))
def test_lines_are_those_of_the_whole_however_it_comes(
    pieces: list[bytes], limit: int
) -> None:
    lines = Lines(limit)
    found = [line for piece in pieces for line in lines.feed(piece)]
    found += lines.end()
    told = [
        ProgramLine(line.number, b"", is_too_long=True) if line.is_too_long else line
        for line in found
    ]
    assert told == naive(b"".join(pieces), limit)


def test_an_endless_line_is_told_at_once_and_held_no_further() -> None:
    lines = Lines(1000)
    told = [line for _ in range(100) for line in lines.feed(b"x" * 100)]
    assert [line.number for line in told] == [1]
    assert told[0].is_too_long
    assert [line.data for line in lines.feed(b"\n{}\n")] == [b"{}"]
