"""Claude Code by claude-agent-acp, as package.json pins it, on the simulator."""

import time
from contextlib import closing
from typing import Any

from sessions_app.protocol.commands import Approve, Deny, Interrupt, Prompt
from tests.agents.conftest import RealAgents, start_in_page
from tests.agents.wire import unfit
from tests.runners.sessions import Sessions
from tests.servers.process import until

# Sub-agents as sessions of their own are not in the published schema yet.
UNPUBLISHED = ("subagent_update", "session_message")
STOP_S = 1.0  # from an interrupt to a session that is idle


def first(sessions: Sessions) -> str:
    return until(sessions.ids)[0]


def root(sessions: Sessions) -> str:
    (found,) = [i for i in sessions.ids() if sessions.column(i, "parent_id") is None]
    return found


def test_it_speaks_thinks_edits_and_spawns(real_agents: RealAgents) -> None:
    real_agents.claude()
    process = real_agents.start(
        "claude", "[scenario: claude_code]", "--permission-mode", "bypass"
    )
    assert process.wait() == 0, process.errors()
    sessions = real_agents.sessions
    session_id = root(sessions)
    assert sessions.status(session_id) == "completed"
    assert sessions.texts(session_id)[-1].startswith("Done: `greeting.py` greets")
    assert sessions.events(session_id, "thinking")
    uses = sessions.events(session_id, "tool_use")
    assert [use["tool"] for use in uses] == ["Write", "Read", "Edit", "Bash", "agent"]
    edit = uses[2]
    assert edit["kind"] == "edit"
    assert edit["title"] == "Edit greeting.py"
    assert edit["locations"][0]["path"].endswith("/greeting.py")
    assert edit["diffs"][0]["newText"].startswith('NAME = "Ringside"')
    (child,) = sessions.children(session_id)
    assert sessions.status(child) == "completed"
    assert sessions.texts(child)[-1] == "There is one program, and it greets."
    assert [use["tool"] for use in sessions.events(child, "tool_use")] == ["Bash"]
    assert sessions.events(session_id, "turn_end")[0]["costUsd"] > 0
    assert unfit(real_agents.lines(), "client") == []
    wrong = unfit(real_agents.lines(), "agent")
    assert [
        w for w in wrong if "subagent" not in w and "session_message" not in w
    ] == []


def test_it_asks_once_always_and_is_refused(real_agents: RealAgents) -> None:
    real_agents.claude()
    server = real_agents.installation.serve()
    with closing(real_agents.installation.sign_in(server.url)) as client:
        prompt = "[scenario: claude_code]"
        session_id = start_in_page(client, "acp:claude", prompt, "default")
    sessions = real_agents.sessions
    asks: list[str] = []

    def next_ask() -> dict[str, Any]:
        seen = sessions.events(session_id, "approval_request")
        return seen[len(asks)] if len(seen) > len(asks) else {}

    write = until(next_ask)
    asks.append(str(write["toolUseId"]))
    assert write["kind"] == "edit"
    assert write["diffs"]
    assert "allow_once" in [option["kind"] for option in write["options"]]
    sessions.tell(session_id, Approve(tool_use_id=asks[0]))
    edit = until(next_ask)
    asks.append(str(edit["toolUseId"]))
    sessions.tell(session_id, Deny(tool_use_id=asks[1]))
    bash = until(next_ask)
    asks.append(str(bash["toolUseId"]))
    sessions.tell(session_id, Approve(tool_use_id=asks[2], scope="session"))
    sessions.await_rest(session_id, "completed", within=60)
    results = sessions.events(session_id, "tool_result")
    refused = [r for r in results if r["toolUseId"] == asks[1]]
    assert refused[0]["isError"]
    assert unfit(real_agents.lines(), "client") == []


def test_an_interrupt_takes_less_than_a_second(real_agents: RealAgents) -> None:
    real_agents.claude()
    process = real_agents.start(
        "claude", "[scenario: long rate=20]", "--permission-mode", "bypass"
    )
    sessions = real_agents.sessions
    session_id = first(sessions)
    sessions.await_event(session_id, "text_delta")
    began = time.monotonic()
    sessions.tell(session_id, Interrupt())
    sessions.await_status(session_id, "idle")
    assert time.monotonic() - began < STOP_S
    process.wait()
    assert sessions.events(session_id, "agent_complete")[0]["status"] == "interrupted"


