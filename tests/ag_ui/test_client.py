import json
from pathlib import Path
from typing import Any

from ag_ui_validate.pytest_plugin import assert_valid_agui

from tests.ag_ui.conftest import AgUi
from tests.conftest import Install
from tests.servers.process import until
from tests.servers.stack import POSTGRES_REDIS

CUT_EVERY = 30  # messages; then the client ends its connection, and comes back
KILLS = 3


def read(ag_ui: AgUi, modules: Path, *words: str) -> dict[str, Any]:
    process = ag_ui.client(modules, *words)
    assert process.wait() == 0, process.errors()
    result: dict[str, Any] = json.loads(process.output())
    return result


def test_client_reads_a_tree_over_cuts_and_kills_without_hole_or_repeat(
    install: Install, modules: Path
) -> None:
    ag_ui = AgUi.of(install(POSTGRES_REDIS))
    port = ag_ui.served.port
    process = ag_ui.client(
        modules, "thread", "[scenario: subagents rate=60]", str(CUT_EVERY)
    )
    served = ag_ui.served
    for kill in range(KILLS):
        cut = f"cut {4 * kill + 2}\n"
        until(lambda c=cut: c in process.errors() or process.code is not None)  # type: ignore[misc]
        served.process.kill()
        served = ag_ui.installation.serve("--no-runner", port=port)
    assert process.wait() == 0, process.errors()
    found = json.loads(process.output())
    assert found["cuts"] > KILLS
    assert_valid_agui(found["events"], max_warnings=0)
    session_id = found["state"]["ringside"]["session"]
    again = AgUi(ag_ui.installation, served, ag_ui.token).run(session_id)
    assert texts(found["events"]) == texts(again)


def texts(events: list[dict[str, Any]]) -> dict[str, str]:
    """What was said by each agent, message by message."""
    found: dict[str, str] = {}
    by_people = {
        event["messageId"]
        for event in events
        if event.get("role") == "user" and "subagentRunId" not in event
    }
    for event in events:
        if event.get("messageId") in by_people:
            continue  # a client has its own message already
        if event["type"].endswith("_CONTENT"):
            id_ = event["messageId"]
            found[id_] = found.get(id_, "") + event["delta"]
        elif event["type"] == "TOOL_CALL_ARGS":
            id_ = event["toolCallId"]
            found[id_] = found.get(id_, "") + event["delta"]
        elif event["type"] == "TOOL_CALL_RESULT":
            assert event["messageId"] not in found
            found[event["messageId"]] = event["content"]
    return found
