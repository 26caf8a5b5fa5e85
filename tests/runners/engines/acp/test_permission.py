import pytest

from runners.engines.acp.dialog.elicitation import questions_of, response_of
from runners.engines.acp.dialog.permission import (
    CANCELLED,
    actions_of,
    outcome_of,
    why_not,
)
from runners.engines.acp.modes import ModeChoice
from runners.engines.acp.updates.tool_call import AgentToolCall
from runners.permissions.rule import Action
from sessions_app.agents.built_in import CLAUDE, CODEX
from sessions_app.protocol.commands import Approve, Deny
from sessions_app.protocol.wire import Json

OPTIONS: list[Json] = [
    {"id": "a", "kind": "allow_always", "name": "Always"},
    {"id": "o", "kind": "allow_once", "name": "Once"},
    {"id": "r", "kind": "reject_once", "name": "No"},
]
FORM: Json = {
    "message": "In which language?",
    "requestedSchema": {
        "properties": {
            "q": {
                "type": "string",
                "title": "Language",
                "oneOf": [{"const": "en", "title": "English", "description": "Hello"}],
            },
            "q_custom": {"type": "string", "title": "Other"},
            "many": {"type": "array", "items": {"enum": ["x", "y"]}, "maxItems": 1},
            "n": {"type": "integer", "minimum": 1, "default": 2},
        },
        "required": ["n"],
    },
}


@pytest.mark.parametrize(
    ("answer", "option"),
    [
        (Approve(tool_use_id="c"), "o"),
        (Approve(tool_use_id="c", scope="session"), "a"),
        (Approve(tool_use_id="c", option_id="a"), "a"),
        (Approve(tool_use_id="c", option_id="r"), "o"),  # a yes is never a no
        (Deny(tool_use_id="c"), "r"),
        (Deny(tool_use_id="c", option_id="a"), "r"),
    ],
)
def test_an_answer_is_one_of_the_agents_options(
    answer: Approve | Deny, option: str
) -> None:
    outcome = {"outcome": "selected", "optionId": option}
    assert outcome_of(answer, OPTIONS) == {"outcome": outcome}


def test_a_no_that_the_agent_does_not_offer_cancels() -> None:
    assert outcome_of(Deny(tool_use_id="c"), OPTIONS[:2]) == CANCELLED


def test_rules_judge_commands_and_paths_below_the_working_directory() -> None:
    call = AgentToolCall("c", "Bash")
    call.update({"kind": "execute", "rawInput": {"command": "rm -r x"}})
    assert actions_of(call, "/project") == [Action("bash", command="rm -r x")]
    edit = AgentToolCall("c", "Edit")
    edit.update({"kind": "edit", "rawInput": {"file_path": "/project/src/a.py"}})
    assert Action("write_file", path="src/a.py") in actions_of(edit, "/project")


def test_a_form_becomes_questions_and_its_answers_the_agents() -> None:
    language, many, number = questions_of(FORM)
    assert (language["kind"], language["takesOther"]) == ("one", True)
    assert language["choices"][0]["description"] == "Hello"
    assert (many["kind"], many["maximum"]) == ("many", 1)
    assert (number["kind"], number["required"], number["default"]) == (
        "integer",
        True,
        2,
    )
    said = Approve(tool_use_id="c", answers={"q": "Klingon", "many": ["x"], "n": 3})
    content = {"q_custom": "Klingon", "many": ["x"], "n": 3}
    assert response_of(said, FORM) == {"action": "accept", "content": content}
    assert response_of(Deny(tool_use_id="c"), FORM) == {"action": "decline"}


def test_a_mode_is_the_agents_own_for_ringsides() -> None:
    modes = {"availableModes": [{"id": "auto"}, {"id": "bypassPermissions"}]}
    change = ModeChoice.of({"modes": modes}).change("bypass", CLAUDE.modes)
    assert change is not None
    assert (change.method, change.mode) == ("session/set_mode", "bypassPermissions")
    assert ModeChoice.of({"modes": modes}).change("plan", CLAUDE.modes) is None
    option = {
        "id": "mode", "category": "mode", "type": "select", "currentValue": "auto",
        "options": [{"name": "g", "options": [{"value": "read-only"}]}],
    }  # fmt: skip
    found = ModeChoice.of({"configOptions": [option]}).change("default", CODEX.modes)
    assert found is not None
    assert found.params == {"configId": "mode", "value": "read-only"}


def test_a_reason_of_a_no_is_a_message_that_names_what_was_asked() -> None:
    no = Deny(tool_use_id="c", reason=" keep the logs ")
    assert why_not(no, "rm -r build") == (
        "I said no to this: rm -r build\n\nkeep the logs"
    )
    assert why_not(no, "") == "keep the logs"
    assert why_not(Deny(tool_use_id="c", reason=" "), "rm -r build") == ""
    assert why_not(Approve(tool_use_id="c"), "rm -r build") == ""
