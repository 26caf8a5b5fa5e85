import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sessions_app.commands.submit import Refused, submit_command
from sessions_app.models import AgentSession, Command
from sessions_app.protocol.commands import Approve, Deny, SetOption
from sessions_app.protocol.events import ApprovalRequest, ConfigOptions
from sessions_app.protocol.fields.agent_options import ConfigOption
from sessions_app.protocol.fields.question import ApprovalOption, Choice, Question
from tests.sessions_app.logbook import write_log

pytestmark = pytest.mark.django_db
SETTINGS = ConfigOptions(
    options=[
        ConfigOption(
            id="mode",
            name="Mode",
            category="mode",
            current="ask",
            choices=[Choice(value="ask"), Choice(value="plan")],
        )
    ]
)
QUESTION = ApprovalRequest(
    tool_use_id="t",
    tool="Edit",
    input={},
    reason="",
    options=[
        ApprovalOption(id="yes", name="Yes", kind="allow_once"),
        ApprovalOption(id="no", name="No", kind="reject_once"),
    ],
    questions=[Question(id="q", text="Why?", required=True)],
)


@pytest.fixture
def acp(alice: User) -> AgentSession:
    """A session at rest of a program that has offered settings."""
    session = AgentSession.objects.create(
        owner=alice, title="t", prompt="p", engine="exec", status="running", lease="l"
    )
    write_log(session, SETTINGS, QUESTION)
    return session


def put(session: AgentSession, command: Any, key: str = "k") -> Command:
    return submit_command(session.pk, session.owner, key, command)


@pytest.mark.parametrize("status", ["running", "completed"])
def test_a_choice_is_stored_whether_or_not_somebody_runs_the_session(
    acp: AgentSession, status: str
) -> None:
    AgentSession.objects.filter(pk=acp.pk).update(
        status=status, lease="" if status == "completed" else "l"
    )
    put(acp, SetOption(option_id="mode", value="plan"))
    acp.refresh_from_db()
    assert acp.status == status  # it starts nothing


@pytest.mark.parametrize(
    ("choice", "problem"),
    [
        (SetOption(option_id="model", value="x"), "offers no setting 'model'"),
        (SetOption(option_id="mode", value="yolo"), "Mode has no choice 'yolo'"),
    ],
)
def test_what_the_agent_does_not_offer_is_refused(
    acp: AgentSession, choice: SetOption, problem: str
) -> None:
    with pytest.raises(Refused, match=problem):
        put(acp, choice)


def test_an_agent_without_settings_has_none_to_choose(session: AgentSession) -> None:
    with pytest.raises(Refused, match="no settings"):
        put(session, SetOption(option_id="mode", value="plan"))


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Approve(tool_use_id="t", option_id="no", answers={"q": "x"}), "no such opt"),
        (Deny(tool_use_id="t", option_id="yes"), "no such option: 'yes'"),
        (Approve(tool_use_id="t", option_id="yes"), "'Why\\?' needs an answer"),
        (Approve(tool_use_id="t", answers={"q": 1}), "takes a text"),
    ],
)
def test_an_answer_that_does_not_fit_its_question_is_refused(
    acp: AgentSession, answer: Any, problem: str
) -> None:
    with pytest.raises(Refused, match=problem):
        put(acp, answer)
    put(acp, Approve(tool_use_id="t", option_id="yes", answers={"q": "because"}))


def test_whoever_only_watches_chooses_nothing(
    as_bob: Client, acp: AgentSession
) -> None:
    body = json.dumps({"type": "set_option", "optionId": "mode", "value": "plan"})
    answer = as_bob.post(
        f"/api/v1/sessions/{acp.pk}/commands",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": "k"},
    )
    assert answer.status_code == 404
    assert not Command.objects.exists()
