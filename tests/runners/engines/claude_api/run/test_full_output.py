from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runners.simulator.simulator import Simulator
from runners.tools.limits import Limits
from runners.tools.output.spool import MEMORY_MAX_BYTES, Spool
from sessions_app.protocol.events import ToolResult
from tests.runners.engines.claude_api.listed_host import ListedHost
from tests.runners.engines.claude_api.wire import reply, text, tool


async def run(
    host: ListedHost, simulator: Simulator, command: str, **limits: Any
) -> ToolResult:
    host.options = replace(host.options, limits=Limits(**limits))
    call = tool("toolu_1", "bash", command=command)
    simulator.answer_next(reply(call), reply(text("Done.")))
    host.waiting.append("Go")
    await host.agent().run()
    (result,) = host.of(ToolResult)
    return result


async def test_a_short_output_travels_whole_and_is_not_kept_besides(
    host: ListedHost, simulator: Simulator
) -> None:
    result = await run(host, simulator, "echo short")
    assert (result.output, result.truncated, result.output_id) == ("short", False, "")
    assert host.outputs == {}


async def test_a_long_output_travels_cut_and_is_kept_whole(
    host: ListedHost, simulator: Simulator
) -> None:
    result = await run(host, simulator, "seq 20000; exit 3", output_chars=1_000)
    assert result.truncated
    assert len(result.output) <= 1_000
    assert result.output.count("left out") == 1
    assert result.output.endswith("20000\n[exit code 3]")
    whole = "".join(f"{n}\n" for n in range(1, 20_001)).encode()
    assert host.outputs[result.output_id] == whole


async def test_of_an_endless_output_the_beginning_is_kept(
    host: ListedHost, simulator: Simulator
) -> None:
    command = "yes \U0001f600 | head -c 1000000"
    limits = {"output_chars": 1_000, "full_bytes": 300_001}
    result = await run(host, simulator, command, **limits)
    kept = host.outputs[result.output_id]
    assert 300_001 - 4 <= len(kept) <= 300_001
    assert set(kept.decode()) == {"\U0001f600", "\n"}


async def test_an_answer_that_is_no_commands_is_kept_too(
    host: ListedHost, simulator: Simulator, tmp_path: Path
) -> None:
    (tmp_path / "a").write_text("x" * 5_000)
    host.options = replace(host.options, limits=Limits(output_chars=1_000))
    call = tool("toolu_1", "read_file", path="a")
    simulator.answer_next(reply(call), reply(text("Done.")))
    host.waiting.append("Go")
    await host.agent().run()
    (result,) = host.of(ToolResult)
    assert result.truncated
    assert host.outputs[result.output_id].decode().count("x") == 5_000


def test_a_spool_counts_all_and_keeps_the_beginning() -> None:
    with Spool(MEMORY_MAX_BYTES * 2) as spool:
        for _ in range(3):
            spool.add("x" * MEMORY_MAX_BYTES)
        assert spool.total_bytes == 3 * MEMORY_MAX_BYTES
        assert spool.read() == b"x" * (2 * MEMORY_MAX_BYTES)


@pytest.mark.parametrize("character", ["x", "\u00e9", "\u20ac", "\U0001f389"])
def test_a_spool_ends_between_two_characters(character: str) -> None:
    size = len(character.encode())
    for room in range(2 * size, 3 * size):
        with Spool(room) as spool:
            spool.add(character * 4)
            assert spool.read().decode() == character * 2
