"""opencode, as more/package.json pins it, on the simulator."""

from contextlib import closing
from pathlib import Path

from sessions_app.protocol.commands import Approve, Deny, Prompt
from tests.agents.conftest import start_in_page
from tests.agents.interrupt import STOP_S, interrupt
from tests.agents.questions import Questions
from tests.agents.real_agents import RealAgents
from tests.servers.process import until

SLOW_S = 240.0  # its start alone takes ten seconds of a machine that does nothing else
QUIET = {"RINGSIDE_ACP_QUIET_S": "2", "RINGSIDE_ACP_QUIET_MAX_S": "5"}


def test_it_speaks_thinks_edits_and_spawns(real_agents: RealAgents) -> None:
    real_agents.opencode()
    process = real_agents.start(
        "opencode", "[scenario: opencode]", "--permission-mode", "bypass"
    )
    assert process.wait(SLOW_S) == 0, process.errors()
    sessions = real_agents.sessions
    (session_id,) = sessions.ids()
    assert sessions.status(session_id) == "completed"
    assert sessions.texts(session_id)[-1].startswith("Done: `greeting.py` greets")
    assert sessions.events(session_id, "thinking")
    uses = sessions.events(session_id, "tool_use")
    tools = ["todowrite", "write", "read", "edit", "bash", "task"]
    assert [use["tool"] for use in uses] == tools
    assert [todo["content"] for todo in uses[0]["input"]["todos"]][1] == "Run it"
    edit = uses[3]
    assert edit["kind"] == "edit"
    assert edit["locations"][0]["path"].endswith("/greeting.py")
    asked_or_done = sessions.events(session_id, "tool_update", "tool_result")
    diffs = [
        diff
        for event in asked_or_done
        if event["toolUseId"] == edit["toolUseId"]
        for diff in event.get("diffs", [])
    ]
    assert diffs[0]["newText"].startswith('NAME = "Ringside"')
    results = sessions.events(session_id, "tool_result")
    assert "Hello, Ringside" in results[4]["output"]
    assert "There is one program, and it greets." in results[5]["output"]
    assert sessions.events(session_id, "context_usage")


def test_it_asks_once_always_and_is_refused(real_agents: RealAgents) -> None:
    real_agents.opencode()
    server = real_agents.installation.serve()
    with closing(real_agents.installation.sign_in(server.url)) as client:
        prompt = "[scenario: opencode_permissions]"
        session_id = start_in_page(client, "acp:opencode", prompt, "default")
    sessions = real_agents.sessions
    questions = Questions(sessions, session_id, SLOW_S)
    command = questions.next()
    assert command["kind"] == "execute"
    sessions.tell(session_id, Approve(tool_use_id=command["toolUseId"]))
    write = questions.next()
    assert write["diffs"][0]["newText"] == "two\n"
    call = write["toolUseId"]
    sessions.tell(session_id, Approve(tool_use_id=call, scope="session"))
    command = questions.next()
    assert "four.txt" in command["input"]["command"]
    sessions.tell(session_id, Deny(tool_use_id=command["toolUseId"]))
    sessions.await_rest(session_id, "completed", within=SLOW_S)
    assert questions.count() == 3  # the second file was covered by "always"
    workdir = Path(sessions.column(session_id, "workdir"))
    files = {path.name for path in workdir.glob("*.txt")}
    assert files == {"one.txt", "two.txt", "three.txt"}
    answers = sessions.events(session_id, "approval")
    assert [answer["optionId"] for answer in answers] == ["once", "always", "reject"]


def test_it_is_interrupted_takes_a_message_and_goes_on_after_a_kill(
    real_agents: RealAgents,
) -> None:
    real_agents.opencode()
    process = real_agents.start(
        "opencode", "[scenario: long rate=30 tokens=40]", "--permission-mode", "bypass"
    )
    sessions = real_agents.sessions
    session_id = until(sessions.ids)[0]
    until(lambda: sessions.events(session_id, "text_delta"), SLOW_S)
    # It takes no message into a prompt that runs: the message waits for the end.
    sessions.tell(session_id, Prompt(text="[scenario: long rate=30]"))
    until(lambda: len(sessions.events(session_id, "turn_start")) == 2, SLOW_S)
    begun = sessions.column(session_id, "head_seq")

    def speaks() -> bool:
        new = sessions.events(session_id, "text_delta")
        return len([event for event in new if event["seq"] > begun]) > 10

    until(speaks, SLOW_S)
    assert interrupt(sessions, session_id) < STOP_S
    process.wait()
    process = real_agents.go_on(session_id, "[scenario: long rate=31]")
    begun = sessions.column(session_id, "head_seq")
    until(speaks, SLOW_S)
    process.kill()
    process.wait()
    going = real_agents.go_on(session_id, "[scenario: markdown rate=0]")
    assert going.wait(SLOW_S) == 0, going.errors()
    assert sessions.events(session_id, "agent_complete")[-1]["status"] == "success"
    infos = sessions.events(session_id, "agent_info")
    assert len({info["agentSessionId"] for info in infos}) == 1
    halves = [e["text"] for e in sessions.events(session_id, "text") if "partial" in e]
    agents = " ".join(str(line) for who, line in real_agents.lines() if who == "agent")
    gaps = [gap["text"] for gap in sessions.events(session_id, "memory_gap")]
    assert gaps or all(half[:40] in agents for half in halves)


def test_a_sub_agent_that_asks_nobody_is_ended_and_that_is_said(
    real_agents: RealAgents,
) -> None:
    real_agents.opencode(sub_agents_ask=True)
    process = real_agents.start(
        "opencode", "[scenario: opencode]", "--permission-mode", "bypass", **QUIET
    )
    process.wait(SLOW_S)
    sessions = real_agents.sessions
    (session_id,) = sessions.ids()
    notes = sessions.events(session_id, "error")
    quiet = [note["message"] for note in notes if note["code"] == "agent_quiet"]
    assert quiet[0].startswith("The agent has said nothing for 2 seconds, while a sub-")
    assert quiet[-1].startswith("The agent's sub-agent was ended: nothing was heard")
    assert sessions.events(session_id, "agent_complete")[-1]["status"] == "error"
    assert not sessions.lease(session_id)
