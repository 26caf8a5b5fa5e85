import json
import os
from pathlib import Path

import pytest

from sessions_app.protocol.commands import Approve, Cancel, Interrupt, Prompt
from tests.installation import Installation
from tests.naive_fold import text_of
from tests.process import ROOT, until
from tests.runners.engines.stdio.conftest import Programs
from tests.runners.sessions import Sessions

# A program that ends when asked, and says so.
POLITE = """
echo '{"type":"text_delta","delta":"I begin. "}'
while read -r line; do
  case $line in
    *interrupt*|*cancel*)
      echo '{"type":"agent_complete","status":"interrupted"}'; exit 0;;
    *prompt*) echo '{"type":"text_delta","delta":"heard "}';;
  esac
done
"""
# One that hears nothing: no SIGTERM, no end of its stdin.
DEAF = """
trap '' TERM
echo '{"type":"text_delta","delta":"I begin. "}'
while :; do sleep 1; done
"""


def alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] not in {"Z", "X"}


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


def test_an_exit_code_fails_the_session_and_loses_nothing_before_it(
    programs: Programs, sessions: Sessions
) -> None:
    script = """
    echo '{"type":"text_delta","delta":"so far"}'
    echo "no more disk" >&2
    exit 3
    """
    process = programs.start(script)
    assert process.wait() == 1
    (session_id,) = sessions.ids()
    assert sessions.status(session_id) == "failed"
    (error,) = sessions.events(session_id, "error")
    assert error["code"] == "exit_code"
    assert "exited with 3" in error["message"]
    assert "no more disk" in error["message"]
    (text,) = sessions.events(session_id, "text")
    assert text["text"] == "so far"
    assert text["partial"]


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


def test_people_may_speak_to_it_and_stop_it(
    programs: Programs, sessions: Sessions
) -> None:
    process = programs.start(POLITE, "first words")
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "text_delta")
    said = sessions.tell(session_id, Prompt(text="and more"))
    until(lambda: text_of(sessions.events(session_id)).count("heard") == 2)
    assert sessions.is_applied(said)
    stop = sessions.tell(session_id, Interrupt())
    sessions.await_rest(session_id, "idle")
    assert sessions.is_applied(stop)
    assert process.wait() == 130, process.errors()


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


# It notes the prompts that it gets, in a file, until an interrupt comes.
NOTING = """
while read -r line; do
  echo "$line" >> heard
  case $line in
    *interrupt*) exit 0;;
    *first*) echo '{"type":"text_delta","delta":"I begin."}';;
    *last*) echo '{"type":"text_delta","delta":"I end."}'; exit 0;;
  esac
done
"""


def prompts(programs: Programs) -> list[str]:
    lines = (programs.workdir / "heard").read_text().splitlines()
    heard = [json.loads(line) for line in lines]
    return [line["text"] for line in heard if line["type"] == "prompt"]


def test_a_message_that_an_interrupt_follows_comes_with_the_next_run(
    programs: Programs, sessions: Sessions
) -> None:
    process = programs.start(NOTING, "first")
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "text_delta")
    said = sessions.tell(session_id, Prompt(text="second"))
    until(lambda: sessions.is_applied(said))
    sessions.tell(session_id, Interrupt())
    assert process.wait() == 130, process.errors()
    again = programs.go_on(session_id, "last")
    assert again.wait() == 0, again.errors()
    assert prompts(programs)[-2:] == ["second", "last"]


def test_a_run_that_goes_on_without_a_message_gets_what_was_stopped(
    programs: Programs, sessions: Sessions
) -> None:
    process = programs.start(NOTING, "first")
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "text_delta")
    sessions.tell(session_id, Interrupt())
    assert process.wait() == 130, process.errors()
    programs.write(NOTING.replace("*last*", "*first*").replace("*first*", "*never*", 1))
    again = programs.go_on(session_id)
    assert again.wait() == 0, again.errors()
    assert prompts(programs) == ["first", "first"]


def test_a_program_has_its_time_after_its_last_word_also_when_interrupted(
    programs: Programs, sessions: Sessions
) -> None:
    script = """
    echo '{"type":"text_delta","delta":"I begin."}'
    while read -r line; do case $line in *interrupt*) break;; esac; done
    sleep 2
    echo '{"type":"agent_complete","status":"interrupted"}'
    sleep 3
    touch tidied
    """
    process = programs.start(script, "go")
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "text_delta")
    sessions.tell(session_id, Interrupt())
    assert process.wait() == 130, process.errors()
    assert (programs.workdir / "tidied").exists()
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


def test_a_program_that_hears_nothing_is_killed_and_the_log_says_how(
    programs: Programs, sessions: Sessions
) -> None:
    process = programs.start(DEAF)
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "text_delta")
    sessions.tell(session_id, Cancel())
    sessions.await_rest(session_id, "cancelled")
    (error,) = sessions.events(session_id, "error")
    assert error["code"] == "program_hung"
    assert "SIGTERM, then SIGKILL" in error["message"]
    assert process.wait() == 130, process.errors()


def test_kill_9_of_the_runner_ends_the_program_and_the_session_goes_on(
    programs: Programs, sessions: Sessions
) -> None:
    pids = programs.workdir / "pids"
    script = f"""
    echo $$ >> {pids}
    read -r line
    echo "$line" >> lines
    echo '{{"type":"text_delta","delta":"half a "}}'
    [ -n "$RINGSIDE_RESUMED" ] || sleep 600
    """
    process = programs.start(script, "the task")
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "text_delta")
    process.kill()
    until(lambda: not alive(int(pids.read_text())))
    again = programs.go_on(session_id)
    assert again.wait() == 0, again.errors()
    texts = sessions.events(session_id, "text")
    assert [t["text"] for t in texts] == ["half a ", "half a "]
    assert texts[0]["partial"]
    assert len({t["block"] for t in texts}) == 2
    # What nobody has answered is asked again.
    prompt = {"type": "prompt", "text": "the task"}
    lines = (programs.workdir / "lines").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [prompt, prompt]


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


def test_a_program_that_is_not_there_is_named(
    installation: Installation, sessions: Sessions
) -> None:
    process = installation.start("runagent", "--exec", "no-such-program --fast")
    assert process.wait() == 1
    assert "there is no program no-such-program" in process.errors()
    assert sessions.ids() == []


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
