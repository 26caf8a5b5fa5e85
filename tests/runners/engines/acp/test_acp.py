from typing import Any

from sessions_app.protocol.commands import (
    Approve,
    Deny,
    Interrupt,
    Prompt,
    SetOption,
)
from tests.installation import Installation
from tests.process import until
from tests.runners.engines.acp.conftest import MODES, Agents
from tests.runners.sessions import Sessions

CALL = {
    "sessionUpdate": "tool_call",
    "toolCallId": "call-1",
    "title": "rm -r build",
    "kind": "execute",
    "status": "pending",
    "rawInput": {"command": "rm -r build"},
}
DONE = {
    "sessionUpdate": "tool_call_update",
    "toolCallId": "call-1",
    "status": "completed",
    "content": [{"type": "content", "content": {"type": "text", "text": "gone"}}],
}
OPTIONS = [
    {"optionId": "always", "name": "Always", "kind": "allow_always"},
    {"optionId": "once", "name": "Yes", "kind": "allow_once"},
    {"optionId": "no", "name": "No", "kind": "reject_once"},
]
ASK = {"ask": {"toolCall": {"toolCallId": "call-1"}, "options": OPTIONS}}


def told(installation: Installation, session_id: str) -> list[dict[str, Any]]:
    """What the agent was asked and answered, as its stderr says."""
    import json

    rows = installation.rows(
        "SELECT text FROM sessions_app_diagnostics WHERE session_id = ?", session_id
    )
    lines = "".join(text for (text,) in rows).splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def test_what_an_agent_says_is_a_session(agents: Agents, sessions: Sessions) -> None:
    agents.script([{"say": "Hello "}, {"say": "world."}])
    process = agents.start("greet us")
    assert process.wait() == 0, process.errors()
    (session_id,) = sessions.ids()
    assert sessions.status(session_id) == "completed"
    assert sessions.texts(session_id) == ["Hello world."]
    info = sessions.events(session_id, "agent_info")[0]
    assert info["agentSessionId"] == "agent-session-1"
    end = sessions.events(session_id, "turn_end")[0]
    assert end["usage"]["outputTokens"] == 10


def test_an_agent_is_put_into_the_sessions_mode(
    agents: Agents, sessions: Sessions, installation: Installation
) -> None:
    agents.script([{"say": "Hello"}])
    assert agents.start("greet us").wait() == 0
    (session_id,) = sessions.ids()
    asked = told(installation, session_id)
    assert asked[0]["method"] == "session/set_mode"
    assert asked[0]["params"]["modeId"] == "default"


def test_a_permission_is_a_durable_question(
    agents: Agents, sessions: Sessions, installation: Installation
) -> None:
    agents.script([{"update": CALL}, ASK, {"update": DONE}, {"say": "Done."}])
    process = agents.start("clean up")
    (session_id,) = until(sessions.ids)
    asked = sessions.await_event(session_id, "approval_request")
    assert asked["input"] == {"command": "rm -r build"}
    assert [option["id"] for option in asked["options"]] == ["always", "once", "no"]
    sessions.await_status(session_id, "waiting")
    sessions.tell(session_id, Approve(tool_use_id="call-1"))
    assert process.wait() == 0, process.errors()
    assert {"answered": {"outcome": {"outcome": "selected", "optionId": "once"}}} in (
        told(installation, session_id)
    )
    assert sessions.events(session_id, "tool_result")[0]["output"] == "gone"


def test_a_denied_permission_is_rejected(
    agents: Agents, sessions: Sessions, installation: Installation
) -> None:
    agents.script([{"update": CALL}, ASK])
    process = agents.start("clean up")
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "approval_request")
    sessions.tell(session_id, Deny(tool_use_id="call-1"))
    assert process.wait() == 0, process.errors()
    assert {"answered": {"outcome": {"outcome": "selected", "optionId": "no"}}} in (
        told(installation, session_id)
    )


def test_a_deny_rule_answers_for_people(
    agents: Agents, sessions: Sessions, installation: Installation
) -> None:
    agents.script([{"update": CALL}, ASK])
    process = agents.start("clean up", "--deny", "bash(rm *)")
    assert process.wait() == 0, process.errors()
    (session_id,) = sessions.ids()
    assert sessions.events(session_id, "approval_request") == []
    assert {"answered": {"outcome": {"outcome": "selected", "optionId": "no"}}} in (
        told(installation, session_id)
    )
    said = [event["code"] for event in sessions.events(session_id, "error")]
    assert said == ["unbounded"]


def test_an_interrupt_cancels_the_prompt_and_closes_questions(
    agents: Agents, sessions: Sessions, installation: Installation
) -> None:
    agents.script([{"update": CALL}, ASK, {"wait": "cancel"}])
    process = agents.start("clean up")
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "approval_request")
    sessions.tell(session_id, Interrupt())
    process.wait()
    assert sessions.status(session_id) == "idle"
    assert sessions.events(session_id, "agent_complete")[0]["status"] == "interrupted"
    assert {"answered": {"outcome": {"outcome": "cancelled"}}} in (
        told(installation, session_id)
    )


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


def test_a_message_waits_for_the_prompts_end_where_an_agent_cannot_be_steered(
    agents: Agents, sessions: Sessions
) -> None:
    agents.script([{"say": "One."}, {"sleep": 0.5}], [{"say": "Two.", "id": "m2"}])
    process = agents.start("count")
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "text_delta")
    sessions.tell(session_id, Prompt(text="and?"))
    assert process.wait() == 0, process.errors()
    assert sessions.texts(session_id) == ["One.", "Two."]
    assert len(sessions.events(session_id, "turn_end")) == 2


