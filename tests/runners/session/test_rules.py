import json
from typing import Any

from sessions_app.protocol.commands import Approve, Deny
from tests.runners.engines.claude_api.wire import reply, text, tool
from tests.runners.scripted import ScriptedClaude
from tests.runners.sessions import Sessions
from tests.servers.process import Process, until

DONE = reply(text("Done."))


def bash(call: str, command: str) -> list[dict[str, Any]]:
    return tool(call, "bash", command=command)


def ended(process: Process) -> None:
    assert process.wait() == 0, process.errors()


def outputs(sessions: Sessions, session_id: str) -> dict[str, str]:
    results = sessions.events(session_id, "tool_result")
    return {event["toolUseId"]: event["output"] for event in results}


def asked(sessions: Sessions, session_id: str) -> list[str]:
    requests = sessions.events(session_id, "approval_request")
    return [event["toolUseId"] for event in requests]


def test_rules_of_the_command_line_allow_and_deny(
    sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    claude_says.says(
        reply(
            bash("a", "echo one"), bash("b", "rm -r x"), bash("c", "echo a; echo two")
        ),
        DONE,
    )
    rules = ("--allow", "bash(echo *)", "--deny", "bash(rm *)", "--allow", "bash")
    process = claude_says.start("Go", *rules)
    (session_id,) = until(sessions.ids)
    request = sessions.await_event(session_id, "approval_request")
    assert request["toolUseId"] == "c"
    assert "rule" not in request
    sessions.tell(session_id, Approve(tool_use_id="c", scope="session"))
    ended(process)
    told = outputs(sessions, session_id)
    assert (told["a"], told["c"]) == ("one", "a\ntwo")
    assert told["b"] == "Denied by the rule bash(rm *)"
    assert asked(sessions, session_id) == ["c"]
    (approval,) = sessions.events(session_id, "approval")
    assert "scope" not in approval  # once: no rule could be made of it


def test_commands_get_the_variables_that_a_session_and_its_project_name(
    sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    shown = "echo $MYAPP_KEY,$MYAPP_URL,$NPM_TOKEN,$ANTHROPIC_API_KEY"
    claude_says.says(reply(bash("a", shown)), DONE, reply(bash("b", shown)), DONE)
    values = {"MYAPP_KEY": "one", "MYAPP_URL": "two", "NPM_TOKEN": "three"}
    options = ("--permission-mode", "bypass")
    named = (*options, "--env", "MYAPP_K*", "--env", "NPM_TOKEN")
    ended(claude_says.start("Go", *named, **values))
    (session_id,) = sessions.ids()
    assert outputs(sessions, session_id)["a"] == "one,,three,"
    rules = json.loads(sessions.column(session_id, "rules"))
    assert rules == {"env": ["MYAPP_K*", "NPM_TOKEN"]}
    ended(claude_says.start("Go", *options, **values))
    (other,) = set(sessions.ids()) - {session_id}
    assert outputs(sessions, other)["b"] == ",,,"


def test_an_approval_for_the_session_holds_for_its_tree_and_after_a_kill(
    sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    spawn = tool("s", "spawn_agent", description="Sub", prompt="Do it")
    claude_says.says(reply(spawn), reply(bash("a", "echo deep")), DONE, DONE)
    process = claude_says.start("Go")
    until(lambda: len(sessions.ids()) == 2)
    root = next(i for i in sessions.ids() if sessions.column(i, "parent_id") is None)
    (child,) = set(sessions.ids()) - {root}
    request = sessions.await_event(child, "approval_request")
    assert request["rule"] == "bash(echo deep)"
    sessions.tell(child, Approve(tool_use_id="a", scope="session"))
    ended(process)
    (approval,) = sessions.events(child, "approval")
    assert (approval["scope"], approval["rule"]) == ("session", "bash(echo deep)")
    rules = json.loads(sessions.column(root, "rules"))
    assert rules == {"allow": ["bash(echo deep)"]}
    claude_says.says(reply(bash("b", "echo deep"), bash("c", "echo other")))
    process = claude_says.go_on(root, "Again")
    assert sessions.await_event(root, "approval_request")["toolUseId"] == "c"
    until(lambda: outputs(sessions, root).get("b") == "deep")
    process.kill()
    claude_says.says(reply(bash("d", "echo deep")), DONE)
    process = claude_says.go_on(root)
    sessions.tell(root, Approve(tool_use_id="c"))
    ended(process)
    assert outputs(sessions, root)["d"] == "deep"
    assert asked(sessions, root) == ["c"]


def test_an_edited_input_is_recorded_beside_the_first_and_judged_again(
    sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    claude_says.says(reply(bash("a", "echo one"), bash("b", "echo two")), DONE)
    process = claude_says.start("Go", "--deny", "bash(rm *)")
    (session_id,) = until(sessions.ids)
    until(lambda: sorted(asked(sessions, session_id)) == ["a", "b"])
    edited = {"command": "echo three"}
    sessions.tell(session_id, Approve(tool_use_id="a", scope="session", input=edited))
    sessions.tell(session_id, Approve(tool_use_id="b", input={"command": "rm x"}))
    ended(process)
    told = outputs(sessions, session_id)
    assert told["a"].endswith("three")
    assert "edited" in told["a"]
    assert told["b"] == "Denied by the rule bash(rm *)"
    first = next(
        e
        for e in sessions.events(session_id, "approval_request")
        if e["toolUseId"] == "a"
    )
    answer = next(
        e for e in sessions.events(session_id, "approval") if e["toolUseId"] == "a"
    )
    assert (first["input"], answer["input"]) == ({"command": "echo one"}, edited)
    assert json.loads(sessions.column(session_id, "rules") or "{}").get("allow") is None


def test_a_question_stays_open_when_its_runner_dies_and_is_asked_once(
    sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    claude_says.says(reply(bash("a", "echo one")))
    process = claude_says.start("Go")
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "approval_request")
    process.kill()
    claude_says.says(DONE)
    second = claude_says.go_on(session_id)
    until(
        lambda: sessions.status(session_id) == "waiting" and sessions.lease(session_id)
    )
    sessions.tell(session_id, Deny(tool_use_id="a", reason="no"))
    ended(second)
    assert asked(sessions, session_id) == ["a"]
    assert outputs(sessions, session_id)["a"] == "Denied by the user: no"
