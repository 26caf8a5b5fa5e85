from typing import Any

import httpx2
from ag_ui_validate.pytest_plugin import assert_valid_agui

from tests.ag_ui.conftest import AgUi, Json
from tests.servers.process import PATIENCE_S

MESSAGE = {"id": "m1", "role": "user", "content": "[scenario: subagents]"}
ASKS: Json = {"ringside": {"permission_mode": "default"}}


def interrupts(events: list[Json]) -> list[Json]:
    found: list[Json] = events[-1].get("outcome", {}).get("interrupts", [])
    return found


def state(events: list[Json]) -> Json:
    (snapshot,) = [one for one in events if one["type"] == "STATE_SNAPSHOT"]
    found: Json = snapshot["snapshot"]
    return found


def resume(asked: list[Json], payload: Any) -> list[Json]:
    return [
        {"interruptId": one["id"], "status": "resolved", "payload": payload}
        for one in asked
    ]


def test_questions_of_a_tree_are_interrupts_and_answers_go_on(ag_ui: AgUi) -> None:
    events = ag_ui.run("asking", messages=[MESSAGE], forwardedProps=ASKS)
    assert interrupts(events)
    runs, agents = [events], set()
    while asked := interrupts(runs[-1]):
        agents |= {one.get("subagentRunId") for one in asked}
        answers = resume(asked, {"approved": True})
        runs.append(ag_ui.run("asking", resume=answers, state=state(runs[-1])))
    for run in runs:
        assert_valid_agui(run, max_warnings=0)
    assert runs[-1][-1]["outcome"]["type"] == "success"
    assert len(agents - {None}) >= 2
    results = [
        one["toolCallId"]
        for run in runs
        for one in run
        if one["type"] == "TOOL_CALL_RESULT"
    ]
    assert len(results) == len(set(results))


def test_no_says_why_and_a_second_answer_changes_nothing(ag_ui: AgUi) -> None:
    message = MESSAGE | {"content": "[scenario: parallel]"}
    events = ag_ui.run("denying", messages=[message], forwardedProps=ASKS)
    (first, *_) = asked = interrupts(events)
    answers = resume(asked, {"approved": False, "reason": "Not now."})
    again = ag_ui.run("denying", resume=answers, state=state(events))
    said = [one for one in again if one.get("name") == "ringside.approval"]
    assert {one["value"]["reason"] for one in said} == {"Not now."}
    late = resume([first], {"approved": True})
    ag_ui.run("denying", resume=late, state=state(again))
    whole = ag_ui.run(state(events)["ringside"]["session"])
    decisions = [
        one["value"]["decision"]
        for one in whole
        if one.get("name") == "ringside.approval"
        and one["value"]["toolUseId"] == first["id"].partition(".")[2]
    ]
    assert decisions == ["denied"]


def test_wrong_answers_are_told_what_is_wrong(ag_ui: AgUi) -> None:
    ag_ui.run("wrong", "[scenario: follow_up]")
    for answer, told in (
        ({"interruptId": "x", "status": "resolved"}, "interrupt's id"),
        ({"interruptId": "s_no.t", "status": "resolved"}, "no such session"),
    ):
        asked = {"threadId": "wrong", "runId": "r", "messages": [], "resume": [answer]}
        refused = httpx2.post(
            f"{ag_ui.served.url}/api/v1/ag-ui",
            json=asked,
            headers=ag_ui.headers,
            timeout=PATIENCE_S,
        )
        assert refused.headers["content-type"] == "application/problem+json"
        assert told in refused.json()["detail"]
