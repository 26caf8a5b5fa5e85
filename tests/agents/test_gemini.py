"""Gemini CLI, as more/package.json pins it: it shakes hands, and that is all."""

from tests.agents.real_agents import RealAgents
from tests.servers.process import until


def test_it_shakes_hands(real_agents: RealAgents) -> None:
    real_agents.name("gemini", "more", "gemini", "--acp", GEMINI_API_KEY="any")
    process = real_agents.start("gemini", "hello")
    sessions = real_agents.sessions
    session_id = until(sessions.ids)[0]
    info = sessions.await_event(session_id, "agent_info")
    assert (info["agent"], info["version"]) == ("Gemini CLI", "0.61.0")
    until(lambda: sessions.events(session_id, "turn_start"))  # the session is open
    process.kill()
    process.wait()
