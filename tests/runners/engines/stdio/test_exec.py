import json
import os

import pytest

from sessions_app.protocol.commands import Approve, Prompt
from tests.naive_fold import text_of
from tests.runners.engines.stdio.conftest import Programs
from tests.runners.sessions import Sessions
from tests.servers.installation import Installation
from tests.servers.process import ROOT, until


def test_a_program_that_only_speaks_is_a_session(
    programs: Programs, sessions: Sessions
) -> None:
    script = """
    read -r prompt
    echo "heard $prompt" >&2
    echo '{"type":"text_delta","delta":"Hello "}'
    echo '{"type":"text_delta","delta":"world."}'
    """
    process = programs.start(script, "greet us")
    assert process.wait() == 0, process.errors()
    assert "Hello world." in process.output()
    (session_id,) = sessions.ids()
    assert sessions.status(session_id) == "completed"
    assert sessions.lease(session_id) == ""
    assert sessions.texts(session_id) == ["Hello world."]
    assert sessions.events(session_id, "user_message")[0]["text"] == "greet us"
    assert sessions.events(session_id, "agent_complete")[0]["status"] == "success"


def test_what_it_says_aside_is_kept_for_people(
    installation: Installation, programs: Programs, sessions: Sessions
) -> None:
    script = """
    read -r prompt
    echo "heard $prompt" >&2
    printf 'b\\000d \\377\\n' >&2
    """
    process = programs.start(script, "greet us")
    assert process.wait() == 0, process.errors()
    (session_id,) = sessions.ids()
    told = installation.manage("diagnostics", session_id)
    assert 'heard {"type":"prompt","text":"greet us"}' in told
    assert sessions.texts(session_id) == []


def test_bad_lines_are_told_with_their_numbers_and_the_run_goes_on(
    programs: Programs, sessions: Sessions
) -> None:
    script = """
    echo '{"type":"text_delta","sessionId":"me","delta":"one "}'
    echo 'npm warn deprecated'
    echo '{"type":"text_delta","sessionId":"you","delta":"two "}'
    printf '\\377\\376\\000\\n'
    echo '{"type":"status","status":"failed"}'
    head -c 9000000 /dev/zero | tr '\\000' x
    echo
    echo '{"type":"text_delta","sessionId":"me","delta":"three"}'
    """
    process = programs.start(script)
    assert process.wait() == 0, process.errors()
    (session_id,) = sessions.ids()
    errors = [e["message"] for e in sessions.events(session_id, "error")]
    assert [message.partition(":")[0] for message in errors] == [
        "line 2", "line 3", "line 4", "line 5", "line 6",
    ]  # fmt: skip
    for message, reason in zip(
        errors,
        ("not JSON", "sessionId: 'you' is neither", "not UTF-8", "status", "longer"),
        strict=True,
    ):
        assert reason in message
    assert sessions.texts(session_id) == ["one three"]
    assert sessions.status(session_id) == "completed"


def test_a_program_does_not_speak_for_people(
    programs: Programs, sessions: Sessions
) -> None:
    script = """
    echo '{"type":"approval","toolUseId":"a","decision":"approved","by":"admin"}'
    echo '{"type":"user_message","text":"Go","by":"admin","commandId":"1"}'
    """
    assert programs.start(script).wait() == 0
    (session_id,) = sessions.ids()
    (error,) = sessions.events(session_id, "error")
    assert "approval is the runner's to say" in error["message"]
    assert sessions.events(session_id, "approval") == []
    (message,) = sessions.events(session_id, "user_message")
    assert message["text"] == "Go"
    assert not message.keys() & {"by", "commandId"}


def test_an_endless_line_is_told_and_the_program_can_be_stopped(
    programs: Programs, sessions: Sessions
) -> None:
    process = programs.start("exec cat /dev/zero")
    (session_id,) = until(sessions.ids)
    assert "longer" in sessions.await_event(session_id, "error")["message"]
    process.interrupt()
    assert process.wait() == 130, process.errors()


