from typing import Any

import pytest

from sessions_app.protocol.fields.question import (
    ApprovalOption,
    Choice,
    Question,
    UnfitAnswer,
    check_answers,
    default_option,
)

CHOICES = [Choice(value="a"), Choice(value="b")]
ONCE = ApprovalOption(id="1", name="Yes", kind="allow_once")
ALWAYS = ApprovalOption(id="2", name="Always", kind="allow_always")
NEVER = ApprovalOption(id="3", name="Never", kind="reject_always")


def asked(**fields: Any) -> list[Question]:
    return [Question(id="q", text="Well?", **fields)]


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({}, "words"),
        ({}, None),
        ({"kind": "number", "minimum": 1, "maximum": 2}, 1.5),
        ({"kind": "integer"}, 3),
        ({"kind": "integer"}, 3.0),
        ({"kind": "boolean", "required": True}, False),
        ({"kind": "one", "choices": CHOICES}, "b"),
        ({"kind": "one", "choices": CHOICES, "takes_other": True}, "c"),
        ({"kind": "many", "choices": CHOICES, "minimum": 1}, ["a", "b"]),
    ],
)
def test_an_answer_that_fits_is_taken(fields: Any, answer: Any) -> None:
    check_answers(asked(**fields), {"q": answer})


@pytest.mark.parametrize(
    ("fields", "answer", "problem"),
    [
        ({"required": True}, None, "needs an answer"),
        ({"required": True}, "", "needs an answer"),
        ({}, 3, "takes a text"),
        ({"maximum": 3}, "four", "takes at most 3 characters"),
        ({"kind": "number"}, True, "takes a number"),
        ({"kind": "number"}, float("nan"), "takes a number"),
        ({"kind": "integer"}, 1.5, "takes a whole number"),
        ({"kind": "integer"}, float("inf"), "takes a number"),
        ({"kind": "integer", "minimum": 2}, 1, "takes at least 2"),
        ({"kind": "boolean"}, "yes", "takes true or false"),
        ({"kind": "one", "choices": CHOICES}, "c", "does not offer 'c'"),
        ({"kind": "one", "choices": CHOICES}, ["a"], "takes a text"),
        ({"kind": "many", "choices": CHOICES}, "a", "takes a list"),
        ({"kind": "many", "choices": CHOICES}, [{}], "takes a text"),
        ({"kind": "many", "choices": CHOICES}, ["a", "c"], "does not offer 'c'"),
        ({"kind": "many", "choices": CHOICES, "minimum": 2}, ["a"], "at least 2"),
    ],
)
def test_an_answer_that_does_not_fit_is_told(
    fields: Any, answer: Any, problem: str
) -> None:
    with pytest.raises(UnfitAnswer, match=problem):
        check_answers(asked(**fields), {"q": answer})


def test_what_is_not_asked_is_not_answered() -> None:
    with pytest.raises(UnfitAnswer, match="'other' is not asked"):
        check_answers(asked(), {"other": "x"})


def test_a_plain_answer_means_the_first_option_that_fits() -> None:
    options = [NEVER, ALWAYS, ONCE]
    assert default_option(options, allows=True, lasting=False) is ONCE
    assert default_option(options, allows=True, lasting=True) is ALWAYS
    assert default_option(options, allows=False, lasting=False) is NEVER
    assert default_option([ONCE], allows=True, lasting=True) is ONCE
    assert default_option([ONCE], allows=False, lasting=False) is None
