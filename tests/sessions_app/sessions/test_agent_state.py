import pytest
from django.db import connection

from sessions_app.models import AgentSession, Event
from sessions_app.protocol.events import AgentInfo, ConfigOptions, ContextUsage, Text
from sessions_app.protocol.fields.agent_options import ConfigOption
from sessions_app.sessions.agent_state import IS_AGENT_STATE, agent_state, settings_of
from tests.sessions_app.logbook import write_log

pytestmark = pytest.mark.conformance
MODEL = ConfigOption(id="model", name="Model", current="a")


def test_of_each_kind_the_last_event_counts(session: AgentSession) -> None:
    assert agent_state(session.pk) == {}
    assert settings_of(session.pk) == []
    write_log(
        session,
        AgentInfo(agent="Claude Code", version="1"),
        ConfigOptions(options=[]),
        Text(block="b", text="config_options"),
        ConfigOptions(options=[MODEL]),
        ContextUsage(used=1, size=2),
        ContextUsage(used=2, size=2),
    )
    state = agent_state(session.pk)
    assert sorted(state) == ["agent_info", "config_options", "context_usage"]
    assert '"used":2' in state["context_usage"]
    assert settings_of(session.pk) == [MODEL]


def test_a_list_that_was_cut_is_not_the_whole_list(session: AgentSession) -> None:
    write_log(session, ConfigOptions(options=[MODEL], whole_id="o_1"))
    assert settings_of(session.pk) is None


@pytest.mark.django_db
def test_a_long_log_is_not_read_for_it() -> None:
    query = Event.objects.filter(IS_AGENT_STATE, session="s").order_by()
    if connection.vendor == "sqlite":
        assert "event_agent_state" in query.explain()
    else:  # an empty table is read whole, unless that is forbidden
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            assert "event_agent_state" in query.explain()
