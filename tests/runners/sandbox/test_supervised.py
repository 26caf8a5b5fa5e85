"""Commands below a supervisor: however they try, nothing of them is left."""

import asyncio
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from runners.sandbox.landlock import can_scope_signals
from runners.sandbox.supervised import SupervisedCommand, supervised
from tests.runners.sandbox import proc

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
# Each leaves `sleep MARK` behind, or tries to.
ESCAPES = {
    "a background job": "sleep MARK & echo",
    "a session of its own": "setsid sleep MARK >/dev/null 2>&1 & echo",
    "a daemon": "(setsid setsid sleep MARK >/dev/null 2>&1 &) ; echo",
    "deaf": "(setsid sh -c 'trap \"\" TERM HUP INT; sleep MARK; true' &) ; echo",
    "nohup": "nohup sleep MARK >/dev/null 2>&1 & disown; echo",
    "a chain": "setsid sh -c 'setsid sh -c \"setsid sleep MARK & echo\" & echo' & echo",
    "the output held open": "setsid sleep MARK & echo",
    "a coprocess": "coproc sleep MARK; echo",
    "a subshell's own group": "(set -m; sleep MARK & disown -a; exit) ; echo",
    "two forks": (
        "python3 -c 'import os\nif not os.fork():\n os.setsid()\n if not os.fork(): "
        'os.execlp("sleep", "sleep", "MARK")\' ; echo'
    ),
    "tmux": "tmux -L ringside-MARK new-session -d 'sleep MARK'; echo",
}


def mark() -> str:
    """A number of seconds that no other process sleeps."""
    return f"600.{time.monotonic_ns()}"


@asynccontextmanager
async def command(
    script: str, *, is_confined: bool = True
) -> AsyncIterator[SupervisedCommand]:
    argv = ["bash", "-c", script]
    env = {"PATH": os.environ["PATH"], "HOME": "/nowhere"}
    async with supervised(argv, Path("/"), env, is_confined=is_confined) as running:
        yield running


async def appears(*argv: str) -> int:
    async with asyncio.timeout(20):
        while not (found := proc.running(*argv)):  # noqa: ASYNC110 not a child of ours
            await asyncio.sleep(0.01)
    return found[0]


@pytest.mark.parametrize("escape", ESCAPES)
async def test_nothing_outlives_a_command_that_ends(escape: str) -> None:
    if escape == "tmux" and not shutil.which("tmux"):
        pytest.skip("there is no tmux here")
    seconds = mark()
    script = ESCAPES[escape].replace("MARK", seconds)
    async with command(f"{script}; sleep 0.2") as running:
        async with asyncio.timeout(20):
            assert await running.wait() == 0
        assert not proc.running("sleep", seconds)


@pytest.mark.parametrize("escape", ESCAPES)
async def test_nothing_outlives_a_command_that_is_ended(escape: str) -> None:
    if escape == "tmux" and not shutil.which("tmux"):
        pytest.skip("there is no tmux here")
    seconds = mark()
    async with command(f"{ESCAPES[escape]}; sleep 60".replace("MARK", seconds)):
        await appears("sleep", seconds)
    assert not proc.running("sleep", seconds)


RUNNER = """
import asyncio, os, sys
from pathlib import Path
from runners.sandbox.supervised import supervised

async def main():
    argv = ["bash", "-c", sys.argv[1]]
    async with supervised(argv, Path("/"), os.environ, is_confined=True) as running:
        await running.wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("escape", ["a background job", "a daemon", "deaf"])
async def test_nothing_outlives_a_runner_that_is_killed(escape: str) -> None:
    seconds = mark()
    script = f"{ESCAPES[escape]}; sleep 60".replace("MARK", seconds)
    runner = await asyncio.create_subprocess_exec(sys.executable, "-c", RUNNER, script)
    sleeper = await appears("sleep", seconds)
    runner.kill()
    await runner.wait()
    await proc.gone(sleeper)


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("exit 0", 0),
        ("exit 3", 3),
        ("kill -TERM $$", -15),
        ("kill -SEGV $$", -11),
        ("kill -9 0", -9),
        ("exec no-such-program", 127),
    ],
)
async def test_the_supervisor_ends_as_the_command_has(script: str, code: int) -> None:
    async with command(script) as running:
        assert await running.wait() == code


@pytest.mark.parametrize("signal", ["TERM", "HUP", "INT", "KILL"])
@pytest.mark.parametrize("is_confined", [True, False])
async def test_a_command_that_signals_its_parent_ends_itself_at_most(
    signal: str, is_confined: bool
) -> None:
    seconds = mark()
    script = f"sleep {seconds} & kill -{signal} $PPID; sleep 0.3; echo after"
    async with (
        command("sleep 1; echo spared") as neighbour,
        command(script, is_confined=is_confined) as running,
    ):
        async with asyncio.timeout(20):
            await running.wait()
            await running.end()
        assert not proc.running("sleep", seconds)
        assert await neighbour.wait() == 0
        assert await neighbour.output.read() == b"spared\n"


@pytest.mark.skipif(not can_scope_signals(), reason="needs Linux 6.12")
async def test_a_confined_command_signals_nobody_else() -> None:
    seconds = mark()
    async with command(f"exec sleep {seconds}") as neighbour:
        sleeper = await appears("sleep", seconds)
        me, parent = os.getpid(), neighbour.pid
        tries = [f"kill -9 {sleeper}", f"kill -0 {me}", f"kill {parent}"]
        async with command(
            "; ".join(f"{each} && echo sent" for each in tries)
        ) as other:
            said = await other.output.read()
        assert said.count(b"Operation not permitted") == 3
        assert proc.alive(sleeper)


async def until(found: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not found():  # noqa: ASYNC110 processes that are no children of ours
            await asyncio.sleep(0.01)


async def test_many_children_that_end_leave_no_zombie() -> None:
    script = "for i in $(seq 50); do (setsid true &) ; done; echo all; sleep 60"
    async with command(script) as running:
        assert await running.output.readline() == b"all\n"
        await until(lambda: not zombies(running.pid))


def zombies(parent: int) -> list[int]:
    found = []
    for pid in proc.pids():
        try:
            fields = (proc.PROC / str(pid) / "stat").read_text().rpartition(")")[2]
        except OSError:
            continue
        state, ppid, *_ = fields.split()
        if state == "Z" and int(ppid) == parent:
            found.append(pid)
    return found
