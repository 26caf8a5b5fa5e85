from typing import Any

from sessions_app.protocol.commands import Approve, Deny
from sessions_app.protocol.events import ApprovalRequest
from sessions_app.protocol.fields.question import Question, UnfitAnswer, check_answers
from sessions_app.protocol.hidden_characters import spell_out

SKIP = "-"
DENY = "/no"
YES = frozenset({"y", "yes", "true"})
NO = frozenset({"n", "no", "false"})


class Form:
    """The questions of one request, asked at a terminal one after another."""

    def __init__(self, request: ApprovalRequest) -> None:
        self.tool_use_id = request.tool_use_id
        self._questions = request.questions
        self._answers: dict[str, Any] = {}
        self._at = 0

    @property
    def prompt(self) -> str:
        """The question that waits now, with its choices and how to answer."""
        question = self._questions[self._at]
        lines = [f"? {spell_out(question.header or question.text)}"]
        if question.header:
            lines.append(f"  {spell_out(question.text)}")
        for number, choice in enumerate(question.choices, 1):
            more = f": {spell_out(choice.description)}" if choice.description else ""
            lines.append(f"  {number}. {spell_out(choice.name or choice.value)}{more}")
        return "\n".join([*lines, f"  {_how(question)}"])

    def take(self, line: str) -> Approve | Deny | None:
        """Take a typed line; the answer once the form is filled in, None before.

        Raises UnfitAnswer for a line that does not fit; the question still waits.
        """
        word, _, rest = line.partition(" ")
        if word == DENY:
            return Deny(tool_use_id=self.tool_use_id, reason=rest.strip())
        question = self._questions[self._at]
        answer = None if line == SKIP else _read(question, line)
        check_answers([question], {question.id: answer})
        if answer is not None:
            self._answers[question.id] = answer
        self._at += 1
        if self._at < len(self._questions):
            return None
        return Approve(tool_use_id=self.tool_use_id, answers=self._answers)


def _how(question: Question) -> str:
    how = {
        "boolean": "y or n",
        "one": "a number",
        "many": "numbers, with commas between",
        "number": "a number",
        "integer": "a whole number",
        "text": "a line of text",
    }[question.kind]
    if question.takes_other and question.choices:
        how += ", or words of your own"
    skip = "" if question.required else f" · {SKIP}: no answer"
    return f"{how}{skip} · {DENY} REASON: refuse"


def _read(question: Question, line: str) -> Any:
    match question.kind:
        case "boolean":
            return True if line.lower() in YES else _no(line)
        case "number" | "integer":
            return _number(line)
        case "one":
            return _value(question, line)
        case "many":
            return [_value(question, part.strip()) for part in line.split(",")]
    return line


def _no(line: str) -> bool:
    if line.lower() not in NO:
        raise UnfitAnswer("answer with y or n")
    return False


def _number(line: str) -> float:
    try:
        return float(line) if "." in line else int(line)
    except ValueError:
        raise UnfitAnswer(f"{line!r} is no number") from None


def _value(question: Question, word: str) -> str:
    """The choice of a number; else the words themselves, which may be no choice."""
    index = int(word) - 1 if word.isdecimal() and len(word) < 5 else -1
    if 0 <= index < len(question.choices):
        return question.choices[index].value
    return word
