import asyncio
import time
from dataclasses import replace

from runners.engine.conversation import INTERRUPTION
from runners.simulator.canned import Canned
from runners.simulator.simulator import Simulator
from sessions_app.protocol.events import (
    AgentComplete,
    ApprovalRequest,
    Retry,
    Text,
    TextDelta,
    ToolOutputDelta,
    ToolResult,
    TurnEnd,
    TurnStart,
)
from tests.runners.engine.listed_outlet import ListedOutlet
from tests.runners.engine.proc import alive, gone
from tests.runners.engine.wire import broken, last_messages, reply, text, tool

SOON_S = 20.0  # what a stop may take on a busy machine


async def test_an_interrupt_while_claude_speaks_keeps_what_was_said(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    simulator.answer_next(
        broken(
            text("Well begun"),
            tool("a", "bash", command="ls"),
            text("Then"),
            after=9,
            ending="silence",
        ),
        reply(text("Go on.")),
    )
    outlet.waiting.append("Go")
    agent = outlet.agent()
    running = asyncio.create_task(agent.run())
    await outlet.until(TextDelta, 2)
    began = time.monotonic()
    agent.interrupt()
    result = await running
    assert time.monotonic() - began < SOON_S
    assert result.status == "interrupted"
    assert [end.stop_reason for end in outlet.of(TurnEnd)] == ["interrupted"]
    assert [(text.text, text.partial) for text in outlet.of(Text)] == [
        ("Well begun", False),
        ("Then", True),
    ]
    (cut,) = outlet.of(ToolResult)
    assert (cut.tool_use_id, cut.is_error) == ("a", True)
    assert "interrupted by the user" in cut.output
    assert (await outlet.run("Go on then")).status == "success"
    roles = [message["role"] for message in last_messages(simulator)]
    assert roles == ["user", "assistant", "user"]


async def test_an_interrupt_before_any_word_leaves_a_note(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    simulator.answer_next(broken(after=1, ending="silence"), reply(text("Yes?")))
    outlet.waiting.append("Go")
    agent = outlet.agent()
    running = asyncio.create_task(agent.run())
    await outlet.until(TurnStart)
    agent.interrupt()
    assert (await running).status == "interrupted"
    outlet.waiting.append("Wait")
    assert (await agent.run()).status == "success"
    (message,) = last_messages(simulator)
    said = [block["text"] for block in message["content"]]
    assert said == ["Go", INTERRUPTION, "Wait"]


async def test_an_interrupt_kills_a_command_and_all_it_has_started(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    command = "sleep 60 & echo $!; wait"
    simulator.answer_next(reply(tool("a", "bash", command=command)))
    outlet.waiting.append("Go")
    agent = outlet.agent()
    running = asyncio.create_task(agent.run())
    pid = int((await outlet.until(ToolOutputDelta)).delta)
    assert alive(pid)
    began = time.monotonic()
    agent.interrupt()
    assert (await running).status == "interrupted"
    assert time.monotonic() - began < SOON_S
    (result,) = outlet.of(ToolResult)
    assert result.output == f"{pid}\n[interrupted by the user]"
    await gone(pid)


async def test_an_interrupt_ends_a_wait_for_the_next_attempt(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    simulator.answer_next(Canned(status=529))
    slow = replace(outlet.options.limits, first_delay_s=60.0, longest_delay_s=60.0)
    outlet.configure(limits=slow)
    outlet.waiting.append("Go")
    agent = outlet.agent()
    running = asyncio.create_task(agent.run())
    await outlet.until(Retry)
    agent.interrupt()
    assert (await running).status == "interrupted"


async def test_an_interrupt_ends_a_question(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    outlet.configure(permission_mode="default")
    simulator.answer_next(reply(tool("a", "bash", command="ls")))
    outlet.waiting.append("Go")
    agent = outlet.agent()
    running = asyncio.create_task(agent.run())
    await outlet.until(ApprovalRequest)
    agent.cancel()
    assert (await running).status == "cancelled"
    assert "cancelled by the user" in outlet.of(ToolResult)[0].output


async def test_a_cancel_reaches_the_whole_tree(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(tool("a", "spawn_agent", description="Sleep", prompt="Sleep")),
        reply(tool("b", "bash", command="echo begun; sleep 60")),
    )
    outlet.waiting.append("Go")
    agent = outlet.agent()
    running = asyncio.create_task(agent.run())
    child = await outlet.child()
    await child.until(ToolOutputDelta)
    began = time.monotonic()
    agent.cancel()
    assert (await running).status == "cancelled"
    assert time.monotonic() - began < SOON_S
    assert child.of(AgentComplete)[0].status == "cancelled"


async def test_an_interrupt_before_the_run_counts(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    outlet.waiting.append("Go")
    agent = outlet.agent()
    agent.interrupt()
    assert (await agent.run()).status == "interrupted"
    assert not simulator.requests
