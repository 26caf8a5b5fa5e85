"""Every scenario of the simulator, by a real agent: the log has what the agent says.

Most scenarios call Ringside's tools, which other agents lack: that ends no run.
"""

import os
from contextlib import closing

import pytest

from runners.simulator.script.library import Library
from sessions_app.protocol.commands import Prompt
from tests.agents.conftest import start_in_page
from tests.agents.real_agents import RealAgents
from tests.agents.soak.agent_processes import processes_of
from tests.agents.soak.speech import (
    differences,
    retracted,
    speech_in_lines,
    speech_in_log,
)
from tests.runners.sessions import Sessions
from tests.servers.process import Process, until

WITHIN_S = 240.0  # for each, an agent's start included
# Those that want people or a minute's sleep have tests of their own.
LEFT_OUT = {"sleeper", "claude_code_plan", "claude_code_permissions"}
LEFT_OUT |= {"opencode_plan", "opencode_permissions"}
OF_THE_OTHER = {"claude": "opencode", "opencode": "claude_code"}
# By agent, after what event it takes the next message as a prompt of its own. Claude
# Code takes a message into the prompt that runs.
NEXT_AT = {"claude": "turn_end", "opencode": "turn_start"}


def names_for(agent: str) -> list[str]:
    names = Library.shipped({}).scenarios.keys()
    return sorted(names - LEFT_OUT - {OF_THE_OTHER[agent]})


@pytest.mark.parametrize("place", ["page", "terminal"])
@pytest.mark.parametrize("agent", ["claude", "opencode"])
def test_every_scenario_ends_and_is_logged_as_it_was_said(
    real_agents: RealAgents, agent: str, place: str
) -> None:
    if "RINGSIDE_AGENT_SOAK" not in os.environ:
        pytest.skip("minutes of work: RINGSIDE_AGENT_SOAK=1")
    {"claude": real_agents.claude, "opencode": real_agents.opencode}[agent]()
    sessions = real_agents.sessions
    prompts = [f"[scenario: {name} rate=0]" for name in names_for(agent)]
    session_id = begin(real_agents, agent, place, prompts[0])
    for number, prompt in enumerate(prompts):
        if number:
            sessions.tell(session_id, Prompt(text=prompt))
        await_turns(sessions, session_id, NEXT_AT[agent], number + 1)
    await_turns(sessions, session_id, "turn_end", len(prompts))
    until(lambda: not sessions.lease(session_id), WITHIN_S)
    log = sessions.events(session_id)
    assert [e["text"] for e in log if e["type"] == "user_message"] == prompts
    (name,) = {e["agentSessionId"] for e in log if e["type"] == "agent_info"}
    said = speech_in_lines(real_agents.lines(), name)
    kept = {name: text for name, text in said.items() if name not in retracted(log)}
    assert differences(kept, speech_in_log(log), 0) == []
    assert [e for e in log if e["type"] == "error" and e["fatal"]] == []
    assert processes_of(real_agents.installation.directory) == {}


def await_turns(sessions: Sessions, session_id: str, type_: str, count: int) -> None:
    until(lambda: len(sessions.events(session_id, type_)) >= count, WITHIN_S)


def begin(real_agents: RealAgents, agent: str, place: str, prompt: str) -> str:
    """Start a session; a server's runner takes what comes after its first run."""
    installation = real_agents.installation
    server = installation.serve()
    if place == "page":
        with closing(installation.sign_in(server.url)) as client:
            return start_in_page(client, f"acp:{agent}", prompt, "bypass")
    started: Process = real_agents.start(agent, prompt, "--permission-mode", "bypass")
    assert started.code in (None, 0)
    return until(real_agents.sessions.ids)[0]
