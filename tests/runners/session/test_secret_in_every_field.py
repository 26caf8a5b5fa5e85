"""Each tool and each field is given a secret; then all that is stored is searched."""

import json
import sys
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from sessions_app.protocol.encoding.codec import EVENT_TYPES, encode
from tests.runners.engines.claude_api.wire import reply, text, tool
from tests.runners.scripted import ScriptedClaude
from tests.runners.sessions import Sessions
from tests.servers.installation import Installation
from tests.servers.process import until
from tests.sessions_app.masking.filled_event import filled

BYPASS = ("--permission-mode", "bypass")
PROGRAM = """
import json, sys
secret = lambda tag: "sk-" + "ant-api03-" + tag * 8
def say(**event): print(json.dumps(event), flush=True)
print(secret("STDERR"), file=sys.stderr)
print("\\\\n" * 10, "x" * 70000, secret("DROWNED"), file=sys.stderr)
print('{"type": "no json ' + "x" * 80 + secret("BADLINE"))
say(type="text", text="argument " + str(sys.argv[1:] == [secret("ARGUMENT")]))
say(type=secret("EVENTTYPE")[:60], words={secret("UNKNOWNKEY"): [secret("UNKNOWN")]})
say(type="text_delta", delta="it is " + secret("PROSE")[:20])
say(type="text_delta", delta=secret("PROSE")[20:])
say(type="thinking", text=secret("THOUGHT"))
say(type="turn_start", model=secret("MODEL"))
say(type="tool_use", tool=secret("TOOL"), input={"a": secret("INPUT")}, toolUseId="t1")
say(type="agent_spawn", childId="kid", task=secret("TASK"), toolUseId="t1")
say(type="user_message", sessionId="kid", text=secret("KIDSAYS"))
say(type="todo_update", items=[{"text": secret("TODO"), "status": secret("STATUS")}])
say(type="tool_output_delta", delta=secret("OUTDELTA"), toolUseId="t1", offset=0)
say(type="tool_result", tool=secret("TOOL"), output=secret("OUTPUT"), toolUseId="t1")
say(type="agent_info", agent=secret("AGENT"), version=secret("VERSION"),
    title=secret("TITLE"))
choice = {"value": secret("CHOICE"), "name": secret("CHOICENAME")}
say(type="config_options", options=[{"id": "m", "name": secret("OPTION"),
    "current": secret("CURRENT"), "choices": [choice]}])
say(type="available_commands", commands=[{"name": "c", "hint": secret("HINT")}])
say(type="memory_gap", reason=secret("GAP"), text=secret("FORGOTTEN"))
diff = {"path": secret("DIFFPATH"), "oldText": secret("OLD"), "newText": secret("NEW")}
say(type="tool_use", tool="Edit", title=secret("CALLTITLE"), toolUseId="t2",
    locations=[{"path": secret("LOCATION")}], diffs=[diff])
say(type="tool_update", toolUseId="t2", title=secret("UPDATE"), diffs=[diff])
say(type="tool_result", tool="Edit", toolUseId="t2", output="",
    content=[{"kind": "text", "text": secret("CONTENT")}])
say(type="tool_use", tool="Ask", toolUseId="t3")
say(type="approval_request", toolUseId="t3", title=secret("ASKTITLE"),
    plan=secret("PLAN"), questions=[{"id": "q", "text": secret("QUESTION")}],
    options=[{"id": secret("OPTIONID"), "name": "n", "kind": "allow_once"}])
say(type="error", code=secret("CODE"), message=secret("MESSAGE"), fatal=False)
say(type="retry", attempt=1, delayMs=1, error=secret("RETRY"))
sys.exit(secret("LASTWORDS"))
"""


def secret(tag: str) -> str:
    return "sk-" + "ant-api03-" + tag * 8


def leaks(directory: Path, tags: list[str], *without: str) -> list[tuple[str, str]]:
    """Find secrets in the files of an installation; `without` are an agent's own."""
    pieces = {tag: (tag * 3).encode() for tag in tags}
    return [
        (path.name, tag)
        for path in directory.rglob("*")
        if path.is_file() and not {*path.relative_to(directory).parts} & {*without}
        for data in [path.read_bytes()]
        for tag, piece in pieces.items()
        if piece in data
    ]


def export(installation: Installation, session_id: str) -> None:
    for kind in ("jsonl", "md", "html"):
        path = installation.directory / f"export.{kind}"
        installation.manage(
            "export", session_id, "--format", kind, "--output", str(path)
        )


