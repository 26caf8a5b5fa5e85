"""What an agent asks a person beside yes and no: options, and questions of a form."""

from collections.abc import Iterable
from math import isfinite
from typing import Any, Literal

import msgspec

from sessions_app.protocol.wire import Json, WireValue

OptionKind = Literal["allow_once", "allow_always", "reject_once", "reject_always"]
QuestionKind = Literal["text", "number", "integer", "boolean", "one", "many"]


class ApprovalOption(WireValue, frozen=True, kw_only=True):
    """One of the answers that an agent offers, in the agent's own words."""

    id: str
    name: str
    kind: OptionKind

    @property
    def allows(self) -> bool:
        return self.kind.startswith("allow")


def default_option(
    options: Iterable[ApprovalOption], *, allows: bool, lasting: bool
) -> ApprovalOption | None:
    """The option that a plain yes or no means: of its kind the first, if there is one.

    `lasting`: the answer is to hold for the session.
    """
    fitting = [option for option in options if option.allows is allows]
    always = [option for option in fitting if option.kind.endswith("always")]
    once = [option for option in fitting if option not in always]
    return next(iter([*always, *once] if lasting else [*once, *always]), None)


class Choice(WireValue, frozen=True, kw_only=True):
    """One value of a question or of an option; `group` is the heading above it."""

    value: str
    name: str = ""  # "": the value
    description: str = ""
    group: str = ""


class Question(WireValue, frozen=True, kw_only=True):
    """One field of a form that a person fills in.

    The answer is a string; for `number` and `integer` a number; for `boolean` a
    boolean; for `one` a choice's value; for `many` a list of such values.
    `takes_other`: an answer in the person's own words is taken beside the choices.
    `minimum` and `maximum` bound a number, a text's characters, or how many are chosen.
    """

    id: str
    text: str
    header: str = ""  # a few words, above the question
    kind: QuestionKind = "text"
    choices: list[Choice] = msgspec.field(default_factory=list)
    takes_other: bool = False
    required: bool = False
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    format: str = ""  # of a text: email, uri, date, date-time


class UnfitAnswer(ValueError):
    """An answer that does not fit its question; the text says why."""


def check_answers(questions: Iterable[Question], answers: Json) -> None:
    """Check a filled-in form. Raises UnfitAnswer."""
    known = {question.id: question for question in questions}
    for name in answers.keys() - known.keys():
        raise UnfitAnswer(f"answers: {name!r} is not asked")
    for name, question in known.items():
        answer = answers.get(name)
        if answer is None or answer in ("", []):
            if question.required:
                raise UnfitAnswer(f"answers: {_shown(question)} needs an answer")
        elif problem := _problem(question, answer):
            raise UnfitAnswer(f"answers: {_shown(question)} {problem}")


def _shown(question: Question) -> str:
    return repr(question.header or question.text or question.id)


def _problem(question: Question, answer: Any) -> str:
    match question.kind:
        case "text":
            return _not_text(answer) or _beyond(question, len(answer), "characters")
        case "boolean":
            return "" if isinstance(answer, bool) else "takes true or false"
        case "one":
            return _not_text(answer) or _not_offered(question, [answer])
        case "many":
            if not isinstance(answer, list):
                return "takes a list"
            wrong = next(filter(None, map(_not_text, answer)), "")
            wrong = wrong or _not_offered(question, answer)
            return wrong or _beyond(question, len(answer), "choices")
    is_number = isinstance(answer, int | float) and not isinstance(answer, bool)
    if not is_number or not isfinite(answer):
        return "takes a number"
    if question.kind == "integer" and answer != int(answer):
        return "takes a whole number"
    return _beyond(question, answer, "")


def _not_text(answer: Any) -> str:
    return "" if isinstance(answer, str) else "takes a text"


def _not_offered(question: Question, values: list[str]) -> str:
    if question.takes_other:
        return ""
    offered = {choice.value for choice in question.choices}
    wrong = next((value for value in values if value not in offered), None)
    return "" if wrong is None else f"does not offer {wrong!r}"


def _beyond(question: Question, size: float, unit: str) -> str:
    low, high = question.minimum, question.maximum
    if low is not None and size < low:
        return f"takes at least {low:g} {unit}".rstrip()
    if high is not None and size > high:
        return f"takes at most {high:g} {unit}".rstrip()
    return ""
