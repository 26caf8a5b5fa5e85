import json
import os
import subprocess
import sys
from pathlib import Path

from tests.naive_fold import text_of
from tests.runners.sessions import Sessions
from tests.servers.installation import Installation
from tests.servers.process import ROOT, until

# As an article that the protocol comes from prints them.
NINE = """\
{"type":"text_delta","sessionId":"abc","delta":"Let me "}
{"type":"text_delta","sessionId":"abc","delta":"look at it."}
{"type":"thinking_delta","sessionId":"abc","delta":"Where?"}
{"type":"tool_use","sessionId":"abc","tool":"Read","input":{"path":"main.go"}}
{"type":"tool_result","sessionId":"abc","tool":"Read","output":"package main"}
{"type":"agent_spawn","sessionId":"abc","childId":"def","task":"Write tests"}
{"type":"text_delta","sessionId":"def","delta":"I write."}
{"type":"agent_complete","sessionId":"def","status":"success"}
{"type":"agent_complete","sessionId":"abc","status":"success"}
"""


def ingest(
    installation: Installation, path: Path, *words: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", "ingest", str(path), *words],
        cwd=ROOT,
        env=installation.env,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_nine_lines_of_the_article_are_accepted(
    installation: Installation, sessions: Sessions
) -> None:
    path = installation.directory / "nine.jsonl"
    path.write_text(NINE)
    done = ingest(installation, path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    (root,) = [i for i in sessions.ids() if sessions.column(i, "parent_id") is None]
    assert sessions.column(root, "title") == "nine.jsonl"
    events = sessions.events(root)
    assert text_of(events) == "Let me look at it."
    assert [e["text"] for e in events if e["type"] == "thinking"] == ["Where?"]
    assert [e["tool"] for e in events if e["type"] == "tool_use"] == ["Read", "agent"]
    results = [e["output"] for e in events if e["type"] == "tool_result"]
    assert results == ["package main", "I write."]
    assert sessions.texts(sessions.child(root, "Write tests")) == ["I write."]
    assert {sessions.status(i) for i in sessions.ids()} == {"completed"}


def test_bad_lines_are_named_by_number_and_the_others_taken(
    installation: Installation, sessions: Sessions
) -> None:
    path = installation.directory / "lines.jsonl"
    path.write_text('{"type":"text_delta","delta":"a"}\n\n{"type":\n{"type":"text"}\n')
    done = ingest(installation, path, "--title", "Night run")
    assert done.returncode == 1
    first, second = done.stderr.splitlines()
    assert first.startswith("line 3: not JSON")
    assert second.startswith("line 4: text: is missing")
    (session_id,) = sessions.ids()
    assert sessions.column(session_id, "title") == "Night run"
    assert sessions.texts(session_id) == ["a"]
    assert sessions.status(session_id) == "completed"
    # More may be added, and a program's session is no place for it.
    assert ingest(installation, path, "--session", session_id).returncode == 1
    assert sessions.texts(session_id) == ["a", "a"]
    sessions.set(session_id, engine="exec")
    refused = ingest(installation, path, "--session", session_id)
    assert "no recording" in refused.stderr


def test_a_log_of_ours_comes_back_as_it_was(
    installation: Installation, sessions: Sessions
) -> None:
    run = installation.start("runagent", "--stdout", "[scenario: parallel]")
    assert run.wait() == 0, run.errors()
    (first,) = sessions.ids()
    path = installation.directory / "log.jsonl"
    path.write_text("".join(f"{line}\n" for line in sessions.lines(first)))
    done = ingest(installation, path)
    assert done.returncode == 0, done.stderr
    (copy,) = set(sessions.ids()) - {first}
    kept = ("text", "thinking", "tool_use", "tool_result", "turn_end")
    for theirs, ours in zip(
        sessions.events(first, *kept), sessions.events(copy, *kept), strict=True
    ):
        for own in ("sessionId", "seq", "pace"):
            theirs.pop(own, None)
            ours.pop(own, None)
        assert ours == theirs


def test_stdin_is_shown_as_it_comes(
    installation: Installation, sessions: Sessions
) -> None:
    with subprocess.Popen(
        [sys.executable, "manage.py", "ingest", "-"],
        cwd=ROOT,
        env=installation.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        line = {"type": "text_delta", "delta": "first "}
        os.write(process.stdin.fileno(), json.dumps(line).encode() + b"\n")
        (session_id,) = until(sessions.ids)
        assert sessions.await_event(session_id, "text_delta")["delta"] == "first "
        assert sessions.status(session_id) == "running"
        _, errors = process.communicate(b'{"type":"text_delta","delta":"last"}')
        assert process.returncode == 0, errors
    assert sessions.texts(session_id) == ["first last"]


def test_a_file_that_is_not_there_is_named(installation: Installation) -> None:
    done = ingest(installation, installation.directory / "nowhere")
    assert done.returncode == 1
    assert "No such file" in done.stderr


def test_a_log_of_two_runs_is_taken_whole(
    installation: Installation, sessions: Sessions
) -> None:
    path = installation.directory / "runs.jsonl"
    runs = [
        {"type": "text_delta", "delta": "one"},
        {"type": "agent_complete", "status": "success"},
        {"type": "status", "status": "completed"},
        {"type": "user_message", "text": "again"},
        {"type": "text_delta", "delta": "two"},
        {"type": "agent_complete", "status": "error"},
        {"type": "status", "status": "failed"},
    ]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in runs))
    done = ingest(installation, path)
    assert done.stderr == ""
    (session_id,) = sessions.ids()
    assert sessions.texts(session_id) == ["one"]
    ends = sessions.events(session_id, "agent_complete")
    assert [end["status"] for end in ends] == ["success", "error"]
    assert sessions.statuses(session_id) == ["running", "failed"]
    assert sessions.status(session_id) == "failed"