def test_most_of_many_bad_lines_are_counted(
    programs: Programs, sessions: Sessions
) -> None:
    process = programs.start("yes log line | head -n 5000")
    assert process.wait() == 0, process.errors()
    (session_id,) = sessions.ids()
    *_, last = sessions.events(session_id, "error")
    assert len(sessions.events(session_id, "error")) == 101
    assert last["message"] == "4900 more lines could not be read"


def test_sub_agents_have_sessions_of_their_own(
    programs: Programs, sessions: Sessions
) -> None:
    script = """
    cat <<'LINES'
{"type":"agent_spawn","sessionId":"abc","childId":"def","task":"Write tests"}
{"type":"text_delta","sessionId":"def","delta":"I write."}
{"type":"agent_spawn","sessionId":"def","childId":"ghi","task":"Run tests"}
{"type":"text_delta","sessionId":"ghi","delta":"I run."}
{"type":"agent_complete","sessionId":"ghi","status":"success"}
{"type":"agent_complete","sessionId":"def","status":"success"}
{"type":"text_delta","sessionId":"def","delta":"too late"}
{"type":"text_delta","sessionId":"abc","delta":"All done."}
{"type":"agent_complete","sessionId":"abc","status":"success"}
LINES
    """
    process = programs.start(script)
    assert process.wait() == 0, process.errors()
    (root,) = [i for i in sessions.ids() if sessions.column(i, "parent_id") is None]
    child = sessions.child(root, "Write tests")
    grandchild = sessions.child(child, "Run tests")
    assert sessions.texts(child) == ["I write."]
    assert sessions.texts(grandchild) == ["I run."]
    assert sessions.texts(root) == ["All done."]
    (error,) = sessions.events(root, "error")
    assert "agent_complete has come before" in error["message"]
    for session_id in (root, child, grandchild):
        assert sessions.status(session_id) == "completed"
        assert sessions.lease(session_id) == ""
    (result,) = sessions.events(root, "tool_result")
    assert result["output"] == "I write."


# One whose turns have blocks under names of its own, and some without any.
OWN_NAMES = """
cat <<'LINES'
{"type":"turn_start"}
{"type":"text","block":"answer","text":"Hello"}
{"type":"tool_use","block":"call-a","tool":"Read","input":{}}
{"type":"tool_result","tool":"Read","output":"x"}
{"type":"turn_end"}
{"type":"turn_start"}
{"type":"text_delta","delta":"World"}
{"type":"turn_end"}
LINES
"""


def test_a_session_goes_on_whatever_its_program_calls_its_blocks(
    programs: Programs, sessions: Sessions
) -> None:
    process = programs.start(OWN_NAMES, "go")
    assert process.wait() == 0, process.errors()
    (session_id,) = sessions.ids()
    again = programs.go_on(session_id, "again")
    assert again.wait() == 0, again.errors()
    assert sessions.texts(session_id) == ["Hello", "World"] * 2
    assert not sessions.events(session_id, "error")


def test_a_program_is_told_the_model_that_a_person_names_and_no_other(
    programs: Programs, sessions: Sessions
) -> None:
    script = 'echo "${RINGSIDE_MODEL:-none}" >> models'
    assert programs.start(script).wait() == 0
    assert programs.start(script, "--model", "opus").wait() == 0
    assert programs.start(script, RINGSIDE_MODEL="mine").wait() == 0
    models = (programs.workdir / "models").read_text().split()
    assert models == ["none", "opus", "mine"]


def test_a_program_within_a_program_is_told_of_its_own_session(
    programs: Programs, sessions: Sessions
) -> None:
    """The variables of the outer session, which it inherits, are not its own."""
    script = 'echo "$RINGSIDE_SESSION_ID $RINGSIDE_PERMISSION_MODE[$RINGSIDE_RESUMED]"'
    outer = {
        "RINGSIDE_SESSION_ID": "s_outer",
        "RINGSIDE_PERMISSION_MODE": "bypass",
        "RINGSIDE_RESUMED": "1",
    }
    process = programs.start(f"{script} > told", **outer)
    assert process.wait() == 0, process.errors()
    (session_id,) = sessions.ids()
    told = (programs.workdir / "told").read_text()
    assert told == f"{session_id} default[]\n"


