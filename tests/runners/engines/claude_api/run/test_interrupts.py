import asyncio
import time
from dataclasses import replace

from runners.engines.claude_api.conversation.conversation import INTERRUPTION
from runners.simulator.api.canned import Canned
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
from tests.runners.engines.claude_api.listed_host import ListedHost
from tests.runners.engines.claude_api.wire import (
    broken,
    last_messages,
    reply,
    text,
    tool,
)
from tests.runners.sandbox.proc import alive, gone

SOON_S = 20.0  # what a stop may take on a busy machine


async def test_an_interrupt_while_claude_speaks_keeps_what_was_said(
    host: ListedHost, simulator: Simulator
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
    host.waiting.append("Go")
    agent = host.agent()
    running = asyncio.create_task(agent.run())
    await host.until(TextDelta, 2)
    began = time.monotonic()
    agent.interrupt()
    result = await running
    assert time.monotonic() - began < SOON_S
    assert result.status == "interrupted"
    assert [end.stop_reason for end in host.of(TurnEnd)] == ["interrupted"]
    assert [(text.text, text.partial) for text in host.of(Text)] == [
        ("Well begun", False),
        ("Then", True),
    ]
    (cut,) = host.of(ToolResult)
    assert (cut.tool_use_id, cut.is_error) == ("a", True)
    assert "interrupted by the user" in cut.output
    assert (await host.run("Go on then")).status == "success"
    roles = [message["role"] for message in last_messages(simulator)]
    assert roles == ["user", "assistant", "user"]


async def test_an_interrupt_before_any_word_leaves_a_note(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(broken(after=1, ending="silence"), reply(text("Yes?")))
    host.waiting.append("Go")
    agent = host.agent()
    running = asyncio.create_task(agent.run())
    await host.until(TurnStart)
    agent.interrupt()
    assert (await running).status == "interrupted"
    host.waiting.append("Wait")
    assert (await agent.run()).status == "success"
    (message,) = last_messages(simulator)
    said = [block["text"] for block in message["content"]]
    assert said == ["Go", INTERRUPTION, "Wait"]


async def test_an_interrupt_kills_a_command_and_all_it_has_started(
    host: ListedHost, simulator: Simulator
) -> None:
    command = "sleep 60 & echo $!; wait"
    simulator.answer_next(reply(tool("a", "bash", command=command)))
    host.waiting.append("Go")
    agent = host.agent()
    running = asyncio.create_task(agent.run())
    pid = int((await host.until(ToolOutputDelta)).delta)
    assert alive(pid)
    began = time.monotonic()
    agent.interrupt()
    assert (await running).status == "interrupted"
    assert time.monotonic() - began < SOON_S
    (result,) = host.of(ToolResult)
    assert result.output == f"{pid}\n[interrupted by the user]"
    await gone(pid)


async def test_an_interrupt_ends_a_wait_for_the_next_attempt(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(Canned(status=529))
    slow = replace(host.options.limits, first_delay_s=60.0, longest_delay_s=60.0)
    host.configure(limits=slow)
    host.waiting.append("Go")
    agent = host.agent()
    running = asyncio.create_task(agent.run())
    await host.until(Retry)
    agent.interrupt()
    assert (await running).status == "interrupted"


async def test_an_interrupt_ends_a_question(
    host: ListedHost, simulator: Simulator
) -> None:
    host.configure(permission_mode="default")
    simulator.answer_next(reply(tool("a", "bash", command="ls")))
    host.waiting.append("Go")
    agent = host.agent()
    running = asyncio.create_task(agent.run())
    await host.until(ApprovalRequest)
    agent.cancel()
    assert (await running).status == "cancelled"
    assert "cancelled by the user" in host.of(ToolResult)[0].output


async def test_a_cancel_reaches_the_whole_tree(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(tool("a", "spawn_agent", description="Sleep", prompt="Sleep")),
        reply(tool("b", "bash", command="echo begun; sleep 60")),
    )
    host.waiting.append("Go")
    agent = host.agent()
    running = asyncio.create_task(agent.run())
    child = await host.child()
    await child.until(ToolOutputDelta)
    began = time.monotonic()
    agent.cancel()
    assert (await running).status == "cancelled"
    assert time.monotonic() - began < SOON_S
    assert child.of(AgentComplete)[0].status == "cancelled"


async def test_an_interrupt_before_the_run_counts(
    host: ListedHost, simulator: Simulator
) -> None:
    host.waiting.append("Go")
    agent = host.agent()
    agent.interrupt()
    assert (await agent.run()).status == "interrupted"
    assert not simulator.requests
