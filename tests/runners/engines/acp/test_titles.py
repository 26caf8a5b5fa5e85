"""What an agent calls its session (`session_info_update`)."""

from tests.runners.engines.acp.conftest import Agents
from tests.runners.sessions import Sessions
from tests.servers.process import until


def called(title: str | None) -> dict[str, dict[str, str | None]]:
    return {"update": {"sessionUpdate": "session_info_update", "title": title}}


def test_an_agents_title_is_the_sessions(agents: Agents, sessions: Sessions) -> None:
    titles = [called("Round shares"), called(None), called("Round \n shares to cents")]
    agents.script([*titles, {"say": "Done."}])
    process = agents.start("Bills are wrong\nand nobody knows why")
    assert process.wait() == 0, process.errors()
    (session_id,) = sessions.ids()
    assert sessions.column(session_id, "title") == "Round shares to cents"
    infos = sessions.events(session_id, "agent_info")
    assert [info.get("title", "") for info in infos] == [
        "",
        "Round shares",
        "Round \n shares to cents",
    ]
    assert {info["agentSessionId"] for info in infos} == {"agent-session-1"}


def test_a_title_that_a_person_gave_stays(agents: Agents, sessions: Sessions) -> None:
    agents.script([called("Round shares"), {"say": "Done."}])
    process = agents.start("Bills are wrong", "--title", "Mine")
    assert process.wait() == 0, process.errors()
    (session_id,) = sessions.ids()
    assert sessions.column(session_id, "title") == "Mine"


def test_a_title_that_a_person_changes_meanwhile_stays(
    agents: Agents, sessions: Sessions
) -> None:
    agents.script([called("Round shares")], [called("Round all"), {"say": "Done."}])
    assert agents.start("Bills are wrong").wait() == 0
    (session_id,) = until(sessions.ids)
    sessions.set(session_id, title="Mine")
    assert agents.go_on(session_id, "again").wait() == 0
    assert sessions.column(session_id, "title") == "Mine"
    infos = sessions.events(session_id, "agent_info")
    assert infos[-1]["title"] == "Round all"
