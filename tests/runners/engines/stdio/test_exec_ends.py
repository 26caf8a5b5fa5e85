import json
from pathlib import Path

from sessions_app.protocol.commands import Cancel, Interrupt
from tests.runners.engines.stdio.conftest import Programs
from tests.runners.sessions import Sessions
from tests.servers.installation import Installation
from tests.servers.process import until

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


def test_a_program_has_its_time_after_its_last_word_however_it_is_stopped(
    programs: Programs, sessions: Sessions
) -> None:
    script = """
    echo '{"type":"text_delta","delta":"I begin."}'
    while read -r line; do case $line in *interrupt*|*cancel*) break;; esac; done
    sleep 2
    [ -n "$CLOSES" ] || echo '{"type":"agent_complete","status":"interrupted"}'
    [ -z "$CLOSES" ] || exec >&-
    sleep 3
    touch tidied-$RINGSIDE_SESSION_ID
    """
    # The last one closes its stdout instead of saying that it ends.
    environments: list[dict[str, str]] = [{}, {}, {}, {"CLOSES": "1"}]
    processes, begun = [], list[str]()
    for env in environments:
        processes.append(programs.start(script, "go", **env))
        begun += until(lambda: {*sessions.ids()} - {*begun})  # noqa: B023
        sessions.await_event(begun[-1], "text_delta")
    interrupted, cancelled, _, closing = begun
    sessions.tell(interrupted, Interrupt())
    sessions.tell(cancelled, Cancel())
    processes[2].interrupt()  # Ctrl+C at its terminal
    sessions.tell(closing, Interrupt())
    for process, session_id in zip(processes, begun, strict=True):
        assert process.wait() == 130, process.errors()
        assert (programs.workdir / f"tidied-{session_id}").exists()
        assert not sessions.events(session_id, "error")


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


def test_a_program_that_is_not_there_is_named(
    installation: Installation, sessions: Sessions
) -> None:
    process = installation.start("runagent", "--exec", "no-such-program --fast")
    assert process.wait() == 1
    assert "there is no program no-such-program" in process.errors()
    assert sessions.ids() == []
