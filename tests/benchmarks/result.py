from collections.abc import Sequence
from dataclasses import dataclass, field

Figure = float | None  # None: this machine cannot give it


@dataclass(frozen=True)
class Result:
    """What a benchmark has found: its named figures, and what they rest on.

    `details` is JSON that the plots, and a reader who wonders, look into.
    """

    figures: dict[str, Figure]
    details: dict[str, object] = field(default_factory=dict)


def rounded(value: float | None, digits: int = 2) -> Figure:
    return None if value is None else round(value, digits)


def ratio(above: float | None, below: float | None) -> Figure:
    """Divide, unless one of the two could not be measured."""
    return rounded(above / below) if above is not None and below else None


def quantile(values: Sequence[float], part: float) -> float | None:
    """Return the value below which a part of them lies; None of nothing."""
    ordered = sorted(values)
    return ordered[int(part * (len(ordered) - 1))] if ordered else None
