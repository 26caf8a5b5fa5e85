"""Claude Code by claude-agent-acp, as package.json pins it, on the simulator."""

from contextlib import closing
from pathlib import Path
from typing import Any

from sessions_app.protocol.commands import Approve, Deny, Prompt
from tests.agents.conftest import start_in_page
from tests.agents.interrupt import STOP_S, interrupt
from tests.agents.questions import Questions
from tests.agents.real_agents import RealAgents
from tests.runners.sessions import Sessions
from tests.servers.process import until


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


def test_it_asks_once_always_and_is_refused(real_agents: RealAgents) -> None:
    real_agents.claude()
    server = real_agents.installation.serve()
    with closing(real_agents.installation.sign_in(server.url)) as client:
        prompt = "[scenario: claude_code_permissions]"
        session_id = start_in_page(client, "acp:claude", prompt, "default")
    sessions = real_agents.sessions
    questions = Questions(sessions, session_id)
    command = questions.next()
    assert command["kind"] == "execute"
    assert "allow_once" in [option["kind"] for option in command["options"]]
    # Of this command Claude Code remembers nothing: a yes for the session is one yes.
    call = command["toolUseId"]
    sessions.tell(session_id, Approve(tool_use_id=call, scope="session"))
    write = questions.next()
    assert write["kind"] == "edit"
    assert write["diffs"][0]["newText"] == "two\n"
    call = write["toolUseId"]
    sessions.tell(session_id, Approve(tool_use_id=call, scope="session"))
    command = questions.next()
    assert "four.txt" in command["input"]["command"]
    sessions.tell(session_id, Deny(tool_use_id=command["toolUseId"]))
    sessions.await_rest(session_id, "completed", within=60)
    assert questions.count() == 3  # the second file was covered by "always"
    workdir = Path(sessions.column(session_id, "workdir"))
    files = {path.name for path in workdir.glob("*.txt")}
    assert files == {"one.txt", "two.txt", "three.txt"}
    answers = sessions.events(session_id, "approval")
    kinds = [(answer["decision"], answer.get("scope", "once")) for answer in answers]
    assert kinds == [("approved", "once"), ("approved", "session"), ("denied", "once")]
    assert sessions.events(session_id, "tool_result")[-1]["isError"]


def test_an_interrupt_takes_less_than_a_second(real_agents: RealAgents) -> None:
    real_agents.claude()
    process = real_agents.start(
        "claude", "[scenario: long rate=20]", "--permission-mode", "bypass"
    )
    sessions = real_agents.sessions
    session_id = first(sessions)
    sessions.await_event(session_id, "text_delta")
    assert interrupt(sessions, session_id) < STOP_S
    process.wait()


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

    questions = Questions(sessions, session_id)
    asked = questions.next()
    (question,) = asked["questions"]
    assert question["header"] == "Language"
    assert [choice["value"] for choice in question["choices"]] == [
        "English",
        "Français",
    ]
    assert question["takesOther"]
    answers = {question["id"]: "English"}
    call = asked["toolUseId"]
    sessions.tell(session_id, Approve(tool_use_id=call, answers=answers))
    plan = questions.next()
    assert plan["plan"].startswith("## Plan")
    sessions.tell(session_id, Approve(tool_use_id=plan["toolUseId"]))
    write = questions.next()
    assert write["kind"] == "edit"
    sessions.tell(session_id, Approve(tool_use_id=write["toolUseId"]))
    assert process.wait() == 0, process.errors()
    assert sessions.texts(session_id)[-1] == "It is done as planned."
