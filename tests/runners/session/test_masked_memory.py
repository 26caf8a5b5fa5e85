"""What the log covers with stars, the session's agent still knows."""

import json
from pathlib import Path
from typing import Any

from sessions_app.protocol.commands import Approve
from tests.runners.engines.claude_api.wire import reply, text, tool
from tests.runners.scripted import ScriptedClaude
from tests.runners.sessions import Sessions
from tests.servers.installation import Installation
from tests.servers.process import Process, until
from tests.sessions_app.masking.keys import GITHUB, GITHUB_COVERED

ENV = f"GITHUB={GITHUB}\nPORT=8000\n"
ELSEWHERE = {"SECRET_KEY": "the-key-of-another-installation"}
BYPASS = ("--permission-mode", "bypass")


def ended(process: Process) -> None:
    assert process.wait() == 0, process.errors()


def results(sessions: Sessions, session_id: str) -> dict[str, str]:
    found = sessions.events(session_id, "tool_result")
    return {event["toolUseId"]: event["output"] for event in found}


def read_env(claude: ScriptedClaude, **env: str) -> Path:
    """Have an agent read a file with a secret, and come to its end."""
    path = claude.workdir / ".env"
    path.write_text(ENV)
    claude.says(reply(tool("toolu_1", "read_file", path=".env")), reply(text("Read.")))
    ended(claude.start("Read .env", *BYPASS, **env))
    return path


