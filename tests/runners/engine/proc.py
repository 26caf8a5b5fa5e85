import asyncio
from pathlib import Path

PROC = Path("/proc")


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        status = (PROC / str(pid) / "stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


async def gone(pid: int) -> None:
    """Wait for a process to end."""
    async with asyncio.timeout(5):
        while alive(pid):  # noqa: ASYNC110 - a process that is no child of ours
            await asyncio.sleep(0.01)


def descriptors() -> set[int]:
    """The file descriptors this process has open."""
    return {int(entry.name) for entry in (PROC / "self/fd").iterdir()}
