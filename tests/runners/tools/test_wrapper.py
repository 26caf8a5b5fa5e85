import asyncio
import os
import re
import shlex
import shutil
import subprocess

import pytest

from runners.tools.context import ToolContext
from tests.runners.sandbox import proc
from tests.runners.tools.conftest import Use
from tests.servers.process import ROOT

DOCS = (ROOT / "docs/security.md").read_text()
BWRAP = shlex.split(re.findall(r'RINGSIDE_BASH_WRAPPER="(bwrap[^"]+)"', DOCS)[0])
WORKS = shutil.which("bwrap") and not subprocess.call(
    [*[word.replace("{workdir}", "/tmp") for word in BWRAP], "true"],  # noqa: S108 it is only looked whether that runs
    stderr=subprocess.DEVNULL,
)
needs_bwrap = pytest.mark.skipif(not WORKS, reason="bwrap cannot run here")


@needs_bwrap
async def test_in_bwrap_a_command_writes_in_its_workdir_alone(
    use: Use, job: ToolContext, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    job.wrapper = tuple(BWRAP)
    output = await use("bash", command=f"echo in > in; echo out > {outside}/out; pwd")
    assert str(job.workdir.root) in output.text
    assert "Read-only file system" in output.text
    assert (job.workdir.root / "in").read_text() == "in\n"
    assert not list(outside.iterdir())


@needs_bwrap
async def test_in_bwrap_a_command_has_no_network_and_sees_no_other_process(
    use: Use, job: ToolContext
) -> None:
    job.wrapper = tuple(BWRAP)
    output = await use("bash", command="cat /proc/net/dev | wc -l; ls -d /proc/[0-9]*")
    interfaces, *processes = output.text.split("\n")
    assert int(interfaces) == 3  # two lines of heading, and the loopback
    assert len(processes) < 6


@needs_bwrap
async def test_what_runs_in_bwrap_ends_with_an_interrupt(
    use: Use, job: ToolContext
) -> None:
    job.wrapper = tuple(BWRAP)
    marker = f"600.{os.getpid()}"
    running = asyncio.create_task(use("bash", command=f"sleep {marker} & wait"))
    async with asyncio.timeout(20):
        while not (sleepers := proc.running("sleep", marker)):  # noqa: ASYNC110 processes that are no children of ours
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait([running])
    await proc.gone(sleepers[0])


@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root and setpriv"
)
async def test_a_command_may_run_as_another_user(use: Use, job: ToolContext) -> None:
    job.wrapper = ("setpriv", "--reuid=65534", "--clear-groups", "--")
    assert (await use("bash", command="id -u")).text == "65534"


async def test_a_wrapper_that_is_not_there_says_so(use: Use, job: ToolContext) -> None:
    job.wrapper = ("no-such-wrapper",)
    output = await use("bash", command="echo ran")
    assert output.is_error
    assert "no-such-wrapper" in output.text
