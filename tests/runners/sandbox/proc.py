import asyncio
import os
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        status = (PROC / str(pid) / "stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def pids() -> list[int]:
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]


def members(leader: int) -> list[int]:
    """The processes that run in the session of a leader."""
    found = []
    for pid in pids():
        with suppress(ProcessLookupError):
            if os.getsid(pid) == leader and alive(pid):
                found.append(pid)
    return found


def running(*argv: str) -> list[int]:
    """The processes that were started with these words."""
    wanted = "".join(f"{word}\0" for word in argv)
    found = []
    for pid in pids():
        with suppress(OSError):
            if (PROC / str(pid) / "cmdline").read_text() == wanted:
                found.append(pid)
    return found


async def gone(pid: int) -> None:
    """Wait for a process to end."""
    async with asyncio.timeout(5):
        while alive(pid):  # noqa: ASYNC110 - a process that is no child of ours
            await asyncio.sleep(0.01)


def descriptors() -> set[int]:
    """The file descriptors this process has open."""
    return {int(entry.name) for entry in (PROC / "self/fd").iterdir()}
