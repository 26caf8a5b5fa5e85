from sessions_app.protocol.commands import (
    Approve,
    Deny,
    Interrupt,
    Prompt,
    SetOption,
)
from tests.runners.engines.acp.conftest import MODES, Agents
from tests.runners.engines.acp.steps import ASK, CALL, DONE, told
from tests.runners.sessions import Sessions
from tests.servers.installation import Installation
from tests.servers.process import until


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


def test_the_reason_of_a_no_is_the_agents_next_message(
    agents: Agents, sessions: Sessions, installation: Installation
) -> None:
    agents.script([{"update": CALL}, ASK], [{"say": "I keep them."}])
    process = agents.start("clean up")
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "approval_request")
    sessions.tell(session_id, Deny(tool_use_id="call-1", reason="keep the logs"))
    assert process.wait() == 0, process.errors()
    prompts = [
        line["params"]["prompt"][0]["text"]
        for line in told(installation, session_id)
        if line.get("method") == "session/prompt"
    ]
    said = "I said no to this: rm -r build\n\nkeep the logs"
    assert prompts == ["clean up", said]
    assert sessions.texts(session_id) == ["I keep them."]


def test_answers_to_questions_of_an_input_are_the_agents_next_message(
    agents: Agents, sessions: Sessions, installation: Installation
) -> None:
    options = [{"label": "SQLite"}, {"label": "PostgreSQL"}]
    asked = {"questions": [{"question": "Which database?", "options": options}]}
    call = CALL | {"title": "AskUserQuestion", "kind": "other", "rawInput": asked}
    agents.script([{"update": call}, ASK], [{"say": "So be it."}])
    process = agents.start("choose", "--permission-mode", "bypass")
    (session_id,) = until(sessions.ids)
    request = sessions.await_event(session_id, "approval_request")
    (question,) = request["questions"]
    assert question["text"] == "Which database?"
    answers = {question["id"]: "SQLite"}
    sessions.tell(session_id, Approve(tool_use_id="call-1", answers=answers))
    assert process.wait() == 0, process.errors()
    heard = told(installation, session_id)
    assert {"answered": {"outcome": {"outcome": "selected", "optionId": "once"}}} in (
        heard
    )
    prompts = [
        line["params"]["prompt"][0]["text"]
        for line in heard
        if line.get("method") == "session/prompt"
    ]
    assert prompts[1] == "My answers:\n\nWhich database?\nSQLite"


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
