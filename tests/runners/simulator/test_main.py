import asyncio
import signal
import sys

import pytest
from anthropic import AsyncAnthropic

from tests.runners.simulator.talk import Talk

COMMAND = (sys.executable, "-m", "runners.simulator")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_command_serves_until_a_signal(number: signal.Signals) -> None:
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "--rate", "0", "--scenario", "refusal", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    assert line.startswith("listening on http://127.0.0.1:")
    url = line.split()[-1]
    async with AsyncAnthropic(base_url=url, api_key="any", max_retries=0) as client:
        assert (await Talk(client, "Hello").hear()).stop_reason == "refusal"
        process.send_signal(number)
        assert await process.wait() == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--scenario", "nope"), "unknown scenario 'nope'"),
        (("--scenarios", "/nowhere"), "/nowhere is no directory of scenario files"),
        (("--jitter", "2"), "Expected `float` <= 1.0 - at `$.jitter`"),
    ],
)
async def test_bad_options_are_explained(
    arguments: tuple[str, str], complaint: str
) -> None:
    process = await asyncio.create_subprocess_exec(
        *COMMAND, *arguments, stderr=asyncio.subprocess.PIPE
    )
    _, told = await process.communicate()
    assert process.returncode == 2
    assert complaint in told.decode()