@pytest.mark.parametrize(
    "option", ["--budget-usd=1", "--budget-turns=3", "--effort=low", "--allow=grep"]
)
def test_what_cannot_hold_a_program_is_refused_instead_of_ignored(
    programs: Programs, sessions: Sessions, option: str
) -> None:
    process = programs.start("touch started", option)
    assert process.wait() == 1
    assert f"{option.partition('=')[0]} is for Claude" in process.errors()
    assert not (programs.workdir / "started").exists()
    assert sessions.ids() == []


def test_what_a_program_says_it_has_cost_is_what_its_session_cost(
    programs: Programs, sessions: Sessions
) -> None:
    script = """
    cat <<'LINES'
{"type":"turn_start","messageId":"m","model":"claude-opus-5-5"}
{"type":"turn_end","messageId":"m","usage":{"inputTokens":1000,"outputTokens":10}}
{"type":"agent_complete","status":"success","costUsd":0.25,"pricedTokens":7}
LINES
    """
    process = programs.start(script)
    assert process.wait() == 0, process.errors()
    (session_id,) = sessions.ids()
    (end,) = sessions.events(session_id, "agent_complete")
    assert (end["costUsd"], end["restCostUsd"], end["pricedTokens"]) == (
        0.25,
        0.25,
        1010,
    )
    assert end["usage"]["inputTokens"] == 1000
    assert float(sessions.column(session_id, "cost_usd")) == 0.25
    usage = json.loads(sessions.column(session_id, "usage"))
    assert (usage["inputTokens"], usage["outputTokens"]) == (1000, 10)


def test_nothing_but_a_command_line_starts_a_program(
    installation: Installation, programs: Programs, sessions: Sessions
) -> None:
    process = programs.start("echo started >> starts", "go")
    assert process.wait() == 0, process.errors()
    (session_id,) = sessions.ids()
    sessions.tell(session_id, Prompt(text="again"))  # past the page, which refuses it
    queue = installation.start("runagent", "--queue")
    other = sessions.queue("hello")
    sessions.await_rest(other, "completed")
    queue.terminate()
    assert queue.wait() == 0, queue.errors()
    assert sessions.status(session_id) == "queued"
    assert (programs.workdir / "starts").read_text() == "started\n"


def test_the_example_runner_asks_and_answers(
    installation: Installation, programs: Programs, sessions: Sessions
) -> None:
    (programs.workdir / 'a "quoted" name').touch()
    example = ROOT / "docs" / "examples" / "runner.sh"
    assert len(example.read_text().splitlines()) <= 36
    process = installation.start(
        "runagent", "What is here?", "--exec", f"sh {example}",
        "--workdir", str(programs.workdir),
    )  # fmt: skip
    (session_id,) = until(sessions.ids)
    request = sessions.await_event(session_id, "approval_request")
    sessions.await_status(session_id, "waiting")
    sessions.tell(session_id, Approve(tool_use_id=request["toolUseId"]))
    assert process.wait() == 0, process.errors()
    (result,) = sessions.events(session_id, "tool_result")
    assert result["output"] == 'a "quoted" name'
    assert text_of(sessions.events(session_id)) == "I look at what is here.1 entries."


def test_its_keys_are_its_own_and_our_servers_are_not(
    programs: Programs, sessions: Sessions
) -> None:
    process = programs.start("env >&2; env > seen", ANTHROPIC_API_KEY="sk-mine")
    assert process.wait() == 0, process.errors()
    seen = (programs.workdir / "seen").read_text()
    assert "ANTHROPIC_API_KEY=sk-mine" in seen
    assert "DATABASE_URL" not in seen
    assert f"RINGSIDE_SESSION_ID={sessions.ids()[0]}" in seen
    assert os.environ.get("HOME", "") in seen
