import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.runners.sessions import DELTAS, Sessions
from tests.servers.installation import Installation
from tests.servers.process import ROOT, Process, until

CODING = "write a small program [scenario: coding]"


@pytest.fixture
def simulator(installation: Installation) -> Iterator[str]:
    """The address of a server that speaks as Claude's does."""
    command = ["-m", "runners.simulator", "--rate", "0"]
    process = Process(command, installation.env, installation.directory)
    yield process.prints("listening on ").split()[-1]
    process.end()


def test_a_run_prints_its_log_line_for_line(
    installation: Installation, sessions: Sessions
) -> None:
    process = installation.start("runagent", "--stdout", "[scenario: subagents]")
    assert process.wait() == 0, process.errors()
    printed = process.output().splitlines()
    assert len(sessions.ids()) == 6
    for session_id in sessions.ids():
        lines = [
            line for line in printed if json.loads(line)["sessionId"] == session_id
        ]
        seqs = [json.loads(line)["seq"] for line in lines]
        assert seqs == list(range(1, len(seqs) + 1))
        # Deltas may have been swept from the log, but nothing else.
        stored = sessions.lines(session_id)
        assert set(stored) <= set(lines)
        kept = [line for line in lines if json.loads(line)["type"] not in DELTAS]
        assert [line for line in stored if line in set(kept)] == kept


def test_without_a_terminal_stdout_is_the_log_and_nothing_else(
    installation: Installation, sessions: Sessions
) -> None:
    process = installation.start("runagent", CODING, RINGSIDE_OUTPUT="auto")
    assert process.wait() == 0, process.errors()
    (session_id,) = sessions.ids()
    printed = [json.loads(line) for line in process.output().splitlines()]
    assert {event["sessionId"] for event in printed} == {session_id}
    assert [event["seq"] for event in printed] == list(range(1, len(printed) + 1))


def test_a_terminal_that_lacks_letters_ends_no_session(
    installation: Installation, sessions: Sessions
) -> None:
    words = ["runagent", "[scenario: unicode rate=0]"]
    env = {"PYTHONIOENCODING": "ascii"}
    shown = installation.start(*words, RINGSIDE_OUTPUT="text", **env)
    assert shown.wait() == 0, shown.errors()
    assert "\\U0001f" in shown.output()
    lines = installation.start(*words, RINGSIDE_OUTPUT="json", **env)
    assert lines.wait() == 0, lines.errors()
    printed = lines.output().splitlines()
    session_id = json.loads(printed[0])["sessionId"]
    assert set(sessions.lines(session_id)) <= set(printed)
    exported = installation.start("export", session_id, **env)
    assert exported.wait() == 0, exported.errors()
    assert set(sessions.lines(session_id)) < set(exported.output().splitlines())


def test_a_run_is_shown_to_people_and_says_how_to_go_on(
    installation: Installation, sessions: Sessions
) -> None:
    process = installation.start("runagent", CODING, "--title", "Shares")
    assert process.wait() == 0, process.errors()
    shown = process.output()
    (session_id,) = sessions.ids()
    assert shown.startswith("SIMULATED")
    assert "\x1b" not in shown
    for text in sessions.texts(session_id):
        assert text.strip("\n") in shown
    *_, last = shown.splitlines()
    assert f"/sessions/{session_id}/" in last
    assert f"runagent --session {session_id}" in last
    assert sessions.column(session_id, "title") == "Shares"


def test_usage_and_cost_are_summed_in_the_row(
    installation: Installation, sessions: Sessions
) -> None:
    assert installation.start("runagent", CODING).wait() == 0
    (session_id,) = sessions.ids()
    turns = sessions.events(session_id, "turn_end")
    usage = json.loads(sessions.column(session_id, "usage"))
    assert len(turns) > 3
    assert usage["outputTokens"] == sum(t["usage"]["outputTokens"] for t in turns)
    cost = float(sessions.column(session_id, "cost_usd"))
    assert cost == pytest.approx(sum(turn["costUsd"] for turn in turns), abs=1e-5)


def test_a_failed_session_exits_with_1(
    installation: Installation, sessions: Sessions
) -> None:
    process = installation.start("runagent", "[scenario: refusal]")
    assert process.wait() == 1
    (session_id,) = sessions.ids()
    assert sessions.status(session_id) == "failed"
    assert sessions.lease(session_id) == ""


def test_without_a_key_two_ways_out_are_named(installation: Installation) -> None:
    process = installation.start("runagent", "hello", RINGSIDE_SIMULATE="0")
    assert process.wait() == 1
    assert "ANTHROPIC_API_KEY" in process.errors()
    assert "--simulate" in process.errors()


def test_a_simulated_session_never_works_among_other_files(
    installation: Installation, sessions: Sessions
) -> None:
    (installation.directory / "precious").write_text("mine")
    workdir = str(installation.directory)
    process = installation.start("runagent", "hello", "--workdir", workdir)
    assert process.wait() == 1
    assert "not empty" in process.errors()
    assert sessions.ids() == []


def test_ctrl_c_stops_the_agent_in_good_order(
    installation: Installation, sessions: Sessions
) -> None:
    process = installation.start("runagent", "[scenario: long rate=50]")
    process.prints("lighthouse keeper wrote")
    process.interrupt()
    assert process.wait(15) == 130, process.errors()
    (session_id,) = sessions.ids()
    assert sessions.status(session_id) == "idle"
    assert sessions.lease(session_id) == ""
    (text,) = sessions.events(session_id, "text")
    assert text["partial"]
    assert text["text"] in process.output()