def test_a_message_while_it_works_is_steered_in(real_agents: RealAgents) -> None:
    real_agents.claude()
    process = real_agents.start(
        "claude", "[scenario: long rate=20 tokens=60]", "--permission-mode", "bypass"
    )
    sessions = real_agents.sessions
    session_id = first(sessions)
    sessions.await_event(session_id, "text_delta")
    sessions.tell(session_id, Prompt(text="[scenario: markdown rate=0]"))
    assert process.wait() == 0, process.errors()
    methods = [
        line.get("method") for who, line in real_agents.lines() if who == "client"
    ]
    assert methods.count("_session/steering") == 1
    assert methods.count("session/prompt") == 1


def said(line: dict[str, Any]) -> str:
    """The text of an agent's line, if it is a piece of an answer."""
    update = line.get("params", {}).get("update", {})
    if update.get("sessionUpdate") != "agent_message_chunk":
        return ""
    return str(update["content"].get("text", ""))


def test_after_a_kill_it_goes_on_and_says_what_it_forgot(
    real_agents: RealAgents,
) -> None:
    real_agents.claude()
    process = real_agents.start(
        "claude", "[scenario: long rate=30]", "--permission-mode", "bypass"
    )
    sessions = real_agents.sessions
    session_id = first(sessions)
    until(lambda: len(sessions.events(session_id, "text_delta")) > 10)
    process.kill()
    process.wait()
    going = real_agents.go_on(session_id, "[scenario: markdown rate=0]")
    assert going.wait() == 0, going.errors()
    half = sessions.events(session_id, "text")[0]
    assert half["partial"]
    # An agent that had the time to write the half answer down remembers it.
    agents = [line for who, line in real_agents.lines() if who == "agent"]
    is_known = any(half["text"] in said(line) for line in agents)
    gaps = [gap["text"] for gap in sessions.events(session_id, "memory_gap")]
    assert gaps == ([] if is_known else [half["text"]])
    assert sessions.events(session_id, "agent_complete")[-1]["status"] == "success"
    names = {
        info["agentSessionId"] for info in sessions.events(session_id, "agent_info")
    }
    assert len(names) == 1


def test_a_half_answer_that_is_said_again_is_retracted(real_agents: RealAgents) -> None:
    real_agents.claude()
    process = real_agents.start(
        "claude", "[scenario: cut rate=200]", "--permission-mode", "bypass"
    )
    assert process.wait() == 0, process.errors()
    sessions = real_agents.sessions
    session_id = first(sessions)
    discarded = sessions.events(session_id, "turn_discarded")
    assert len(discarded) >= 1


def test_it_asks_questions_and_shows_its_plan(real_agents: RealAgents) -> None:
    real_agents.claude()
    process = real_agents.start(
        "claude", "[scenario: claude_code_plan]", "--permission-mode", "plan"
    )
    sessions = real_agents.sessions
    session_id = first(sessions)

    def asked(number: int) -> dict[str, Any]:
        def found() -> list[dict[str, Any]]:
            return sessions.events(session_id, "approval_request")[number:]

        return until(found)[0]

    (question,) = asked(0)["questions"]
    assert question["header"] == "Language"
    assert [choice["value"] for choice in question["choices"]] == [
        "English",
        "Français",
    ]
    assert question["takesOther"]
    answers = {question["id"]: "English"}
    call = asked(0)["toolUseId"]
    sessions.tell(session_id, Approve(tool_use_id=call, answers=answers))
    plan = asked(1)
    assert plan["plan"].startswith("## Plan")
    sessions.tell(session_id, Approve(tool_use_id=plan["toolUseId"]))
    write = asked(2)
    assert write["kind"] == "edit"
    sessions.tell(session_id, Approve(tool_use_id=write["toolUseId"]))
    assert process.wait() == 0, process.errors()
    assert sessions.texts(session_id)[-1] == "It is done as planned."
    assert unfit(real_agents.lines(), "client") == []
