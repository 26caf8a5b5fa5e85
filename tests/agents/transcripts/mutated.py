"""Real transcripts of Claude Code's, changed as accidents, and enemies, change them."""

import itertools
import json
import random
import re
from collections.abc import Callable, Sequence

UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NAMES = re.compile(rb"(msg|toolu|req)_[0-9A-Za-z]+|\"agentId\":\"[0-9a-f]+\"")
SUMMARY = {
    "isCompactSummary": True,
    "message": {"role": "user", "content": "All this."},
}
BOUNDARY = {"type": "system", "subtype": "compact_boundary", "content": "Compacted"}
Lines = list[bytes]
Dice = random.Random


def renamed(lines: Sequence[bytes], dice: Dice) -> Lines:
    """The same conversation under names of its own, as if it had been another one."""
    names: dict[bytes, bytes] = {}

    def other(found: re.Match[bytes]) -> bytes:
        name = found[0]
        return names.setdefault(name, _fresh(name, dice))

    return [UUID.sub(other, NAMES.sub(other, line)) for line in lines]


def cut(lines: Lines, dice: Dice) -> Lines:
    """It ends in the middle of a line, which then has its end after all."""
    at = dice.randrange(len(lines))
    half = dice.randrange(1, max(len(lines[at]), 2))
    return [*lines[:at], lines[at][:half]]


def doubled(lines: Lines, dice: Dice) -> Lines:
    """Lines stand there twice or three times."""
    return [line for line in lines for _ in range(dice.choice((1, 1, 1, 2, 3)))]


def shuffled(lines: Lines, dice: Dice) -> Lines:
    """Two neighbours have changed places, here and there."""
    found = [*lines]
    for _ in range(3):
        at = dice.randrange(len(found) - 1)
        found[at], found[at + 1] = found[at + 1], found[at]
    return found


def compacted(lines: Lines, dice: Dice) -> Lines:
    """A summary stands in the middle, as after /compact."""
    at = dice.randrange(1, len(lines))
    where = {"sessionId": "s", "timestamp": "2026-11-30T12:00:00.000Z"}
    boundary = BOUNDARY | where | {"uuid": _id(dice)}
    summary = {"type": "user"} | SUMMARY | where | {"uuid": _id(dice)}
    added = [json.dumps(boundary).encode(), json.dumps(summary).encode()]
    return [*lines[:at], *added, *lines[at:]]


def beheaded(lines: Lines, dice: Dice) -> Lines:
    """Its beginning is gone."""
    return lines[dice.randrange(1, len(lines)) :]


def spoiled(lines: Lines, dice: Dice) -> Lines:
    """Bytes of some lines were overwritten."""
    found = [*lines]
    for _ in range(2):
        at = dice.randrange(len(found))
        line = bytearray(found[at])
        start = dice.randrange(len(line))
        line[start : start + 5] = b"\xff{\x01]\xfe"[: len(line) - start]
        found[at] = bytes(line)
    return found


MUTATIONS: Sequence[Callable[[Lines, Dice], Lines]] = (
    cut,
    doubled,
    shuffled,
    compacted,
    beheaded,
    spoiled,
)


def _fresh(name: bytes, dice: Dice) -> bytes:
    """Another name of the same kind."""
    if UUID.fullmatch(name):
        return _id(dice).encode()
    if name.startswith(b'"agentId"'):
        return b'"agentId":"%016x"' % dice.getrandbits(64)
    return name.partition(b"_")[0] + b"_%024x" % dice.getrandbits(96)


def _id(dice: Dice) -> str:
    digits = f"{dice.getrandbits(128):032x}"
    cuts = (0, 8, 12, 16, 20, 32)
    return "-".join(digits[a:b] for a, b in itertools.pairwise(cuts))
