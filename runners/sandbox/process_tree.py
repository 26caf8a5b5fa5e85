# The process tree, read from /proc. The supervisor imports this module too: standard
# library alone, and little of it.

import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

PROC = "/proc"


class Relation(NamedTuple):
    """A process with its parent, process group and session ids."""

    pid: int
    parent: int
    group: int
    session: int


def relations() -> list[Relation]:
    """List the living processes of this host; empty without /proc."""
    return list(_relations())


def descendants(pid: int) -> list[int]:
    """List the descendants of a process, at any depth."""
    below: dict[int, list[int]] = {}
    for relation in relations():
        below.setdefault(relation.parent, []).append(relation.pid)
    found: list[int] = []
    ahead = [pid]
    while ahead:
        children = below.pop(ahead.pop(), [])
        found += children
        ahead += children
    return found


def belongings(leader: int) -> list[int]:
    """List the processes of a session leader: its session, group and descendants."""
    members = {r.pid for r in relations() if leader in {r.group, r.session}}
    return [*members, *(pid for pid in descendants(leader) if pid not in members)]


def signal_all(pids: Iterable[int], number: int = signal.SIGKILL) -> None:
    """Send a signal to processes; those that have ended are skipped."""
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _relations() -> Iterator[Relation]:
    try:
        names = os.listdir(PROC)  # noqa: PTH208 - pathlib takes 20 ms to import
    except OSError:
        return
    for name in names:
        if name.isdigit():
            with suppress(OSError), open(f"{PROC}/{name}/stat", "rb") as file:  # noqa: PTH123
                state, *numbers = file.read().rpartition(b")")[2].split()[:4]
                if state not in {b"Z", b"X"}:  # a zombie only waits for its parent
                    yield Relation(int(name), *map(int, numbers))