def fetch_pages(installation: Installation, session_id: str) -> None:
    served = installation.serve()
    own = [f"/sessions/{session_id}/{end}" for end in ("", "transcript/", "events")]
    with closing(installation.sign_in(served.url)) as client:
        for number, path in enumerate(("/", "/inbox/asks", "/search/?q=sk-ant", *own)):
            answer = client.get(path)
            assert answer.status_code == 200, path
            (installation.directory / f"page{number}").write_text(answer.text)


def test_no_secret_that_tools_are_given_or_say_is_stored_in_clear(
    installation: Installation, sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    claude = claude_says
    (claude.workdir / "file").write_text(f"1\n{secret('READ')}\n{secret('EDITOLD')}\n")
    todo = {"text": secret("TODO"), "status": "pending"}
    claude.says(
        reply(
            text(f"I use {secret('CLAUDE')}."),
            tool("t1", "todo_write", items=[todo]),
            tool("t2", "read_file", path="file"),
            tool("t3", "grep", pattern=secret("GREP")),
            tool("t4", "glob", pattern=secret("GLOB")),
            tool("t5", "write_file", path=secret("PATH"), content=secret("WRITE")),
            tool("t6", secret("TOOLNAME")[:60], a=secret("UNKNOWNTOOL")),
            tool("t7", "read_file", no=secret("WRONGINPUT")),
        ),
        reply(
            tool("t8", "edit_file", path="file", old_string=secret("EDITOLD"),
                 new_string=secret("EDITNEW")),
            tool("t9", "bash", command=f"echo {secret('ECHO')}; seq 90000; "
                 f"echo {secret('STDERR')} >&2; printf 'a\\t{secret('TABBED')}'"),
            tool("t10", "spawn_agent", description=secret("TITLE"),
                 prompt=f"do\n{secret('CHILDPROMPT')}"),
        ),
        reply(text(f"The child used {secret('CHILDSAYS')}")),
        reply(text("Done.")),
    )  # fmt: skip
    process = claude.start(f"Take {secret('PROMPT')}", *BYPASS)
    assert process.wait() == 0, process.errors()
    (root,) = [i for i in sessions.ids() if not sessions.column(i, "parent_id")]
    claude.says(reply(text("Yes.")))
    again = claude.go_on(root, f"And {secret('FOLLOWUP')}")
    assert again.wait() == 0, again.errors()
    assert secret("FOLLOWUP") in json.dumps(claude.heard())
    assert secret("PROMPT") in json.dumps(claude.heard())
    export(installation, root)
    fetch_pages(installation, root)
    tags = [
        "CLAUDE", "TODO", "READ", "GREP", "GLOB", "PATH", "WRITE", "TOOLNAME",
        "UNKNOWNTOOL", "WRONGINPUT", "EDITOLD", "EDITNEW", "ECHO", "STDERR", "TABBED",
        "TITLE", "CHILDPROMPT", "CHILDSAYS", "PROMPT", "FOLLOWUP",
    ]  # fmt: skip
    assert leaks(installation.directory, tags, "work") == []


def test_no_secret_of_an_approval_is_stored_in_clear(
    installation: Installation, sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    header = f"curl -H 'x-api-key: {secret('RULE')}' http://127.0.0.1:1/"
    claude_says.says(reply(tool("t1", "bash", command=header)), reply(text("Done.")))
    process = claude_says.start("Go")
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "approval_request")
    edited = {"command": f"true {secret('EDITED')}"}
    served = installation.serve()
    with closing(installation.sign_in(served.url)) as client:
        page = client.get(f"/sessions/{session_id}/").text
        token = page.partition('csrfmiddlewaretoken" value="')[2].partition('"')[0]
        answer = client.post(
            f"/api/v1/sessions/{session_id}/commands",
            content=json.dumps({"type": "approve", "toolUseId": "t1", "input": edited}),
            headers={
                "Content-Type": "application/json",
                "Idempotency-Key": "k1",
                "X-CSRFToken": token,
            },
        )
    assert answer.status_code == 202, answer.text
    assert process.wait() == 0, process.errors()
    (result,) = sessions.events(session_id, "tool_result")
    assert not result["isError"], result
    export(installation, session_id)
    assert leaks(installation.directory, ["RULE", "EDITED"], "work") == []


def test_no_secret_that_a_program_says_is_stored_in_clear(
    installation: Installation, sessions: Sessions
) -> None:
    program = installation.directory / "work"
    program.mkdir()
    (program / "agent.py").write_text(PROGRAM)
    command = f"{sys.executable} {program / 'agent.py'} {secret('ARGUMENT')}"
    process = installation.start("runagent", "--exec", command, secret("SAID"))
    process.wait()
    (root,) = [i for i in sessions.ids() if not sessions.column(i, "parent_id")]
    (error,) = sessions.events(root, "error")[-1:]
    assert "it last said: " in error["message"]
    again = installation.start("runagent", "--session", root, secret("LATER"))
    again.wait()
    texts = [text for text in sessions.texts(root) if text.startswith("argument")]
    assert texts == ["argument True", "argument True"]
    export(installation, root)
    fetch_pages(installation, root)
    tags = [
        "STDERR", "DROWNED", "BADLINE", "EVENTTYPE", "UNKNOWNKEY", "UNKNOWN", "PROSE",
        "THOUGHT", "MODEL", "TOOL", "INPUT", "TASK", "KIDSAYS", "TODO", "STATUS",
        "OUTDELTA", "OUTPUT", "CODE", "MESSAGE", "RETRY", "LASTWORDS", "SAID",
        "ARGUMENT", "LATER", "AGENT", "VERSION", "CHOICE", "CHOICENAME", "OPTION",
        "CURRENT", "HINT", "GAP", "FORGOTTEN", "DIFFPATH", "OLD", "NEW", "CALLTITLE",
        "LOCATION", "UPDATE", "CONTENT", "ASKTITLE", "PLAN", "QUESTION", "OPTIONID",
    ]  # fmt: skip
    assert leaks(installation.directory, tags, "work") == []


def lines_with(secret: str) -> str:
    """A line of every event type, with the secret in every text of it, ids included."""
    lines = []
    last = "agent_complete"  # ends the session
    for name in sorted(EVENT_TYPES, key=lambda name: name == last):
        kind = EVENT_TYPES[name]
        line = json.loads(encode(filled(kind, secret)))
        for field in msgspec.structs.fields(kind):
            if field.type is str and field.name != "session_id":
                line[field.encode_name] = secret
        del line["sessionId"]
        lines.append(json.dumps({**line, "type": name}))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("door", ["exec", "ingest"])
def test_no_field_of_any_event_type_brings_a_secret_into_the_log(
    installation: Installation, sessions: Sessions, door: str
) -> None:
    work = installation.directory / "work"
    work.mkdir()
    (work / "lines").write_text(lines_with(secret("FIELD")))
    if door == "exec":
        words = ["runagent", "--exec", f"cat {work / 'lines'}", "Go"]
    else:
        words = ["ingest", str(work / "lines")]
    process = installation.start(*words)
    process.wait()
    (root, *_) = [i for i in sessions.ids() if not sessions.column(i, "parent_id")]
    told = {event["type"] for event in sessions.events(root)}
    assert {"tool_use", "text", "thinking", "config_options", "memory_gap"} <= told
    export(installation, root)
    fetch_pages(installation, root)
    assert leaks(installation.directory, ["FIELD"], "work") == []


def test_a_message_at_the_start_form_is_masked_and_reaches_the_agent(
    installation: Installation, sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    installation.env |= claude_says.env
    served = installation.serve()
    claude_says.says(reply(text("Yes.")))
    with closing(installation.sign_in(served.url)) as client:
        page = client.get("/").text
        token = page.partition('csrfmiddlewaretoken" value="')[2].partition('"')[0]
        client.post(
            "/sessions/",
            data={
                "csrfmiddlewaretoken": token,
                "prompt": f"Use {secret('TYPED')}",
                "workdir": "",
                "permission_mode": "plan",
            },
        )
    (session_id,) = until(sessions.ids)
    sessions.await_rest(session_id, "completed")
    assert secret("TYPED") in json.dumps(claude_says.heard())
    assert leaks(installation.directory, ["TYPED"], "work") == []


def test_a_rule_with_a_secret_is_refused(installation: Installation) -> None:
    rule = f"bash(curl {secret('ALLOWED')})"
    process = installation.start("runagent", "Go", "--allow", rule)
    assert process.wait() != 0
    assert "write * instead" in process.errors()
    assert leaks(installation.directory, ["ALLOWED"]) == []
