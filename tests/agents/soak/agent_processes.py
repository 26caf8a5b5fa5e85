from pathlib import Path

PROC = Path("/proc")


def roots_of(home: Path, programs: set[str]) -> list[int]:
    """The agent's own processes among these: not what one of them has just forked."""
    found = {p: n for p, n in processes_of(home).items() if n in programs}
    return sorted(p for p in found if found.get(_parent(p)) != found[p])


def _parent(pid: int) -> int:
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return 0  # it has ended
    return int(stat.rpartition(")")[2].split()[1])


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
