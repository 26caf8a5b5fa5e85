from pathlib import Path

PROC = Path("/proc")


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