def test_sigterm_leaves_an_interrupted_session_without_a_lease(
    installation: Installation, sessions: Sessions
) -> None:
    process = installation.start("runagent", "[scenario: subagents]", **slow())
    until(lambda: len(sessions.ids()) > 3)
    process.terminate()
    assert process.wait(15) == 130, process.errors()
    root = next(i for i in sessions.ids() if sessions.column(i, "parent_id") is None)
    assert sessions.status(root) == "interrupted"
    for session_id in sessions.ids():
        assert sessions.lease(session_id) == ""
        assert sessions.status(session_id) in {"interrupted", "completed"}
        assert sessions.statuses(session_id)[-1] == sessions.status(session_id)


def test_a_terminal_that_is_closed_is_a_clean_stop(
    installation: Installation, sessions: Sessions
) -> None:
    process = installation.start("runagent", "[scenario: long rate=50]")
    process.prints("lighthouse keeper wrote")
    os.kill(process.pid, signal.SIGHUP)
    assert process.wait(15) == 130, process.errors()
    (session_id,) = sessions.ids()
    assert sessions.status(session_id) == "interrupted"
    assert sessions.lease(session_id) == ""


NOHUP = """
import os, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN)
os.execv(sys.executable, [sys.executable, "manage.py", *sys.argv[1:]])
"""


def test_under_nohup_a_closed_terminal_stops_nothing(
    installation: Installation, sessions: Sessions
) -> None:
    command = ["-c", NOHUP, "runagent", CODING]
    process = Process(command, installation.env | slow(), installation.directory)
    try:
        process.prints("Wrote")
        os.kill(process.pid, signal.SIGHUP)
        assert process.wait() == 0, process.errors()
    finally:
        process.end()
    (session_id,) = sessions.ids()
    assert sessions.status(session_id) == "completed"


def test_the_session_goes_on_after_a_stop(
    installation: Installation, sessions: Sessions
) -> None:
    process = installation.start("runagent", CODING, **slow())
    process.prints("Wrote")
    process.terminate()
    process.wait(15)
    (session_id,) = sessions.ids()
    more = installation.start("runagent", "--session", session_id)
    assert more.wait() == 0, more.errors()
    assert "resumed" in more.output()
    assert sessions.status(session_id) == "completed"
    again = installation.start("runagent", "--session", session_id)
    assert again.wait() == 1
    assert "give a PROMPT" in again.errors()


def test_a_lost_lease_stops_the_writer_without_a_word(
    installation: Installation, sessions: Sessions
) -> None:
    process = installation.start("runagent", "[scenario: long rate=50]")
    process.prints("lighthouse")
    (session_id,) = sessions.ids()
    thief = sessions.steal(session_id)
    head = sessions.column(session_id, "head_seq")
    assert process.wait(15) == 1
    assert "another runner" in process.output()
    assert sessions.column(session_id, "head_seq") == head
    assert sessions.lease(session_id) == thief
    assert len(sessions.events(session_id, "agent_complete")) == 0


def test_a_quiet_session_notices_a_lost_lease_too(
    installation: Installation, sessions: Sessions
) -> None:
    process = installation.start(
        "runagent", CODING, "--permission-mode", "default", RINGSIDE_SIMULATOR_RATE="0"
    )
    process.prints("may it run")
    (session_id,) = sessions.ids()
    sessions.steal(session_id)
    head = sessions.column(session_id, "head_seq")
    assert process.wait(15) == 1
    assert sessions.column(session_id, "head_seq") == head


def test_a_killed_session_says_so_and_ends_with_the_same_words(
    installation: Installation, sessions: Sessions
) -> None:
    unkilled = installation.start("runagent", CODING)
    assert unkilled.wait() == 0
    (first,) = sessions.ids()
    another = installation.start("runagent", "--queue")
    process = installation.start("runagent", CODING, **slow())
    process.prints("Wrote")
    process.kill()
    (second,) = set(sessions.ids()) - {first}
    assert sessions.status(second) == "running"
    sessions.await_rest(second, "interrupted", within=15.0)
    another.terminate()
    assert another.wait(15) == 0, another.errors()
    resumed = installation.start("runagent", "--session", second)
    assert resumed.wait() == 0, resumed.errors()
    assert sessions.texts(second) == sessions.texts(first)
    started = sessions.events(second, "session_started")
    assert [event.get("resumed", False) for event in started] == [False, True]


def test_a_session_stops_when_the_reader_of_its_lines_leaves(
    installation: Installation, sessions: Sessions
) -> None:
    with subprocess.Popen(
        [sys.executable, "manage.py", "runagent", "--stdout", "[scenario: long]"],
        cwd=ROOT,
        env=installation.env | slow(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["type"] == "session_started"
        process.stdout.close()
        assert process.wait(30) == 130
    (session_id,) = sessions.ids()
    assert sessions.status(session_id) == "interrupted"
    assert sessions.lease(session_id) == ""


def test_the_real_client_needs_no_more_than_a_key_and_an_address(
    installation: Installation, sessions: Sessions, simulator: str
) -> None:
    workdir = installation.directory / "work"
    workdir.mkdir()
    process = installation.start(
        "runagent",
        "[scenario: markdown]",
        "--workdir",
        str(workdir),
        RINGSIDE_SIMULATE="0",
        ANTHROPIC_API_KEY="sk-test",
        ANTHROPIC_BASE_URL=simulator,
    )
    assert process.wait() == 0, process.errors()
    assert "SIMULATED" not in process.output()
    (session_id,) = sessions.ids()
    assert sessions.column(session_id, "engine") == "anthropic"
    assert sessions.column(session_id, "workdir") == str(workdir)
    assert sessions.texts(session_id)


def slow() -> dict[str, str]:
    return {"RINGSIDE_SIMULATOR_RATE": "150"}
