import time

from sessions_app.protocol.commands import (
    Approve,
    Prompt,
)
from tests.runners.engines.acp.conftest import Agents
from tests.runners.engines.acp.steps import ASK, CALL, told
from tests.runners.sessions import Sessions
from tests.servers.installation import Installation
from tests.servers.process import until


def test_a_follow_up_loads_the_agents_session(
    agents: Agents, sessions: Sessions
) -> None:
    agents.script([{"say": "Hello."}], [{"say": "Again.", "id": "m2"}])
    assert agents.start("greet us").wait() == 0
    (session_id,) = sessions.ids()
    process = agents.go_on(session_id, "once more")
    assert process.wait() == 0, process.errors()
    assert sessions.texts(session_id) == ["Hello.", "Again."]
    infos = sessions.events(session_id, "agent_info")
    assert [info["agentSessionId"] for info in infos] == ["agent-session-1"] * 2


def test_what_a_killed_agent_forgets_is_marked(
    agents: Agents, sessions: Sessions, installation: Installation
) -> None:
    agents.script(
        [{"say": "Half an answer"}, {"wait": "cancel"}], [{"say": "Whole.", "id": "m2"}]
    )
    process = agents.start("count to ten")
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "text_delta")
    process.kill()
    process.wait()
    assert agents.go_on(session_id, "go on").wait() == 0
    gap = sessions.events(session_id, "memory_gap")[0]
    assert gap["text"] == "Half an answer"
    prompts = [line for line in told(installation, session_id) if "params" in line]
    blocks = [p["params"]["prompt"] for p in prompts if "prompt" in p["params"]]
    assert blocks == [[{"type": "text", "text": "go on"}]]
    assert sessions.texts(session_id) == ["Whole."]


def test_a_question_that_died_with_its_agent_is_closed(
    agents: Agents, sessions: Sessions
) -> None:
    agents.script([{"update": CALL}, ASK], [{"say": "On we go.", "id": "m2"}])
    process = agents.start("clean up")
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "approval_request")
    process.kill()
    process.wait()
    assert agents.go_on(session_id, "go on").wait() == 0
    result = sessions.events(session_id, "tool_result")[0]
    assert result["toolUseId"] == "call-1"
    assert result["isError"]
    assert sessions.texts(session_id) == ["On we go."]


def test_a_runner_that_stops_hands_the_session_over(
    agents: Agents, sessions: Sessions, installation: Installation
) -> None:
    agents.name()
    agents.script(
        [{"say": "I begin. "}, {"wait": "cancel"}], [{"say": "And end.", "id": "m2"}]
    )
    runner = installation.start("runagent", "--queue")
    session_id = sessions.queue("work", engine="acp")
    sessions.set(session_id, options='{"agent": "scripted"}', model="scripted")
    sessions.set(session_id, status="queued")
    sessions.await_event(session_id, "text_delta")
    runner.terminate()
    assert runner.wait() == 0, runner.errors()
    assert sessions.status(session_id) == "queued"
    installation.start("runagent", "--queue")
    sessions.await_rest(session_id, "completed")
    assert sessions.texts(session_id)[-1] == "And end."
    heard = [e["text"] for e in sessions.events(session_id, "user_message")]
    assert heard == ["work"]


def test_a_budget_pauses_the_agent_between_prompts(
    agents: Agents, sessions: Sessions
) -> None:
    usage = {"sessionUpdate": "usage_update", "used": 10, "size": 100}
    cost = usage | {"cost": {"amount": 0.4, "currency": "USD"}}
    agents.script(
        [{"say": "One."}, {"update": cost}, {"sleep": 1}], [{"say": "Two.", "id": "m2"}]
    )
    process = agents.start("count", "--budget-usd", "0.25")
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "text_delta")
    sessions.tell(session_id, Prompt(text="and?"))
    asked = sessions.await_event(session_id, "approval_request")
    assert "budget of 0.25 USD is spent" in asked["reason"]
    sessions.tell(session_id, Approve(tool_use_id=asked["toolUseId"]))
    assert process.wait() == 0, process.errors()
    assert sessions.texts(session_id) == ["One.", "Two."]
    said = [e["message"] for e in sessions.events(session_id, "error")]
    assert "between prompts" in said[0]
    assert sessions.events(session_id, "turn_end")[0]["costUsd"] == 0.4


def test_a_session_that_the_agent_has_lost_begins_anew_and_says_so(
    agents: Agents, sessions: Sessions
) -> None:
    agents.script([{"say": "Hello."}])
    assert agents.start("greet us").wait() == 0
    (session_id,) = sessions.ids()
    agents.memory.unlink()
    assert agents.go_on(session_id, "once more").wait() == 0
    gap = sessions.events(session_id, "memory_gap")[0]
    assert "no longer has this session" in gap["reason"]


def test_an_agent_that_dies_in_its_answer_fails_the_session(
    agents: Agents, sessions: Sessions
) -> None:
    agents.script([{"say": "I begin"}, {"exit": 3}])
    assert agents.start("go").wait() == 1
    (session_id,) = sessions.ids()
    assert sessions.status(session_id) == "failed"
    codes = [event["code"] for event in sessions.events(session_id, "error")]
    assert "agent_gone" in codes


def test_a_sub_agent_that_outlives_the_prompt_is_waited_for(
    agents: Agents, sessions: Sessions
) -> None:
    begin = {
        "sessionUpdate": "subagent_update",
        "sessionId": "kid",
        "title": "Look",
        "state": {"state": "running"},
    }
    over = {
        "sessionUpdate": "subagent_update",
        "sessionId": "kid",
        "state": {"state": "idle", "stopReason": "end_turn"},
    }
    agents.script(
        [
            {"update": begin},
            {"say": "Working.", "session": "kid", "id": "k1"},
            {
                "later": 1.0,
                "then": [
                    {"say": "Found it.", "session": "kid", "id": "k2"},
                    {"update": over},
                ],
            },
            {"say": "It goes on behind."},
        ]
    )
    process = agents.start("go")
    assert process.wait() == 0, process.errors()
    session_id = next(i for i in sessions.ids() if sessions.children(i))
    (child,) = sessions.children(session_id)
    assert sessions.texts(child) == ["Working.", "Found it."]
    assert sessions.status(child) == "completed"


def test_no_process_of_an_agent_outlives_its_runner(
    agents: Agents, sessions: Sessions, installation: Installation
) -> None:
    mark = installation.directory / "still-there"
    script = f"while :; do touch {mark}; sleep 0.1; done"
    agents.script(
        [
            {"spawn": ["setsid", "sh", "-c", script]},
            {"say": "It runs."},
            {"wait": "cancel"},
        ]
    )
    process = agents.start("go")
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "text_delta")
    until(mark.exists)
    process.kill()

    def is_gone() -> bool:
        mark.unlink(missing_ok=True)
        time.sleep(0.5)  # five times as long as it takes to make it again
        return not mark.exists()

    until(is_gone)
