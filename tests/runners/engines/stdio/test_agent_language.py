"""A program says all that the language has for agents, and hears what people choose."""

import json
import sys
from contextlib import closing
from typing import Any

import httpx2
import pytest

from tests.runners.sessions import Fields, Sessions
from tests.servers.installation import Installation
from tests.servers.process import Process, until

PROGRAM = r"""
import base64, json, sys
def say(type, **fields): print(json.dumps({"type": type, **fields}), flush=True)
def hear(*wanted):
    for line in sys.stdin:
        command = json.loads(line)
        print("heard " + line.strip(), file=sys.stderr, flush=True)
        if command["type"] in wanted: return command
hear("prompt")
mode = {"id": "mode", "name": "Mode", "category": "mode", "current": "ask",
        "choices": [{"value": "ask"}, {"value": "plan", "name": "Plan"}]}
say("agent_info", agent="Claude Code", version="2.1", agentSessionId="a-1")
say("config_options", options=[mode])
say("available_commands", commands=[{"name": "compact", "hint": "what to keep"}])
say("text_delta", delta="I look")
say("context_usage", used=10, size=200, costUsd=0.5)
say("text_delta", delta=" around.")
say("tool_use", toolUseId="t1", tool="Edit", title="Edit a.py", kind="edit",
    locations=[{"path": "a.py", "line": 3}])
say("tool_update", diffs=[{"path": "a.py", "oldText": "x", "newText": "y"}])
say("approval_request", toolUseId="t1",
    options=[{"id": "yes-1", "name": "Yes", "kind": "allow_once"},
             {"id": "yes-2", "name": "Always", "kind": "allow_always"},
             {"id": "no-1", "name": "No, and say why", "kind": "reject_once"}])
answer = hear("approve", "deny")
png = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\0" * 40).decode()
say("tool_result", toolUseId="t1", output=json.dumps(answer),
    content=[{"kind": "image", "data": png}])
say("tool_use", toolUseId="t2", tool="AskUserQuestion", input={})
say("approval_request", toolUseId="t2", questions=[
    {"id": "db", "text": "Which?", "kind": "one", "required": True,
     "choices": [{"value": "pg"}, {"value": "lite"}]}])
say("tool_result", toolUseId="t2", output=json.dumps(hear("approve", "deny")))
chosen = hear("set_option")
mode["current"] = chosen["value"]
say("config_options", options=[mode])
say("memory_gap", reason="compacted", text="old words")
"""


@pytest.fixture
def agent(installation: Installation) -> Process:
    path = installation.directory / "agent.py"
    path.write_text(PROGRAM)
    return installation.start("runagent", "--exec", f"{sys.executable} {path}", "Go")


class Page:
    """What a person in the page sends to one session."""

    def __init__(self, client: httpx2.Client, session_id: str) -> None:
        page = client.get(f"/sessions/{session_id}/").text
        self.text = page
        self._client = client
        self._path = f"/api/v1/sessions/{session_id}/commands"
        token = page.partition('csrfmiddlewaretoken" value="')[2].partition('"')[0]
        self._headers = {"Content-Type": "application/json", "X-CSRFToken": token}

    def sends(self, key: str, **command: Any) -> httpx2.Response:
        return self._client.post(
            self._path,
            content=json.dumps(command),
            headers=self._headers | {"Idempotency-Key": key},
        )


def test_a_program_and_people_talk_in_all_of_the_language(
    installation: Installation, sessions: Sessions, agent: Process
) -> None:
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "approval_request")
    served = installation.serve()
    with closing(installation.sign_in(served.url)) as client:
        page = Page(client, session_id)
        bad = page.sends("k1", type="approve", toolUseId="t1", optionId="no-1")
        assert bad.status_code == 409, bad.text
        good = page.sends("k2", type="approve", toolUseId="t1", optionId="yes-2")
        assert good.status_code == 202, good.text
        until(lambda: len(sessions.events(session_id, "approval_request")) == 2)
        open_ = page.sends("k3", type="approve", toolUseId="t2")
        assert "'Which?' needs an answer" in open_.text
        answers = {"db": "pg"}
        page.sends("k4", type="approve", toolUseId="t2", answers=answers)
        until(lambda: len(sessions.events(session_id, "tool_result")) == 2)
        chosen = page.sends("k5", type="set_option", optionId="mode", value="plan")
        assert chosen.status_code == 202, chosen.text
        assert agent.wait() == 0, agent.errors()
        (shot,) = sessions.events(session_id, "tool_result")[0]["content"]
        image = client.get(f"/sessions/{session_id}/outputs/{shot['outputId']}/image")
    assert image.headers["Content-Type"] == "image/png"
    check_log(sessions, session_id)


def check_log(sessions: Sessions, session_id: str) -> None:
    assert sessions.status(session_id) == "completed"
    assert sessions.texts(session_id) == ["I look around."]
    assert sessions.events(session_id, "error") == []
    first, second = sessions.events(session_id, "approval")
    assert (first["optionId"], first["scope"]) == ("yes-2", "session")
    assert second["answers"] == {"db": "pg"}
    results = sessions.events(session_id, "tool_result")
    heard = [json.loads(event["output"]) for event in results]
    assert heard[0]["optionId"] == "yes-2"
    assert heard[1]["answers"] == {"db": "pg"}
    (chosen,) = sessions.events(session_id, "option_chosen")
    assert (chosen["optionId"], chosen["value"]) == ("mode", "plan")
    said: list[Fields] = sessions.events(session_id, "config_options")
    assert [event["options"][0]["current"] for event in said] == ["ask", "plan"]


def test_a_plain_yes_is_told_as_the_option_that_it_means(
    installation: Installation, sessions: Sessions, agent: Process
) -> None:
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "approval_request")
    served = installation.serve()
    with closing(installation.sign_in(served.url)) as client:
        page = Page(client, session_id)
        page.sends("k1", type="deny", toolUseId="t1", reason="not so")
        (approval,) = until(lambda: sessions.events(session_id, "approval"))
        page.sends("k2", type="cancel")
        agent.wait()
    assert (approval["decision"], approval["optionId"]) == ("denied", "no-1")
    (heard,) = sessions.events(session_id, "tool_result")[:1]
    assert json.loads(heard["output"])["reason"] == "not so"


def test_a_choice_that_nobody_reads_waits_for_the_next_run(
    installation: Installation, sessions: Sessions
) -> None:
    path = installation.directory / "agent.sh"
    mode = '{"id":"m","name":"M","current":"a","choices":[{"value":"a"},{"value":"b"}]}'
    path.write_text(
        f"""
read -r prompt
echo '{{"type":"config_options","options":[{mode}]}}'
if [ "$RINGSIDE_RESUMED" ]; then
  read -r choice
  echo '{{"type":"text","text":"chosen"}}'
fi
"""
    )
    process = installation.start("runagent", "--exec", f"sh {path}", "Go")
    assert process.wait() == 0, process.errors()
    (session_id,) = sessions.ids()
    served = installation.serve()
    with closing(installation.sign_in(served.url)) as client:
        page = Page(client, session_id)
        sent = page.sends("k1", type="set_option", optionId="m", value="b")
        assert sent.status_code == 202, sent.text
    assert sessions.status(session_id) == "completed"
    assert sessions.events(session_id, "option_chosen") == []
    again = installation.start("runagent", "--session", session_id, "Go on")
    assert again.wait() == 0, again.errors()
    assert sessions.texts(session_id) == ["chosen"]
    (chosen,) = sessions.events(session_id, "option_chosen")
    assert chosen["value"] == "b"
