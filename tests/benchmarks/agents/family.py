import re
from collections import defaultdict
from pathlib import Path

from tests.benchmarks.agents import numbered_agent

AGENT = numbered_agent.__file__


def helpers_of(pid: int) -> list[int]:
    """Processes that a runner has started, but for the agents themselves; Linux only.

    They are each agent's supervisor and watchdog.
    """
    children: dict[int, list[int]] = defaultdict(list)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        fields = _read(stat).rpartition(")")[2].split()
        if fields:
            children[int(fields[1])].append(int(stat.parent.name))
    found, left = [], [pid]
    while left:
        below = children[left.pop()]
        left += below
        found += [one for one in below if not _is_agent(one)]
    return found


def proportional_kb(pids: list[int]) -> int:
    """Memory of processes; what they share with others is counted in parts."""
    texts = (_read(Path(f"/proc/{pid}/smaps_rollup")) for pid in pids)
    sizes = (re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE) for text in texts)
    return sum(int(size[1]) for size in sizes if size)


def _is_agent(pid: int) -> bool:
    words = _read(Path(f"/proc/{pid}/cmdline")).split("\0")
    return len(words) > 1 and words[1] == AGENT


def _read(path: Path) -> str:
    """What a file of /proc says; "" when its process has ended."""
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
