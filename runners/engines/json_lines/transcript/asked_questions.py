"""Questions that stand in a call's input, as tools that ask people are given them.

Claude Code's AskUserQuestion and opencode's `question` have the same shape: each
question has a text, and choices with labels. Such a tool expects the answers in its
input: a label by each question's text.
"""

import json
from collections.abc import Sequence
from typing import Any

from sessions_app.protocol.fields.question import ApprovalOption, Choice, Question
from sessions_app.protocol.wire import Json

SEPARATOR = ", "  # between the labels that answer one question


def questions_in(given: Json, options: Sequence[ApprovalOption] = ()) -> list[Question]:
    """Return an input's questions as a form; none if one of them cannot be read.

    None either if the agent offers the choices as `options`: these are the answer.
    """
    items = given.get("questions")
    if not isinstance(items, list):
        return []
    found = [_question(f"asked{i}", item) for i, item in enumerate(items)]
    read = [question for question in found if question]
    labels = {choice.value for question in read for choice in question.choices}
    is_offered = any(option.name in labels for option in options)
    return [] if is_offered or len(read) < len(items) else read


def with_answers(
    given: Json, questions: Sequence[Question], answers: Json | None
) -> Json | None:
    """Return an input with the answers to its questions; None if it has no such."""
    if not questions or answers is None or questions != questions_in(given):
        return None
    said = {
        question.text: _in_words(answers[question.id])
        for question in questions
        if answers.get(question.id)
    }
    return {**given, "answers": said}


def _question(name: str, item: Any) -> Question | None:
    if not isinstance(item, dict):
        return None
    text = _text(item, "question", "text")
    options = item.get("options", [])
    if not text or not isinstance(options, list):
        return None
    choices = [choice for option in options if (choice := _choice(option))]
    is_many = item.get("multiSelect") is True or item.get("multiple") is True
    return Question(
        id=name,
        text=text,
        header=_text(item, "header"),
        kind=("many" if is_many else "one") if choices else "text",
        choices=choices,
        takes_other=bool(choices),
    )


def _choice(option: Any) -> Choice | None:
    if isinstance(option, str):
        return Choice(value=option) if option else None
    if not isinstance(option, dict) or not (label := _text(option, "label", "name")):
        return None
    return Choice(value=label, description=_text(option, "description"))


def _text(item: Json, *names: str) -> str:
    """Return the first of these fields that is a text; "" if none is."""
    return next((item[n] for n in names if isinstance(item.get(n), str)), "")


def _in_words(answer: Any) -> str:
    """Join several labels; one that could be taken for two is quoted."""
    if not isinstance(answer, list):
        return str(answer)
    return SEPARATOR.join(
        json.dumps(one) if SEPARATOR in one or '"' in one else one for one in answer
    )
