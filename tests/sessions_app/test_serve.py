import os
import re
import signal
import socket
from pathlib import Path

import pytest

from tests.conftest import Install
from tests.servers.handshake import handshake
from tests.servers.installation import Installation, Served, clean_env
from tests.servers.process import Process, until
from tests.servers.stack import SQLITE


@pytest.fixture(scope="module")
def pages(install_for_module: Install) -> Served:
    """A server without a runner, which prints a link."""
    return install_for_module(SQLITE).serve("--no-runner", "--signin")


def runner_of(served: Process) -> int:
    """The process that runs the queue for a server."""

    def found() -> int:
        children = Path(f"/proc/{served.pid}/task")
        pids = " ".join(path.read_text() for path in children.glob("*/children"))
        return int(pids.split()[0]) if pids.split() else 0

    return until(found)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


pytestmark = pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="looks into /proc"
)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_stops_the_server_and_its_runner(
    installation: Installation, number: int
) -> None:
    served = installation.serve()
    runner = runner_of(served.process)
    os.kill(served.process.pid, number)
    assert served.process.wait() == 0
    assert not is_running(runner)


def test_killed_server_leaves_no_runner(installation: Installation) -> None:
    served = installation.serve()
    runner = runner_of(served.process)
    served.process.kill()
    until(lambda: not is_running(runner))


def test_runner_that_dies_is_started_again(installation: Installation) -> None:
    served = installation.serve()
    first = runner_of(served.process)
    os.kill(first, signal.SIGKILL)
    until(lambda: is_running(runner_of(served.process)) and not is_running(first))
    assert "event=child_ended code=-9" in served.process.errors()
    assert served.get("/signin/").status_code == 200


def test_pages_alone_need_no_runner(pages: Served) -> None:
    assert pages.get("/signin/").status_code == 200
    children = Path(f"/proc/{pages.process.pid}/task").glob("*/children")
    assert not "".join(path.read_text() for path in children).split()


def test_logs_become_searchable_though_nobody_looks(
    installation: Installation, tmp_path: Path
) -> None:
    recording = tmp_path / "recording.jsonl"
    recording.write_text('{"type":"text","block":"1","text":"a giraffe"}\n')
    installation.manage("ingest", str(recording))
    query = "SELECT 1 FROM sessions_app_searchindex WHERE terms_seq > 0"
    assert not installation.rows(query)
    installation.serve("--no-runner")
    until(lambda: installation.rows(query))


@pytest.mark.parametrize(
    "header", ["X-Forwarded-Prefix", "X-Script-Name", "Daphne-Root-Path"]
)
def test_below_a_path_of_a_proxy_a_word_says_what_to_do(
    pages: Served, header: str
) -> None:
    refused = pages.get("/signin/", headers={header: "/ringside"})
    assert refused.status_code == 400
    assert "Give it a host name of its own" in refused.text


@pytest.mark.parametrize("header", ["X-Forwarded-Prefix", "X-Script-Name"])
def test_the_root_is_no_path_below_it(pages: Served, header: str) -> None:
    assert pages.get("/signin/", headers={header: "/"}).status_code == 200


@pytest.mark.parametrize(
    "command",
    [("serve", "--no-runner", "--port", "0"), ("runagent", "--queue")],
    ids=lambda w: w[0],
)
def test_a_process_that_crashes_in_native_code_says_where(
    installation: Installation, command: tuple[str, ...]
) -> None:
    process = installation.start(*command)
    until(lambda: is_ready(installation, process))
    os.kill(process.pid, signal.SIGSEGV)
    assert process.wait() == -signal.SIGSEGV
    assert "Fatal Python error: Segmentation fault" in process.errors()
    assert "most recent call first" in process.errors()


def is_ready(installation: Installation, process: Process) -> bool:
    """Tell whether a server listens, or a runner has told of itself."""
    told = "SELECT 1 FROM sessions_app_runnerprocess WHERE pid = ?"
    return "Ringside is at" in process.output() or bool(
        installation.rows(told, process.pid)
    )


def test_port_that_is_taken_is_said(installation: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        served = installation.start("serve", "--port", str(port))
        assert served.wait() == 1
    assert f"127.0.0.1:{port}" in served.errors()
    assert "Choose another: --port" in served.errors()
    assert "Traceback" not in served.errors()


def test_a_closed_terminal_ends_the_server_and_its_runner(
    installation: Installation,
) -> None:
    served = installation.serve()
    os.kill(served.process.pid, signal.SIGHUP)
    assert served.process.wait(30) == 0, served.process.errors()


def test_missing_migrations_are_said(tmp_path: Path) -> None:
    env = clean_env() | {"RINGSIDE_DATA_DIR": str(tmp_path)}
    served = Process(["manage.py", "serve", "--port", "0"], env, tmp_path)
    assert served.wait() == 1
    assert "run `make run` or `manage.py migrate`" in served.errors()
    assert "Traceback" not in served.errors()


def test_first_link_signs_in(pages: Served) -> None:
    printed = pages.process.prints("/signin/")
    link = re.search(rf"{pages.url}(/signin/(\S+)/)", printed)
    assert link is not None
    page = pages.get(link[1])
    assert page.status_code == 200
    assert "Sign in as admin" in page.text
    assert link[2] not in pages.process.errors()


def test_simulation_is_said(pages: Served, installation: Installation) -> None:
    assert "SIMULATED" in pages.process.output()
    served = installation.serve("--no-runner", RINGSIDE_SIMULATE="0")
    assert "SIMULATED" not in served.process.output()


def test_websocket_of_another_origin_is_refused(pages: Served) -> None:
    assert handshake(pages.url, pages.url) == 101
    assert handshake(pages.url, "http://127.0.0.1:1") == 403
