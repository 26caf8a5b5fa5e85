from runners.engines.acp.updates.updates import SessionUpdates
from sessions_app.protocol.wire import Json

CALL: Json = {
    "sessionUpdate": "tool_call",
    "toolCallId": "c",
    "name": "exec_command",
    "kind": "execute",
    "title": "ls",
    "content": [{"type": "terminal", "terminalId": "c"}],
    "rawInput": {"command": "ls"},
}


def change(**fields: object) -> Json:
    return {"sessionUpdate": "tool_call_update", "toolCallId": "c", **fields}


def printed(text: str) -> Json:
    """What Codex says of a command that runs."""
    delta = {"data": text, "terminal_id": "c"}
    return change(_meta={"terminal_output_delta": delta})


def test_what_codex_says_of_a_running_command_is_its_output() -> None:
    updates = SessionUpdates(lambda: 0.0)
    lines = [
        line
        for update in (
            CALL,
            printed("one\n"),
            printed("one\n"),
            change(status="failed"),
        )
        for line in updates.take(update)
    ]
    assert [line["type"] for line in lines] == [
        "block_start",
        "tool_use",
        "tool_output_delta",
        "tool_output_delta",
        "tool_result",
    ]
    assert lines[1]["input"] == {"command": "ls"}
    assert lines[-1]["output"] == "one\none\n"
    assert lines[-1]["isError"]
