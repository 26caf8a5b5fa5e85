"""Codex by codex-acp, as more/package.json pins it.

It speaks the Responses API alone, which the simulator does not: a small server does.
"""

from pathlib import Path

from tests.agents.interrupt import STOP_S, interrupt
from tests.agents.model_apis.responses_api import responses_api
from tests.agents.model_apis.scripted_server import Script
from tests.agents.real_agents import RealAgents
from tests.agents.soak.agent_processes import processes_of
from tests.servers.process import until

WORD_S = 0.05  # between two words of a model that takes its time
LONG: Script = [("word " * 600, {})]
SCRIPT: Script = [
    ("I make a file.", {"exec_command": {"cmd": "echo hi > made.txt; cat made.txt"}}),
    ("It is made.", {}),
]


def test_it_speaks_runs_a_command_and_goes_on(real_agents: RealAgents) -> None:
    with responses_api(SCRIPT) as url:
        real_agents.codex(url)
        process = real_agents.start("codex", "Make it", "--permission-mode", "bypass")
        assert process.wait() == 0, process.errors()
        sessions = real_agents.sessions
        (session_id,) = sessions.ids()
        going = real_agents.go_on(session_id, "And again")
        assert going.wait() == 0, going.errors()
    assert sessions.status(session_id) == "completed"
    texts = [text.strip() for text in sessions.texts(session_id)]
    assert "I make a file." in texts
    assert texts[-1] == "It is made."
    (use,) = sessions.events(session_id, "tool_use")
    assert (use["tool"], use["kind"]) == ("exec_command", "execute")
    (result,) = sessions.events(session_id, "tool_result")
    assert result["output"].strip() == "hi"
    assert (real_agents.workdir / "made.txt").read_text() == "hi\n"
    infos = sessions.events(session_id, "agent_info")
    assert {info["version"] for info in infos} == {"2.6.0"}
    assert len({info["agentSessionId"] for info in infos}) == 1
    home = Path(real_agents.installation.directory)
    until(lambda: not processes_of(home))


def test_an_interrupt_takes_less_than_a_second(real_agents: RealAgents) -> None:
    with responses_api(LONG, WORD_S) as url:
        real_agents.codex(url)
        process = real_agents.start("codex", "Say much", "--permission-mode", "bypass")
        sessions = real_agents.sessions
        session_id = until(sessions.ids)[0]
        sessions.await_event(session_id, "text_delta")
        assert interrupt(sessions, session_id) < STOP_S
        process.wait()
