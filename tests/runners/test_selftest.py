import json
import os
import signal
import sqlite3

import pytest

from runners.selftest.view import View
from tests.runners.sessions import Sessions
from tests.servers.installation import Installation
from tests.servers.process import until

WITHIN_S = 300.0  # runners are slow to start on a busy machine
QUICK = ("--seconds", "2", "--rate", "100", "--viewers", "3", "--sessions", "1")


def event(seq: int) -> dict[str, object]:
    return {"type": "text_delta", "seq": seq, "ts": 1}


def frame(after: int, up_to: int, *seqs: int) -> dict[str, object]:
    return {"after": after, "upTo": up_to, "events": [event(seq) for seq in seqs]}


def counts(view: View) -> tuple[int, int, int]:
    return view.lost, view.repeated, view.reordered


def test_whole_log_in_order_is_well() -> None:
    view = View()
    view.handle(frame(0, 2, 1, 2))
    view.handle(frame(2, 5, 3, 5))  # 4 was swept
    view.compare([event(1), event(2), event(3), event(5)])
    assert counts(view) == (0, 0, 0)


def test_what_is_wrong_is_counted() -> None:
    view = View()
    view.handle(frame(0, 1, 1))
    view.handle(frame(2, 3, 3))  # a hole
    view.handle(frame(3, 3, 3))  # a repeat
    view.handle(frame(3, 5, 5, 4))
    view.compare([event(1), event(2), {**event(3), "ts": 2}, event(4), event(5)])
    assert counts(view) == (1 + 2, 1, 1)


def test_running_installation_proves_itself(installation: Installation) -> None:
    served = installation.serve()
    foreign = Sessions(installation).queue("[scenario: long rate=20 tokens=2000]")
    Sessions(installation).await_event(foreign, "text_delta")
    trial = installation.start("selftest", "--url", served.url, "--json", *QUICK)
    assert trial.wait(WITHIN_S) == 0, trial.errors()
    found = json.loads(trial.output())
    assert found["ok"] is True
    assert (found["lost"], found["repeated"], found["reordered"]) == (0, 0, 0)
    assert found["kills"] == found["sessions"] == 1
    assert found["cuts"] > 0
    assert found["stalls"] > 0
    assert found["reconnects"] > 0
    assert found["p99_ms"] >= found["p50_ms"] >= 0
    # It leaves as it came, and others' sessions go on.
    assert Sessions(installation).ids() == [foreign]
    assert Sessions(installation).status(foreign) == "running"
    users = installation.rows("SELECT username FROM auth_user")
    assert users == []


def test_loss_is_told_by_the_exit_code(installation: Installation) -> None:
    served = installation.serve("--no-runner")
    trial = installation.start("selftest", "--url", served.url, "--json", *QUICK)
    session = until(lambda: Sessions(installation).ids())[0]
    Sessions(installation).await_event(session, "text_delta")
    database = installation.env["DATABASE_URL"].removeprefix("sqlite:///")
    forged = '{"type":"text","seq":1,"ts":1}'
    with sqlite3.connect(database, timeout=10) as connection:
        connection.execute(
            "UPDATE sessions_app_event SET data = ? WHERE session_id = ? AND seq = 1",
            (forged, session),
        )
    connection.close()
    assert trial.wait(WITHIN_S) == 1
    found = json.loads(trial.output())
    assert found["ok"] is False
    assert found["lost"] >= 1


@pytest.mark.parametrize("ended_by", [signal.SIGSEGV, signal.SIGKILL])
def test_runner_that_died_is_said_in_a_sentence(
    installation: Installation, ended_by: signal.Signals
) -> None:
    served = installation.serve("--no-runner")
    sessions = Sessions(installation)
    trial = installation.start("selftest", "--url", served.url, *QUICK)
    session = until(sessions.ids)[0]
    sessions.await_event(session, "text_delta")
    os.kill(int(sessions.lease(session).split("/")[2]), ended_by)
    assert trial.wait(WITHIN_S) == 1
    said = f"The selftest's runner of {session} was ended by {ended_by.name}"
    assert said in trial.output()
    assert "Traceback" not in trial.errors()
    assert sessions.ids() == []


def test_server_that_is_not_there_is_said(installation: Installation) -> None:
    trial = installation.start("selftest", "--url", "http://127.0.0.1:9")
    assert trial.wait() == 1
    assert "http://127.0.0.1:9" in trial.errors()
    assert "Traceback" not in trial.errors()
    assert Sessions(installation).ids() == []
