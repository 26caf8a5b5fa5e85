import math
from pathlib import Path

PROC = Path("/proc")


def roots_of(home: Path, programs: set[str]) -> list[int]:
    """The oldest process of each of these programs: others are helpers, soon over."""
    found = [(pid, name) for pid, name in processes_of(home).items()]
    oldest = {name: pid for pid, name in sorted(found, key=_start, reverse=True)}
    return sorted(oldest[name] for name in programs & oldest.keys())


def _start(process: tuple[int, str]) -> float:
    """When it started, in the kernel's ticks; one that has ended is the last."""
    try:
        stat = (PROC / str(process[0]) / "stat").read_text()
    except OSError:
        return math.inf
    return int(stat.rpartition(")")[2].split()[19])


def processes_of(home: Path) -> dict[int, str]:
    """The live processes whose HOME is this directory, and the program each runs.

    An agent's processes have the HOME that agents.toml gives it, and so have all that
    they start.
    """
    wanted = f"HOME={home}".encode()
    found = {}
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                program = (entry / "exe").readlink()
                found[int(entry.name)] = program.name
        except OSError:
            continue  # it has ended, or is another user's
    return found
