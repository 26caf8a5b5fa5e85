import argparse
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

from tests.benchmarks.agents import agents
from tests.benchmarks.cases import (
    admin,
    append,
    fanout,
    growth,
    latejoin,
    memory,
    runner,
    search,
    sessions,
    storm,
    streams,
)
from tests.benchmarks.ground import Ground
from tests.benchmarks.page import opening, paint, review, timeline, wall
from tests.benchmarks.plan import FULL, QUICK
from tests.benchmarks.result import Result
from tests.benchmarks.servers import find_servers

BENCHMARKS: MappingProxyType[str, Callable[[Ground], Result]] = MappingProxyType(
    {
        "fanout": fanout.measure,
        "sessions": sessions.measure,
        "latejoin": latejoin.measure,
        "memory": memory.measure,
        "paint": paint.measure,
        "append": append.measure,
        "runner": runner.measure,
        "agents": agents.measure,
        "storm": storm.measure,
        "streams": streams.measure,
        "admin": admin.measure,
        "search": search.measure,
        "growth": growth.measure,
        "timeline": timeline.measure,
        "wall": wall.measure,
        "opening": opening.measure,
        "review": review.measure,
    }
)


def main() -> None:
    options = _parse()
    # Ends as Ctrl-C does: with all that was started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    find_servers()
    results: dict[str, Result] = {}
    for name in options.names or BENCHMARKS:
        with Ground(QUICK if options.quick else FULL) as ground:
            results[name] = BENCHMARKS[name](ground)
        if not options.json:
            _show(name, results[name])
    if options.save:
        _save(options.save, results)
    if options.json:
        _say(json.dumps(_figures(results)))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Measure the real server; see docs/performance.md.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--json", action="store_true", help="figures, on one line")
    parser.add_argument("--quick", action="store_true", help="shorter; for trials")
    parser.add_argument("--save", type=Path, help="add all that was found to this file")
    options = parser.parse_args()
    unknown = set(options.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    return options


def _figures(results: dict[str, Result]) -> dict[str, object]:
    """One benchmark's figures as they are, several under their names."""
    if len(results) == 1:
        (result,) = results.values()
        return dict(result.figures)
    return {name: result.figures for name, result in results.items()}


def _show(name: str, result: Result) -> None:
    _say(name)
    for figure, value in result.figures.items():
        _say(f"  {figure:22} {'n/a' if value is None else f'{value:g}'}")


def _save(path: Path, results: dict[str, Result]) -> None:
    saved = json.loads(path.read_text()) if path.exists() else {}
    for name, result in results.items():
        saved[name] = {"figures": result.figures, "details": result.details}
    path.write_text(json.dumps(saved, indent=1) + "\n")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
