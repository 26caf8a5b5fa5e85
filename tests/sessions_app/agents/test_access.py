import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User

from sessions_app.agents.access import usable_agents, why_not
from sessions_app.agents.built_in import CLAUDE
from sessions_app.agents.choice import engine_choices
from sessions_app.agents.entry import AgentEntry
from sessions_app.commands.submit import Refused, submit_command
from sessions_app.models import AgentSession
from sessions_app.people.roles import Role, assign
from sessions_app.protocol.commands import Prompt

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def agents(settings: LazySettings) -> None:
    settings.AGENTS = {
        "open": AgentEntry(id="open", command="open"),
        "ops": AgentEntry(id="ops", command="ops", groups=("operator",)),
        "anns": AgentEntry(id="anns", command="anns", users=("ann",)),
        "claude": CLAUDE,
    }


def user(name: str, role: Role | None = None) -> User:
    made = User.objects.create_user(name)
    if role:
        assign(made, role)
    return made


def usable(person: User) -> list[str]:
    return [entry.id for entry in usable_agents(person)]


def test_an_agent_is_for_those_whom_its_entry_names() -> None:
    ann, bob, eve = user("ann"), user("bob", Role.OPERATOR), user("eve", Role.ADMIN)
    assert usable(ann) == ["open", "anns"]
    assert usable(bob) == ["open", "ops"]
    assert usable(eve)[:3] == ["open", "ops", "anns"]
    assert "You may not use anns" in why_not("anns", bob)
    assert "no agent 'nobody'" in why_not("nobody", eve)


def test_a_built_in_agent_that_no_file_names_is_for_admins() -> None:
    assert why_not("claude", user("bob", Role.OPERATOR))
    assert not why_not("claude", user("eve", Role.ADMIN))


def test_the_start_form_offers_engines_and_agents_in_one_list() -> None:
    choices = engine_choices(user("ann"))
    assert [choice.value for choice in choices[1:]] == ["acp:open", "acp:anns"]
    assert choices[1].options == {"agent": "open"}


def test_a_message_of_somebody_who_may_not_use_the_agent_is_refused() -> None:
    ann, bob = user("ann"), user("bob", Role.OPERATOR)
    session = AgentSession.objects.create(
        owner=ann, title="t", prompt="p", model="anns", engine="acp",
        status="completed", options={"agent": "anns"},
    )  # fmt: skip
    with pytest.raises(Refused, match="You may not use anns"):
        submit_command(session.pk, bob, "key-1", Prompt(text="go on"))
    submit_command(session.pk, ann, "key-2", Prompt(text="go on"))
