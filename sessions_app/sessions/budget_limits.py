import math
from typing import Any, Literal, get_args

Measure = Literal["usd", "turns", "tokens", "seconds"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
TOOL = "budget"  # the tool name of questions about a budget


def budget_limits(given: dict[str, Any]) -> dict[Measure, float]:
    """Validate the limits of a session tree; a measure that is left out is unlimited.

    `seconds` counts the time in which the main session runs. Raises ValueError.
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
    """Return a limit as a float; None if it is no number, or not a finite one."""
    if not isinstance(limit, int | float) or isinstance(limit, bool):
        return None
    try:
        number = float(limit)
    except OverflowError:  # an integer too large for a float
        return None
    return number if math.isfinite(number) else None


def question_id(measure: Measure, number: int) -> str:
    """Return the id of a question about a budget, used like a tool call's id."""
    return f"{TOOL}_{measure}_{number}"


def asked_measure(tool_use_id: str) -> Measure | None:
    """Return the measure that a question was about; None for other questions."""
    for measure in MEASURES:
        if tool_use_id.startswith(question_id(measure, 0)[:-1]):
            return measure
    return None
