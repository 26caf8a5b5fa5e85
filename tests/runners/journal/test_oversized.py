import json

from sessions_app.protocol.encoding.codec import decode_event, encode
from tests.runners.engines.claude_api.wire import reply, text, tool
from tests.runners.scripted import ScriptedClaude
from tests.runners.sessions import Sessions
from tests.servers.installation import Installation
from tests.servers.process import Process, until

LIMIT = 256 * 1024
CONTENT = "".join(f"{n} \u00e9\u0001\U0001f600\n" for n in range(80_000))
BINARY = "head -c 200000 /dev/zero; head -c 200000 /dev/urandom; echo end"


def ended(process: Process) -> None:
    assert process.wait() == 0, process.errors()


def output(installation: Installation, session_id: str, output_id: str) -> bytes:
    query = "SELECT data FROM sessions_app_output WHERE session_id = ? AND id = ?"
    ((data,),) = installation.rows(query, session_id, output_id)
    return bytes(data)


def test_a_call_too_large_for_an_event_runs_and_is_resumed_whole(
    installation: Installation, sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    claude_says.says(
        reply(tool("toolu_1", "write_file", path="large.txt", content=CONTENT)),
        reply(text("Written. " + "x" * LIMIT)),
    )
    ended(claude_says.start("Write", "--permission-mode", "bypass"))
    assert (claude_says.workdir / "large.txt").read_text() == CONTENT
    sent = claude_says.heard()
    (session_id,) = sessions.ids()
    for line in sessions.lines(session_id):
        assert len(line.encode()) <= LIMIT
    (use,) = sessions.events(session_id, "tool_use")
    assert "characters left out" in use["input"]["content"]
    whole = json.loads(output(installation, session_id, use["wholeId"]))
    assert whole["input"] == {"path": "large.txt", "content": CONTENT}
    claude_says.says(reply(text("Yes.")))
    ended(claude_says.go_on(session_id, "Are you sure?"))
    again = claude_says.heard()
    assert again[: len(sent)] == sent
    assert again[len(sent)]["content"][-1]["text"] == "Written. " + "x" * LIMIT


def test_binary_output_of_any_size_does_no_harm(
    installation: Installation, sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    claude_says.says(
        reply(tool("toolu_1", "bash", command=BINARY)), reply(text("Odd."))
    )
    ended(claude_says.start("Look", "--permission-mode", "bypass", "--stdout"))
    (session_id,) = sessions.ids()
    (result,) = sessions.events(session_id, "tool_result")
    assert result["truncated"]
    assert result["output"].startswith("\0" * 100)
    assert result["output"].endswith("end")
    kept = output(installation, session_id, result["outputId"]).decode()
    assert kept.startswith("\0" * 200_000)
    assert kept.endswith("end\n")
    for line in sessions.lines(session_id):
        assert len(line.encode()) <= LIMIT
        assert encode(decode_event(line)) == line


def test_an_answer_to_a_large_call_is_asked_with_what_fits(
    sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    command = "true " + "'" + "\u0001" * 100_000 + "'"
    claude_says.says(reply(tool("toolu_1", "bash", command=command)))
    process = claude_says.start("Go")
    (session_id,) = until(sessions.ids)
    request = sessions.await_event(session_id, "approval_request")
    assert request["wholeId"]
    assert "characters left out" in request["input"]["command"]
    process.terminate()
    process.wait()
