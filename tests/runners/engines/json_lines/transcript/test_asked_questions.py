import pytest

from runners.engines.json_lines.transcript.asked_questions import (
    questions_in,
    with_answers,
)
from sessions_app.protocol.fields.question import ApprovalOption, check_answers
from sessions_app.protocol.wire import Json

ASKED: Json = {
    "questions": [
        {
            "question": "Where shall it be kept?",
            "header": "Storage",
            "options": [{"label": "SQLite", "description": "One file"}, "a, b"],
            "multiSelect": True,
        },
        {"question": "And why?"},
    ]
}


def test_questions_of_an_input_are_a_form() -> None:
    where, why = questions_in(ASKED)
    assert (where.kind, where.header, where.takes_other) == ("many", "Storage", True)
    assert [choice.value for choice in where.choices] == ["SQLite", "a, b"]
    assert (why.kind, why.text, why.takes_other) == ("text", "And why?", False)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"questions": "Which?"},
        {"questions": [{"question": "Which?"}, {"query": "x"}]},
        {"questions": [{"question": "Which?", "options": "a"}]},
    ],
)
def test_what_cannot_be_read_as_questions_is_none(given: Json) -> None:
    assert questions_in(given) == []


def test_choices_that_the_agent_offers_as_options_are_the_answer() -> None:
    option = ApprovalOption(id="q0_opt_0", name="SQLite", kind="allow_once")
    assert questions_in(ASKED, [option]) == []
    plain = ApprovalOption(id="o", name="Allow", kind="allow_once")
    assert len(questions_in(ASKED, [plain])) == 2


def test_answers_stand_in_the_input_as_the_tool_reads_them() -> None:
    questions = questions_in(ASKED)
    answers = {"asked0": ["SQLite", "a, b"], "asked1": ""}
    check_answers(questions, answers)
    said = {"Where shall it be kept?": 'SQLite, "a, b"'}
    assert with_answers(ASKED, questions, answers) == {**ASKED, "answers": said}
    assert with_answers(ASKED, questions, None) is None
    assert with_answers({}, questions, answers) is None
