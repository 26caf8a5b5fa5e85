from sessions_app.protocol.commands import (
    Interrupt,
)
from tests.runners.engines.acp.conftest import Agents
from tests.runners.engines.acp.steps import ASK, CALL, DONE
from tests.runners.sessions import Sessions
from tests.servers.process import until


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