def test_an_agent_that_dies_in_its_answer_fails_the_session(
    agents: Agents, sessions: Sessions
) -> None:
    agents.script([{"say": "I begin"}, {"exit": 3}])
    assert agents.start("go").wait() == 1
    (session_id,) = sessions.ids()
    assert sessions.status(session_id) == "failed"
    codes = [event["code"] for event in sessions.events(session_id, "error")]
    assert "agent_gone" in codes


def test_a_line_that_is_no_message_is_counted_and_ends_nothing(
    agents: Agents, sessions: Sessions
) -> None:
    agents.script([{"raw": "Loading model…\n"}, {"say": "Hello."}, {"raw": "[1]\n"}])
    assert agents.start("go").wait() == 0
    (session_id,) = sessions.ids()
    codes = [event["code"] for event in sessions.events(session_id, "error")]
    assert codes == ["bad_line", "bad_line"]
    assert sessions.texts(session_id) == ["Hello."]


def test_a_question_whose_call_has_ended_is_taken_back(
    agents: Agents, sessions: Sessions
) -> None:
    call = {"call": "session/request_permission", "params": ASK["ask"]}
    agents.script(
        [
            {"update": CALL},
            {"start": call},
            {"sleep": 0.5},
            {"update": DONE},
            {"say": "On."},
            {"wait": "cancel"},
        ]
    )
    process = agents.start("clean up")
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "tool_result")
    sessions.await_status(session_id, "running")
    sessions.tell(session_id, Interrupt())
    process.wait()
    assert sessions.status(session_id) == "idle"


def test_a_person_sets_an_option(
    agents: Agents, sessions: Sessions, installation: Installation
) -> None:
    option = {
        "id": "model",
        "name": "Model",
        "category": "model",
        "type": "select",
        "currentValue": "small",
        "options": [
            {"value": "small", "name": "Small"},
            {"value": "big", "name": "Big"},
        ],
    }
    agents.script(
        [{"say": "Hello"}, {"wait": "cancel"}],
        state=MODES | {"configOptions": [option]},
    )
    process = agents.start("go")
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "text_delta")
    sessions.tell(session_id, SetOption(option_id="model", value="big"))
    sessions.await_event(session_id, "option_chosen")
    sessions.tell(session_id, Interrupt())
    process.wait()
    asked = [line.get("params") for line in told(installation, session_id)]
    assert {
        "sessionId": "agent-session-1",
        "configId": "model",
        "value": "big",
    } in asked


def test_a_hidden_sub_agent_that_hangs_is_noticed_and_ended(
    agents: Agents, sessions: Sessions
) -> None:
    task = CALL | {"title": "task", "kind": "think", "rawInput": {"subagent_type": "x"}}
    agents.script([{"update": task}, {"wait": "cancel"}])
    process = agents.start(
        "go", RINGSIDE_ACP_QUIET_S="0.5", RINGSIDE_ACP_QUIET_MAX_S="2"
    )
    assert process.wait() == 1
    (session_id,) = sessions.ids()
    said = [
        e["message"]
        for e in sessions.events(session_id, "error")
        if e["code"] == "agent_quiet"
    ]
    assert "said nothing" in said[0]
    assert "was ended" in said[1]
    assert sessions.status(session_id) == "failed"


def test_a_deaf_agent_is_ended_after_an_interrupt(
    agents: Agents, sessions: Sessions
) -> None:
    agents.script([{"say": "I hear nothing."}, {"sleep": 60}], deaf=True, stays=True)
    process = agents.start("go")
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "text_delta")
    sessions.tell(session_id, Interrupt())
    process.wait()
    assert sessions.status(session_id) == "idle"
    assert "program_hung" in [e["code"] for e in sessions.events(session_id, "error")]


def test_a_flood_is_whole_and_in_order(agents: Agents, sessions: Sessions) -> None:
    agents.script([{"flood": 20_000}])
    process = agents.start("flood us")
    assert process.wait() == 0, process.errors()
    (session_id,) = sessions.ids()
    words = "".join(sessions.texts(session_id)).split()
    assert words == [str(number) for number in range(20_000)]


def test_lies_end_nothing_and_are_kept(agents: Agents, sessions: Sessions) -> None:
    agents.script(
        [
            {"raw": '{"jsonrpc":"2.0","id":999,"result":{}}\n'},
            {"update": {"sessionUpdate": "tea_time", "cups": 2}},
            {"say": "Not mine.", "session": "another"},
            {
                "update": {
                    "sessionUpdate": "tool_call_update",
                    "toolCallId": "x y\u00e9",
                }
            },
            {"update": {"sessionUpdate": "plan", "entries": "none"}},
            {"update": {"sessionUpdate": ["what"]}},
            {
                "call": "fs/write_text_file",
                "params": {"path": "/etc/passwd", "content": ""},
            },
            {"say": "Still here."},
        ]
    )
    process = agents.start("lie to us")
    assert process.wait() == 0, process.errors()
    (session_id,) = sessions.ids()
    assert sessions.texts(session_id) == ["Still here."]
    kept = [
        e["update"].get("sessionUpdate")
        for e in sessions.events(session_id, "acp_update")
    ]
    assert kept == ["tea_time", "agent_message_chunk", ["what"]]
    assert [e["code"] for e in sessions.events(session_id, "error")] == ["bad_line"]


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
