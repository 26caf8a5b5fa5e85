from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

WIDTH = 720  # a chart's width in view box units; the page scales the chart
DAYS_HEIGHT = 160
ROW_HEIGHT = 26
LABEL_WIDTH = 200
VALUE_WIDTH = 110


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: its label, value, position and size."""

    label: str
    value: Decimal
    x: float
    y: float
    width: float
    height: float

    @property
    def usd(self) -> str:
        return usd(self.value)

    @property
    def middle(self) -> float:
        return self.y + self.height / 2

    @property
    def end(self) -> float:
        return self.x + self.width


def usd(value: Decimal) -> str:
    """Format a sum in US dollars; sums below one dollar get four decimals."""
    return f"${value:,.2f}" if value >= 1 or not value else f"${value:.4f}"


Sums = Iterable[tuple[str, Decimal]]


def columns(sums: Sums) -> Sequence[Bar]:
    """Return the bars of a column chart; the largest is as high as the chart."""
    rows = list(sums)
    step = WIDTH / max(1, len(rows))
    bars = []
    for number, (label, value) in enumerate(rows):
        height = DAYS_HEIGHT * _part(value, rows)
        place = number * step + step * 0.1, DAYS_HEIGHT - height
        bars.append(Bar(label, value, *map(_short, (*place, step * 0.8, height))))
    return bars


def rows(sums: Sums) -> Sequence[Bar]:
    """Return the bars of a horizontal chart; the largest fills the width."""
    found = list(sums)
    room = WIDTH - LABEL_WIDTH - VALUE_WIDTH
    return [
        Bar(
            label,
            value,
            LABEL_WIDTH,
            number * ROW_HEIGHT + 4,
            _short(room * _part(value, found)),
            ROW_HEIGHT - 8,
        )
        for number, (label, value) in enumerate(found)
    ]


def _part(value: Decimal, among: Sequence[tuple[str, Decimal]]) -> float:
    largest = max(other for _, other in among)
    return float(value / largest) if largest else 0.0


def _short(value: float) -> float:
    return round(value, 1)
