"""What a person is shown of a call that waits, and what they may answer."""

from typing import Any

import pytest
from django.conf import LazySettings

from sessions_app.mcp.tools.asking import choices_of, form_of, shown


def waiting(**request: Any) -> dict[str, Any]:
    asked = {"tool": "bash", "input": {"command": "ls"}, "reason": "", **request}
    return {"session": "s_1", "title": "Look", "request": asked}


def test_call_that_is_not_shown_whole_can_only_be_denied(
    settings: LazySettings,
) -> None:
    settings.MCP_ASK_MAX_CHARS = 100
    text, is_whole = shown(waiting(input={"command": "x" * 200}))
    assert (is_whole, len(text) < 250) == (False, True)
    assert "characters more" in text
    assert list(choices_of({"rule": "bash(ls)"}, is_whole)) == ["Deny"]


@pytest.mark.parametrize(("rule", "lasting"), [("", False), ("bash(ls)", True)])
def test_approval_for_the_session_is_offered_where_it_makes_a_rule(
    rule: str, lasting: bool
) -> None:
    words = list(choices_of({"rule": rule}, True))
    assert ("Approve for this session" in words) is lasting


def test_options_of_an_agent_are_offered_in_its_words() -> None:
    options = [
        {"id": "a", "name": "Yes", "kind": "allow_once"},
        {"id": "b", "name": "No", "kind": "reject_once"},
        {"id": "c", "name": "No", "kind": "reject_always"},
    ]
    assert choices_of({"options": options}, True) == {
        "Yes": {"type": "approve", "optionId": "a"},
        "No (b)": {"type": "deny", "optionId": "b"},
        "No (c)": {"type": "deny", "optionId": "c"},
    }


def test_questions_are_fields_of_the_form() -> None:
    choices = [{"value": "x"}, {"value": "y"}]
    questions = [
        {"id": "q1", "text": "Which?", "kind": "one", "choices": choices},
        {"id": "q2", "text": "All?", "kind": "many", "choices": choices},
        {"id": "q3", "text": "How many?", "kind": "integer"},
    ]
    fields = form_of({"questions": questions}, ["Approve once"])["properties"]
    assert fields["question_q1"]["enum"] == ["x", "y"]
    assert fields["question_q2"]["items"]["enum"] == ["x", "y"]
    assert fields["question_q3"]["type"] == "integer"
