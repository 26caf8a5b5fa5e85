"""Calls of one turn: those that change anything run in the order they were written."""

import asyncio

import pytest

from runners.port.host import HostClosed
from runners.simulator.simulator import Simulator
from sessions_app.protocol.events import (
    Approval,
    ApprovalRequest,
    Event,
    ToolOutputDelta,
    ToolResult,
)
from tests.runners.engines.claude_api.listed_host import ListedHost
from tests.runners.engines.claude_api.wire import reply, text, tool


def outputs(host: ListedHost) -> dict[str, str]:
    return {result.tool_use_id: result.output for result in host.of(ToolResult)}


async def test_a_call_finds_what_the_call_before_it_has_made(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(
            tool("a", "bash", command="sleep 0.2; mkdir d"),
            tool("b", "bash", command="cd d && sleep 0.1 && echo ls > run.sh"),
            tool("c", "read_file", path="d/run.sh"),
            tool("d", "edit_file", path="d/run.sh", old_string="ls", new_string="pwd"),
            tool("e", "edit_file", path="d/run.sh", old_string="pwd", new_string="id"),
            tool("f", "bash", command="cat d/run.sh"),
            tool("g", "glob", pattern="**/*.sh"),
        ),
        reply(text("Done.")),
    )
    await host.run("Go")
    assert not any(result.is_error for result in host.of(ToolResult))
    assert [*outputs(host)] == list("abcdefg")
    assert outputs(host)["f"] == "id"


async def test_a_change_waits_for_those_who_look_before_it(
    host: ListedHost, simulator: Simulator
) -> None:
    (host.workdir.root / "a").write_text("one\n" * 50_000)
    simulator.answer_next(
        *[
            reply(
                tool(f"look{n}", "grep", pattern="one", path="a"),
                tool(f"change{n}", "bash", command="rm -f a; echo two > a"),
            )
            for n in range(3)
        ],
        reply(text("Done.")),
    )
    await host.run("Go")
    assert outputs(host)["look0"].startswith("a:1:one")
    assert outputs(host)["look1"].startswith("No line")


async def test_sub_agents_work_side_by_side(
    host: ListedHost, simulator: Simulator
) -> None:
    wait = "touch {}; until [ -e t0 ] && [ -e t1 ]; do sleep 0.01; done"
    calls = [tool(f"s{n}", "spawn_agent", description="", prompt="Go") for n in (0, 1)]
    simulator.answer_next(
        reply(*calls),
        *[reply(tool(f"t{n}", "bash", command=wait.format(f"t{n}"))) for n in (0, 1)],
        *[reply(text("Done.")) for _ in range(3)],
    )
    async with asyncio.timeout(60):
        await host.run("Go")
    assert not any(result.is_error for result in host.of(ToolResult))


async def test_all_calls_ask_at_once_and_run_in_order(
    host: ListedHost, simulator: Simulator
) -> None:
    host.configure(permission_mode="default")
    simulator.answer_next(
        reply(
            tool("a", "bash", command="echo a >> order"),
            tool("b", "bash", command="echo b >> order"),
        ),
        reply(text("Done.")),
    )
    running = asyncio.create_task(host.run("Go"))
    await host.until(ApprovalRequest, 2)
    host.answers += [Approval(tool_use_id="", decision="approved")] * 2
    host.changed.set()
    await running
    assert (host.workdir.root / "order").read_text() == "a\nb\n"


async def test_after_a_denied_call_the_next_has_its_turn(
    host: ListedHost, simulator: Simulator
) -> None:
    host.configure(permission_mode="default")
    host.answers += [
        Approval(tool_use_id="", decision="denied"),
        Approval(tool_use_id="", decision="approved"),
    ]
    simulator.answer_next(
        reply(
            tool("a", "bash", command="touch a"),
            tool("b", "bash", command="ls"),
        ),
        reply(text("Done.")),
    )
    async with asyncio.timeout(60):
        await host.run("Go")
    assert outputs(host)["b"] == "(no output)"


async def test_a_call_whose_turn_has_not_come_never_begins(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(
            tool("a", "bash", command="echo one; sleep 60"),
            tool("b", "bash", command="touch harm"),
        )
    )

    class Closing(ListedHost):
        async def emit(self, *events: Event) -> None:
            if any(isinstance(event, ToolOutputDelta) for event in events):
                raise HostClosed
            await super().emit(*events)

    host.__class__ = Closing
    with pytest.raises(HostClosed):
        await host.run("Go")
    assert not (host.workdir.root / "harm").exists()
