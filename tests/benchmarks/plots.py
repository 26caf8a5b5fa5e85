import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.chart import Line, chart

Found = dict[str, Any]


def main() -> None:
    """Draw what a run saved: `python -m tests.benchmarks.plots SAVED FOLDER`."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.plots")
    parser.add_argument("saved", type=Path, help="written by --save")
    parser.add_argument("folder", type=Path, help="where the plots go")
    options = parser.parse_args()
    saved = json.loads(options.saved.read_text())
    for name, plot in _plots(saved):
        (options.folder / f"{name}.svg").write_text(plot)


def _plots(saved: Found) -> Iterator[tuple[str, str]]:
    if "fanout" in saved:
        yield "fanout", _fanout(saved["fanout"]["details"])
    if "latejoin" in saved:
        yield "latejoin", _latejoin(saved["latejoin"]["details"])


def _fanout(details: Found) -> str:
    lines = []
    for peer, steps in details["ramps"].items():
        # Of a rate that was tried twice, the better.
        best: dict[float, float] = {}
        for step in steps:
            if step["p99_ms"]:
                at = step["deliveries"]
                best[at] = min(step["p99_ms"], best.get(at, step["p99_ms"]))
        lines.append(Line(peer, sorted(best.items())))
    title = "100 viewers of one session: how late is an event?"
    return chart(title, "deliveries a second", "p99, ms", lines)


def _latejoin(details: Found) -> str:
    joins = {int(tokens): join for tokens, join in details["finished"].items()}
    names = {"first_ms": "first content", "whole_ms": "whole session"}
    lines = [
        Line(name, sorted((tokens, join[key]) for tokens, join in joins.items()))
        for key, name in names.items()
    ]
    title = f"Joining a finished session of {details['blocks']} blocks"
    return chart(title, "tokens streamed", "wait, ms", lines)


if __name__ == "__main__":
    main()
