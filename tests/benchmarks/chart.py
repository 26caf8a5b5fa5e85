import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 70, 36, 50, 70
COLOURS = ("#1f6feb", "#d1242f", "#8250df", "#9a6700")
Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """One line of a chart; both axes are logarithmic."""

    name: str
    points: Sequence[Point]


@dataclass(frozen=True)
class Axis:
    """A logarithmic axis: from a power of ten to a power of ten."""

    label: str
    low: int
    high: int

    @classmethod
    def around(cls, label: str, values: Sequence[float]) -> "Axis":
        low = math.floor(math.log10(min(values)))
        high = math.ceil(math.log10(max(values)))
        return cls(label, low, max(high, low + 1))

    def place(self, value: float) -> float:
        """Place a value between 0 and 1."""
        return (math.log10(value) - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        return [10.0**power for power in range(self.low, self.high + 1)]


def chart(title: str, x_label: str, y_label: str, lines: Sequence[Line]) -> str:
    """Draw lines over two logarithmic axes, as SVG."""
    points = [point for line in lines for point in line.points]
    x = Axis.around(x_label, [point[0] for point in points])
    y = Axis.around(y_label, [point[1] for point in points])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12" fill="#24292f">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        _text(WIDTH / 2, 22, title, size=15),
        *_grid(x, y),
    ]
    for number, line in enumerate(lines):
        parts += _line(line, COLOURS[number % len(COLOURS)], number, x, y)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _grid(x: Axis, y: Axis) -> list[str]:
    parts = [
        _text(WIDTH / 2, HEIGHT - BOTTOM + 34, x.label),
        _text(-(TOP + HEIGHT - BOTTOM) / 2, 16, y.label, turned=True),
    ]
    for value in x.ticks():
        at = _across(x.place(value))
        parts.append(_rule(at, TOP, at, HEIGHT - BOTTOM))
        parts.append(_text(at, HEIGHT - BOTTOM + 16, _number(value)))
    for value in y.ticks():
        at = _down(y.place(value))
        parts.append(_rule(LEFT, at, WIDTH - RIGHT, at))
        parts.append(_text(LEFT - 6, at + 4, _number(value), anchor="end"))
    return parts


def _line(line: Line, colour: str, number: int, x: Axis, y: Axis) -> list[str]:
    places = [(_across(x.place(a)), _down(y.place(b))) for a, b in line.points]
    path = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
    dots = [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3"/>' for a, b in places]
    beside = LEFT + number * (WIDTH - LEFT - RIGHT) / len(COLOURS)
    bottom = HEIGHT - 12
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
        f'<g fill="{colour}">{"".join(dots)}',
        f'<circle cx="{beside:.0f}" cy="{bottom - 4}" r="4"/></g>',
        _text(beside + 8, bottom, line.name, anchor="start"),
    ]


def _across(part: float) -> float:
    return LEFT + part * (WIDTH - LEFT - RIGHT)


def _down(part: float) -> float:
    return HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        'stroke="#d0d7de"/>'
    )


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "middle",
    size: int = 12,
    turned: bool = False,
) -> str:
    turn = ' transform="rotate(-90)"' if turned else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" '
        f'font-size="{size}"{turn}>{escape(text)}</text>'
    )
