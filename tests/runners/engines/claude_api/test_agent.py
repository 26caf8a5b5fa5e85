import asyncio
import json
from dataclasses import replace

import pytest

from runners.permissions.rule import Rule
from runners.port.host import HostClosed
from runners.simulator.simulator import Simulator
from sessions_app.protocol.events import (
    AgentComplete,
    Approval,
    ApprovalRequest,
    Error,
    Event,
    TextDelta,
    ToolOutputDelta,
    ToolResult,
    UserMessage,
)
from sessions_app.protocol.wire import Usage
from tests.runners.engines.claude_api.listed_host import ListedHost
from tests.runners.engines.claude_api.wire import last_messages, reply, text, tool


async def test_a_reply_is_answered_and_counted(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(reply(text("Hello.")))
    result = await host.run("Hi")
    assert (result.status, result.text) == ("success", "Hello.")
    (complete,) = host.of(AgentComplete)
    assert complete.usage == Usage(input_tokens=100, output_tokens=50)
    assert complete.cost_usd == (100 * 4 + 50 * 20) / 1e6


async def test_an_empty_reply_ends_the_run(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(reply(tool("a", "bash", command="true")), reply())
    result = await host.run("Go")
    assert (result.status, result.text) == ("success", "")
    assert len(simulator.requests) == 2


async def test_nothing_is_asked_where_nobody_has_said_anything(
    host: ListedHost, simulator: Simulator
) -> None:
    assert (await host.run()).status == "success"
    assert not simulator.requests


async def test_results_go_back_in_call_order_before_what_people_said(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(
            tool("slow", "spawn_agent", description="", prompt="Go"),
            tool("quick", "glob", pattern="*"),
        ),
        reply(text("Slow.")),
        reply(text("Done.")),
    )
    agent = host.agent()
    host.waiting.append("Go")
    running = asyncio.create_task(agent.run())
    await host.child()
    host.waiting.append("And be quick")
    await running
    assert [result.tool_use_id for result in host.of(ToolResult)] == ["quick", "slow"]
    sent = last_messages(simulator)[-1]["content"]
    assert [block.get("content") or block["text"] for block in sent] == [
        "Slow.",
        "No file matches *",
        "And be quick",
    ]


async def test_what_is_said_during_the_last_turn_is_answered(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(reply(text("First.")), reply(text("Second.")))

    class Talkative(ListedHost):
        async def emit(self, *events: Event) -> None:
            await super().emit(*events)
            if any(isinstance(e, TextDelta) and e.delta == "First." for e in events):
                self.waiting.append("One more thing")

    host.__class__ = Talkative
    result = await host.run("Go")
    assert result.text == "Second."
    assert last_messages(simulator)[-1]["content"][0]["text"] == "One more thing"


async def test_a_refusal_runs_nothing_and_is_explained(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(
            text("I will"),
            tool("a", "bash", command="touch harm"),
            stop="refusal",
            stop_details={
                "type": "refusal",
                "category": "cyber",
                "explanation": "Not that.",
            },
        ),
        reply(text("That I can do.")),
    )
    assert (await host.run("Harm")).status == "error"
    (error,) = host.of(Error)
    assert (error.code, error.fatal) == ("refusal", False)
    assert "refused to answer (it is about: cyber): Not that." in error.message
    assert host.of(ToolResult)[0].is_error
    assert not (host.workdir.root / "harm").exists()
    assert (await host.run("Help instead")).status == "success"
    assert [message["role"] for message in last_messages(simulator)] == ["user"]


async def test_pauses_are_bounded(host: ListedHost, simulator: Simulator) -> None:
    pause = reply(text("Wait."), stop="pause_turn")
    simulator.answer_next(*[pause] * 4)
    host.configure(limits=replace(host.options.limits, pauses=3))
    assert (await host.run("Go")).status == "error"
    assert [error.code for error in host.of(Error)] == ["pause_turn"]
    assert len(simulator.requests) == 4


async def test_an_approval_may_edit_deny_and_last(
    host: ListedHost, simulator: Simulator
) -> None:
    host.configure(permission_mode="default")
    host.answers += [
        Approval(tool_use_id="", decision="denied", reason="Too loud"),
        Approval(tool_use_id="", decision="approved", input={"command": "echo soft"}),
        Approval(tool_use_id="", decision="approved", scope="session"),
    ]
    simulator.answer_next(
        *[
            reply(tool(name, "bash", command="echo LOUD"))
            for name in ("a", "b", "c", "d")
        ],
        reply(text("Done.")),
    )
    await host.run("Go")
    denied, edited, allowed, remembered = host.of(ToolResult)
    assert denied.is_error
    assert "Too loud" in denied.output
    assert "soft" in edited.output
    assert "edited" in edited.output
    assert (allowed.output, remembered.output) == ("LOUD", "LOUD")
    assert len(host.of(ApprovalRequest)) == 3
    assert host.held.allow == (Rule.parse("bash(echo LOUD)"),)


async def test_planning_refuses_what_changes_anything(
    host: ListedHost, simulator: Simulator
) -> None:
    host.configure(permission_mode="plan")
    simulator.answer_next(
        reply(
            tool("a", "bash", command="ls"),
            tool("b", "write_file", path="a", content="a"),
            tool("c", "glob", pattern="*"),
        ),
        reply(text("Done.")),
    )
    await host.run("Go")
    errors = {result.tool_use_id: result.is_error for result in host.of(ToolResult)}
    assert errors == {"a": True, "b": True, "c": False}


async def test_what_cannot_be_paid_for_is_not_asked(
    host: ListedHost, simulator: Simulator
) -> None:
    host.turns = 2
    simulator.answer_next(*[reply(tool(n, "bash", command="ls")) for n in "ab"])
    assert (await host.run("Go")).status == "budget"
    assert len(simulator.requests) == 2
    assert len(host.of(ToolResult)) == 2
    assert [error.code for error in host.of(Error)] == ["budget"]
    host.turns = None
    simulator.answer_next(reply(text("Done.")))
    assert (await host.run()).status == "success"


async def test_a_throttle_keeps_calls_apart(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(tool("a", "bash", command="true")),
        reply(text("Done.")),
    )
    host.waiting.append("Go")
    agent = host.agent()
    agent.throttle(60_000)
    running = asyncio.create_task(agent.run())
    await host.until(ToolResult)
    done, _ = await asyncio.wait([running], timeout=0.2)
    assert not done
    agent.throttle(0)
    assert (await running).status == "success"


async def test_a_closed_outlet_stops_the_agent_without_a_word(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(
            tool("a", "bash", command="echo one; sleep 60"),
            tool("b", "bash", command="sleep 60"),
        )
    )

    class Closing(ListedHost):
        async def emit(self, *events: Event) -> None:
            if any(isinstance(event, ToolOutputDelta) for event in events):
                raise HostClosed
            await super().emit(*events)

    host.__class__ = Closing
    async with asyncio.timeout(10):
        with pytest.raises(HostClosed):
            await host.run("Go")
    assert not host.of(ToolResult)
    assert not host.of(AgentComplete)


async def test_a_session_goes_on_after_a_crash(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(tool("a", "bash", command="echo begun; sleep 60")),
        reply(text("Let us see.")),
    )
    host.waiting.append("Go")
    running = asyncio.create_task(host.agent().run())
    await host.until(ToolOutputDelta)
    running.cancel()
    await asyncio.wait([running])
    assert not host.of(ToolResult)
    assert (await host.run()).status == "success"
    (result,) = host.of(ToolResult)
    assert result.is_error
    assert result.output.startswith("begun\nThe runner stopped")
    assert [event.text for event in host.of(UserMessage)] == ["Go"]


async def test_the_request_asks_for_what_the_model_can(
    host: ListedHost, simulator: Simulator
) -> None:
    host.configure(effort="high", instructions="Be brief.", may_spawn=False)
    simulator.answer_next(reply(text("Yes.")))
    await host.run("Go")
    body = json.loads(simulator.requests[-1].body)
    assert body["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert body["output_config"] == {"effort": "high"}
    (system,) = body["system"]
    assert system["text"].endswith("Be brief.")
    assert "spawn_agent" not in {tool["name"] for tool in body["tools"]}
    host.configure(model="claude-haiku-4-5-20251001")
    simulator.answer_next(reply(text("Yes.")))
    await host.run("Again")
    assert "thinking" not in json.loads(simulator.requests[-1].body)
