"""Sub-agents, in the two ways that agents report them."""

from typing import Any

from sessions_app.protocol.wire import Json
from tests.runners.engines.acp.piped import lines_of
from tests.runners.engines.acp.test_fuzz import line_of, said

TASK: Json = {
    "sessionUpdate": "tool_call",
    "toolCallId": "task-1",
    "title": "Look around",
    "name": "Agent",
    "kind": "think",
    "rawInput": {"prompt": "Say which files there are."},
}


def marked(update: Json) -> Json:
    return update | {"_meta": {"claudeCode": {"parentToolUseId": "task-1"}}}


def state(name: str, **more: Any) -> Json:
    update = {"sessionUpdate": "subagent_update", "sessionId": "kid", "title": "Look"}
    return update | {"state": {"state": name, **more}}


async def lines_by_session(*updates: bytes) -> dict[str, list[Json]]:
    lines, _ = await lines_of(list(updates))
    found: dict[str, list[Json]] = {}
    for line in lines:
        found.setdefault(line.get("sessionId", ""), []).append(line)
    return found


def types(lines: list[Json]) -> list[str]:
    return [line["type"] for line in lines]


async def test_updates_marked_with_a_call_are_a_sub_agents() -> None:
    ls = {"sessionUpdate": "tool_call", "toolCallId": "c1", "title": "ls"}
    ended = {"sessionUpdate": "tool_call_update", "toolCallId": "c1"}
    found = await lines_by_session(
        line_of(TASK),
        line_of(marked(ls)),
        line_of(marked(ended | {"status": "completed"})),
        line_of(TASK | {"sessionUpdate": "tool_call_update", "status": "completed"}),
        line_of(said("Done.")),
    )
    child = types(found["task-1"])
    assert child == ["block_start", "tool_use", "tool_result", "agent_complete"]
    (spawn,) = [line for line in found[""] if line["type"] == "agent_spawn"]
    assert (spawn["toolUseId"], spawn["task"]) == ("task-1", "Look around")
    assert found["task-1"][-1]["status"] == "success"


async def test_a_sub_agent_with_a_session_of_its_own_has_a_thread_of_its_own() -> None:
    found = await lines_by_session(
        line_of(state("running")),
        line_of(said("I look.", "k1"), "kid"),
        line_of(said("Meanwhile.", "m1")),
        line_of(state("idle", stopReason="end_turn")),
    )
    assert types(found["kid"]) == ["text_delta", "text", "agent_complete"]
    assert found["kid"][-1]["status"] == "success"
    texts = [line["text"] for line in found[""] if line["type"] == "text"]
    assert texts == ["Meanwhile."]


async def test_a_sub_agent_that_works_again_is_another_session() -> None:
    again = [state("running"), state("idle"), state("running"), state("idle")]
    found = await lines_by_session(*map(line_of, again))
    spawned = [line["childId"] for line in found[""] if line["type"] == "agent_spawn"]
    assert spawned == ["kid", "kid~2"]
    assert types(found["kid~2"]) == ["agent_complete"]


async def test_what_a_sub_agent_says_after_its_end_is_kept_raw() -> None:
    found = await lines_by_session(
        line_of(state("running")),
        line_of(state("idle")),
        line_of(said("Late.", "k1"), "kid"),
    )
    (late,) = [line for line in found[""] if line["type"] == "acp_update"]
    assert late["session"] == "kid"
    assert late["update"]["content"]["text"] == "Late."
