"""Gemini CLI, as more/package.json pins it.

It speaks the Gemini API alone, which the simulator does not: a small server does.
"""

from sessions_app.protocol.commands import Approve
from tests.agents.interrupt import STOP_S, interrupt
from tests.agents.model_apis.gemini_api import gemini_api
from tests.agents.model_apis.scripted_server import Script
from tests.agents.questions import Questions
from tests.agents.real_agents import RealAgents
from tests.servers.process import until

WORD_S = 0.05  # between two words of a model that takes its time
COMMAND = "echo hi > made.txt; cat made.txt"
SCRIPT: Script = [
    ("I make a file.", {"run_shell_command": {"command": COMMAND}}),
    (" ".join(map(str, range(600))), {}),  # one that repeats itself it ends
]


def test_it_asks_for_a_command_runs_it_and_is_interrupted(
    real_agents: RealAgents,
) -> None:
    with gemini_api(SCRIPT, WORD_S) as url:
        real_agents.gemini(url)
        process = real_agents.start("gemini", "Make it")
        sessions = real_agents.sessions
        session_id = until(sessions.ids)[0]
        asked = Questions(sessions, session_id).next()
        assert asked["kind"] == "execute"
        sessions.tell(session_id, Approve(tool_use_id=asked["toolUseId"]))
        result = sessions.await_event(session_id, "tool_result")
        assert not result["isError"]  # what a command prints it tells nobody
        said = sessions.column(session_id, "head_seq")

        def speaks() -> bool:
            deltas = sessions.events(session_id, "text_delta")
            return any(event["seq"] > said for event in deltas)

        until(speaks)
        assert interrupt(sessions, session_id) < STOP_S
        process.wait()
    assert (real_agents.workdir / "made.txt").read_text() == "hi\n"
    info = sessions.events(session_id, "agent_info")[0]
    assert (info["agent"], info["version"]) == ("Gemini CLI", "0.61.0")
