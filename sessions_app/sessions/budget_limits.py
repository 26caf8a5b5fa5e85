import math
from typing import Any, Literal, get_args

Measure = Literal["usd", "turns", "tokens", "seconds"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
TOOL = "budget"  # the name under which a person is asked


def budget_limits(given: dict[str, Any]) -> dict[Measure, float]:
    """Read what a tree of sessions may spend; what is left out has no limit.

    Seconds are those in which the top session runs. Raises ValueError.
    """
    unknown = ", ".join(sorted(given.keys() - set(MEASURES)))
    if unknown:
        known = ", ".join(MEASURES)
        raise ValueError(f"budget: there is no {unknown}; there are {known}")
    limits: dict[Measure, float] = {}
    for measure in MEASURES:
        limit = given.get(measure)
        if limit is None:
            continue
        number = _number(limit)
        if number is None or number <= 0:
            raise ValueError(f"budget: {measure} must be a number above 0")
        limits[measure] = number
    return limits


def _number(limit: object) -> float | None:
    """Read a limit; None where it is no number, or none that can be counted with."""
    if not isinstance(limit, int | float) or isinstance(limit, bool):
        return None
    try:
        number = float(limit)
    except OverflowError:  # a whole number of hundreds of digits
        return None
    return number if math.isfinite(number) else None


def question_id(measure: Measure, number: int) -> str:
    """Name a question about a budget, as tool calls are named."""
    return f"{TOOL}_{measure}_{number}"


def asked_measure(tool_use_id: str) -> Measure | None:
    """Tell which limit a question was about, None where it was about none."""
    for measure in MEASURES:
        if tool_use_id.startswith(question_id(measure, 0)[:-1]):
            return measure
    return None
