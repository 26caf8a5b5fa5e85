"""opencode and Gemini CLI, as more/package.json pins them, on the simulator."""

from tests.agents.conftest import RealAgents
from tests.agents.wire import unfit
from tests.servers.process import until

SLOW_S = 150.0  # its start alone takes ten seconds of a machine that does nothing else


def test_opencode_speaks_asks_and_edits(real_agents: RealAgents) -> None:
    real_agents.opencode()
    process = real_agents.start(
        "opencode", "[scenario: opencode]", "--permission-mode", "bypass"
    )
    sessions = real_agents.sessions
    session_id = until(sessions.ids)[0]
    until(
        lambda: (
            "bash"
            in [use["tool"] for use in sessions.events(session_id, "tool_result")]
        ),
        within=SLOW_S,
    )
    edit = sessions.events(session_id, "tool_use")[2]
    assert (edit["tool"], edit["kind"]) == ("edit", "edit")
    outputs = sessions.events(session_id, "tool_output_delta")
    assert len(outputs) > 1
    process.kill()
    process.wait()
    assert unfit(real_agents.lines(), "client") == []


def test_gemini_shakes_hands(real_agents: RealAgents) -> None:
    real_agents.name("gemini", "more", "gemini", "--acp", GEMINI_API_KEY="any")
    process = real_agents.start("gemini", "hello")
    sessions = real_agents.sessions
    session_id = until(sessions.ids)[0]
    info = sessions.await_event(session_id, "agent_info")
    assert (info["agent"], info["version"]) == ("Gemini CLI", "0.61.0")
    until(lambda: sessions.events(session_id, "turn_start"))  # the session is open
    process.kill()
    process.wait()
    assert unfit(real_agents.lines(), "client") == []