def test_a_follow_up_knows_what_the_agent_knew_before(
    installation: Installation, sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    path = read_env(claude_says)
    sent = claude_says.heard()
    (session_id,) = sessions.ids()
    assert GITHUB_COVERED in results(sessions, session_id)["toolu_1"]
    changed = ENV.replace("8000", "9000")
    claude_says.says(
        reply(tool("toolu_2", "write_file", path=".env", content=changed)),
        reply(text("Done.")),
    )
    ended(claude_says.go_on(session_id, "Set PORT to 9000"))
    again = claude_says.heard()
    assert again[: len(sent)] == sent
    assert GITHUB in json.dumps(sent)
    assert path.read_text() == changed
    for line in sessions.lines(session_id):
        assert GITHUB not in line


def test_what_another_installation_has_masked_is_marked_and_never_written(
    sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    path = read_env(claude_says, **ELSEWHERE)
    (session_id,) = sessions.ids()
    masked = ENV.replace(GITHUB, GITHUB_COVERED)
    claude_says.says(
        reply(
            tool("toolu_2", "write_file", path=".env", content=masked),
            tool(
                "toolu_3", "edit_file", path=".env", old_string="a", new_string=masked
            ),
            tool("toolu_4", "bash", command=f"echo {GITHUB_COVERED} > stars"),
            tool("toolu_5", "read_file", path=".env"),
        ),
        reply(tool("toolu_6", "write_file", path="copy", content=ENV)),
        reply(text("Done.")),
    )
    ended(claude_says.go_on(session_id, "Copy it"))
    known = json.dumps(claude_says.heard())
    assert "Read it again before you use it" in known
    said = results(sessions, session_id)
    for call in ("toolu_2", "toolu_3", "toolu_4"):
        assert "Read it again" in said[call]
    assert path.read_text() == ENV
    assert not (claude_says.workdir / "stars").exists()
    assert (claude_says.workdir / "copy").read_text() == ENV


def test_stars_that_a_file_really_holds_may_be_written(
    sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    path = read_env(claude_says, **ELSEWHERE)
    (session_id,) = sessions.ids()
    path.write_text(f"{GITHUB_COVERED}\n")
    claude_says.says(
        reply(tool("toolu_2", "read_file", path=".env")),
        reply(tool("toolu_3", "write_file", path="copy", content=GITHUB_COVERED)),
        reply(text("Done.")),
    )
    ended(claude_says.go_on(session_id, "Copy it"))
    assert (claude_says.workdir / "copy").read_text() == GITHUB_COVERED


def test_a_redacted_word_is_never_written_as_stars(
    installation: Installation, sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    path = claude_says.workdir / "notes"
    path.write_text("the word is elephantine, they say\n")
    claude_says.says(
        reply(tool("toolu_1", "read_file", path="notes")), reply(text("R"))
    )
    ended(claude_says.start("Read it", *BYPASS))
    (session_id,) = sessions.ids()
    installation.manage("redact", session_id, "--text", "elephantine")
    stars = f"the word is {'*' * 11}, they say\n"
    claude_says.says(
        reply(tool("toolu_2", "write_file", path="notes", content=stars)),
        reply(text("Done.")),
    )
    ended(claude_says.go_on(session_id, "Write it"))
    assert "Read it again" in results(sessions, session_id)["toolu_2"]
    assert "elephantine" not in json.dumps(claude_says.heard())


def test_a_call_that_was_asked_about_runs_unmasked_after_a_kill(
    sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    command = f"printf %s {GITHUB} > out"
    claude_says.says(reply(tool("toolu_1", "bash", command=command)))
    process = claude_says.start("Go")
    (session_id,) = until(sessions.ids)
    request = sessions.await_event(session_id, "approval_request")
    assert request["masked"]
    assert request["input"] == {"command": f"printf %s {GITHUB_COVERED} > out"}
    sessions.await_status(session_id, "waiting")
    process.kill()
    claude_says.says(reply(text("Done.")))
    sessions.tell(session_id, Approve(tool_use_id="toolu_1"))
    ended(claude_says.go_on(session_id))
    assert (claude_says.workdir / "out").read_text() == GITHUB


def test_an_edit_of_a_masked_call_leaves_its_secret_as_it_was(
    sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    claude_says.says(
        reply(tool("toolu_1", "bash", command=f"printf %s {GITHUB} > out")),
        reply(text("Done.")),
    )
    process = claude_says.start("Go")
    (session_id,) = until(sessions.ids)
    shown = sessions.await_event(session_id, "approval_request")["input"]
    edited = {"command": shown["command"].replace("> out", "> other")}
    sessions.tell(session_id, Approve(tool_use_id="toolu_1", input=edited))
    ended(process)
    assert (claude_says.workdir / "other").read_text() == GITHUB
    (approval,) = sessions.events(session_id, "approval")
    assert approval["input"] == edited


def test_allowing_a_command_with_a_secret_makes_no_rule(
    installation: Installation, sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    claude_says.says(
        reply(tool("toolu_1", "bash", command=f"echo {GITHUB}")), reply(text("Done."))
    )
    process = claude_says.start("Go")
    (session_id,) = until(sessions.ids)
    request = sessions.await_event(session_id, "approval_request")
    assert "rule" not in request
    sessions.tell(session_id, Approve(tool_use_id="toolu_1", scope="session"))
    ended(process)
    assert json.loads(sessions.column(session_id, "rules") or "{}") == {}


def test_a_sub_agent_is_told_the_secret_that_its_row_has_masked(
    sessions: Sessions, claude_says: ScriptedClaude
) -> None:
    told = f"use {GITHUB}"
    claude_says.says(
        reply(tool("toolu_1", "spawn_agent", description=told, prompt=told)),
        reply(text("Sub-agent done.")),
        reply(text("Done.")),
    )
    ended(claude_says.start("Go", *BYPASS))
    (child,) = [i for i in sessions.ids() if sessions.column(i, "parent_id")]
    covered = f"use {GITHUB_COVERED}"
    assert sessions.column(child, "title") == covered
    assert sessions.column(child, "prompt") == covered
    (said,) = sessions.events(child, "user_message")
    assert said["text"] == covered
    assert told in all_that_claude_heard(claude_says)


def all_that_claude_heard(claude: ScriptedClaude) -> str:
    bodies: list[Any] = [json.loads(body) for body in claude.bodies()]
    return json.dumps(bodies)
