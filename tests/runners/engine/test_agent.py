import asyncio
import json
import time
from dataclasses import replace
from typing import Any

import pytest

from runners.engine.agent import RunResult
from runners.engine.conversation import INTERRUPTION
from runners.engine.outlet import OutletClosed
from runners.engine.rule import Rule
from runners.simulator.canned import Canned
from runners.simulator.simulator import Simulator
from sessions_app.protocol.events import (
    AgentComplete,
    Approval,
    ApprovalRequest,
    Compacted,
    Error,
    Event,
    Retry,
    Text,
    TextDelta,
    ToolOutputDelta,
    ToolResult,
    TurnDiscarded,
    TurnEnd,
    TurnStart,
    UserMessage,
)
from sessions_app.protocol.wire import Json, Usage
from tests.runners.engine.desk import Desk
from tests.runners.engine.proc import alive, gone
from tests.runners.engine.wire import Ending, broken, reply, text, tool

SOON_S = 20.0  # what a stop may take on a busy machine


def last_messages(simulator: Simulator) -> list[Json]:
    messages: list[Json] = json.loads(simulator.requests[-1].body)["messages"]
    return messages


def too_long() -> Canned:
    message = "prompt is too long: 1203344 tokens > 1000000 maximum"
    error = {"type": "invalid_request_error", "message": message}
    body = json.dumps({"type": "error", "error": error}).encode()
    return Canned(status=400, body=body)


def options(desk: Desk, **changes: Any) -> None:
    desk.options = replace(desk.options, **changes)


async def run(desk: Desk, *said: str) -> RunResult:
    desk.waiting += said
    return await desk.agent().run()


async def test_a_reply_is_answered_and_counted(
    desk: Desk, simulator: Simulator
) -> None:
    simulator.answer_next(reply(text("Hello.")))
    result = await run(desk, "Hi")
    assert (result.status, result.text) == ("success", "Hello.")
    (complete,) = desk.of(AgentComplete)
    assert complete.usage == Usage(input_tokens=100, output_tokens=50)
    assert complete.cost_usd == (100 * 4 + 50 * 20) / 1e6


async def test_an_empty_reply_ends_the_run(desk: Desk, simulator: Simulator) -> None:
    simulator.answer_next(reply(tool("a", "bash", command="true")), reply())
    result = await run(desk, "Go")
    assert (result.status, result.text) == ("success", "")
    assert len(simulator.requests) == 2


async def test_nothing_is_asked_where_nobody_has_said_anything(
    desk: Desk, simulator: Simulator
) -> None:
    assert (await run(desk)).status == "success"
    assert not simulator.requests


async def test_results_go_back_in_call_order_before_what_people_said(
    desk: Desk, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(
            tool("slow", "bash", command="sleep 0.2; echo slow"),
            tool("quick", "bash", command="echo quick"),
        ),
        reply(text("Done.")),
    )
    agent = desk.agent()
    desk.waiting.append("Go")
    running = asyncio.create_task(agent.run())
    await desk.until(ToolOutputDelta)
    desk.waiting.append("And be quick")
    await running
    assert [result.tool_use_id for result in desk.of(ToolResult)] == ["quick", "slow"]
    sent = last_messages(simulator)[-1]["content"]
    assert [block.get("content") or block["text"] for block in sent] == [
        "slow",
        "quick",
        "And be quick",
    ]


async def test_what_is_said_during_the_last_turn_is_answered(
    desk: Desk, simulator: Simulator
) -> None:
    simulator.answer_next(reply(text("First.")), reply(text("Second.")))

    class Talkative(Desk):
        async def emit(self, *events: Event) -> None:
            await super().emit(*events)
            if any(isinstance(e, TextDelta) and e.delta == "First." for e in events):
                self.waiting.append("One more thing")

    desk.__class__ = Talkative
    result = await run(desk, "Go")
    assert result.text == "Second."
    assert last_messages(simulator)[-1]["content"][0]["text"] == "One more thing"


async def test_calls_of_a_turn_run_in_parallel(
    desk: Desk, simulator: Simulator
) -> None:
    # Each ends when all have begun.
    wait = "touch {}; until [ -e t0 ] && [ -e t1 ] && [ -e t2 ]; do sleep 0.01; done"
    calls = [tool(f"t{n}", "bash", command=wait.format(f"t{n}")) for n in range(3)]
    simulator.answer_next(reply(*calls), reply(text("Done.")))
    async with asyncio.timeout(60):
        await run(desk, "Go")
    assert not any(result.is_error for result in desk.of(ToolResult))


@pytest.mark.parametrize("ending", ["clean", "cut"])
async def test_a_broken_attempt_is_discarded_and_made_again(
    desk: Desk, simulator: Simulator, ending: Ending
) -> None:
    simulator.answer_next(
        broken(text("Half a"), after=3, ending=ending),
        broken(text("Half a"), after=0),
        Canned(status=529),
        reply(text("Whole.")),
    )
    result = await run(desk, "Go")
    assert result.text == "Whole."
    kinds = (TurnStart, Text, TurnDiscarded, Retry, TurnEnd)
    told = [type(event) for event in desk.log if isinstance(event, kinds)]
    assert told == [
        *(TurnStart, Text, TurnDiscarded, Retry),
        *(Retry, Retry),
        *(TurnStart, Text, TurnEnd),
    ]
    half, whole = desk.of(Text)
    assert (half.block, half.partial) == ("m1.0", True)
    assert (whole.block, whole.partial) == ("m2.0", False)
    assert [turn.turn for turn in desk.of(TurnStart)] == [1, 1]
    assert [retry.attempt for retry in desk.of(Retry)] == [1, 2, 3]
    assert desk.of(AgentComplete)[0].usage.input_tokens == 200
    assert len(last_messages(simulator)) == 1


async def test_it_gives_up_after_so_many_attempts(
    desk: Desk, simulator: Simulator
) -> None:
    simulator.answer_next(*[Canned(status=529)] * 3)
    options(desk, limits=replace(desk.options.limits, attempts=3))
    assert (await run(desk, "Go")).status == "error"
    (error,) = desk.of(Error)
    assert error.fatal
    assert "3 attempts" in error.message
    assert len(simulator.requests) == 3


async def test_a_refused_request_ends_the_run(desk: Desk, simulator: Simulator) -> None:
    body = b'{"type":"error","error":{"type":"not_found_error","message":"model: x"}}'
    simulator.answer_next(Canned(status=404, body=body))
    assert (await run(desk, "Go")).status == "error"
    (error,) = desk.of(Error)
    assert (error.code, error.fatal) == ("not_found_error", True)
    assert error.message.startswith("404: model: x. Name another model")
    assert isinstance(desk.log[-1], AgentComplete)


async def test_calls_that_cannot_be_run_are_answered(
    desk: Desk, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(
            tool("a", "teleport", to="Mars"),
            tool("b", "bash", command=7),
            tool("c", "bash", cmd="ls"),
            tool("d", "read_file", path="no/such/file"),
            tool("e", "read_file", path="/etc/passwd"),
        ),
        reply(text("Oh.")),
    )
    await run(desk, "Go")
    outputs = {result.tool_use_id: result.output for result in desk.of(ToolResult)}
    assert all(result.is_error for result in desk.of(ToolResult))
    assert "no tool 'teleport'" in outputs["a"]
    assert "command" in outputs["b"]
    assert "cmd" in outputs["c"]
    assert "no/such/file" in outputs["d"] or "No such file" in outputs["d"]
    assert "outside the working directory" in outputs["e"]


async def test_a_call_cut_by_max_tokens_is_not_run_and_the_others_are(
    desk: Desk, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(
            tool("a", "bash", command="echo one"),
            tool("b", "bash", command="touch cut"),
            stop="max_tokens",
        ),
        reply(text("Done.")),
    )
    assert (await run(desk, "Go")).status == "success"
    first, cut = sorted(desk.of(ToolResult), key=lambda result: result.tool_use_id)
    assert (first.output, first.is_error) == ("one", False)
    assert cut.is_error
    assert not (desk.workdir.root / "cut").exists()


async def test_calls_broken_again_and_again_end_the_run(
    desk: Desk, simulator: Simulator
) -> None:
    cut = [tool("a", "bash", command="ls")]
    simulator.answer_next(*[reply(*cut, stop="max_tokens")] * 3)
    assert (await run(desk, "Go")).status == "error"
    assert [error.code for error in desk.of(Error)] == ["broken_calls"]
    assert len(simulator.requests) == 3


@pytest.mark.parametrize(
    ("stop", "code"),
    [
        ("max_tokens", "max_tokens"),
        ("boredom", "stop_reason"),
    ],
)
async def test_an_answer_that_is_cut_or_strange_ends_visibly(
    desk: Desk, simulator: Simulator, stop: str, code: str
) -> None:
    simulator.answer_next(reply(text("Well"), stop=stop))
    assert (await run(desk, "Go")).status == "error"
    (error,) = desk.of(Error)
    assert (error.code, error.fatal) == (code, False)


async def test_an_answer_that_fills_the_context_goes_on_from_a_summary(
    desk: Desk, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(text("Half a"), stop="model_context_window_exceeded"),
        reply(text("The summary.")),
        reply(text("Whole.")),
    )
    assert (await run(desk, "Go")).text == "Whole."
    (compacted,) = desk.of(Compacted)
    assert compacted.summary == "The summary."
    assert compacted.cost_usd == (100 * 4 + 50 * 20) / 1e6
    (message,) = last_messages(simulator)
    assert message["content"][0]["text"].endswith("The summary.")


@pytest.mark.parametrize("stop", ["end_turn", "max_tokens"])
async def test_a_prompt_that_is_too_long_is_summed_up_with_less_and_less(
    desk: Desk, simulator: Simulator, stop: str
) -> None:
    simulator.answer_next(
        reply(tool("a", "bash", command="seq 1 9999")),
        too_long(),
        too_long(),
        reply(text("The summary."), stop=stop),
        reply(text("Done.")),
    )
    assert (await run(desk, "Go")).text == "Done."
    sent = [json.loads(request.body) for request in simulator.requests]
    lengths = [len(json.dumps(body["messages"])) for body in sent]
    assert lengths[1] > lengths[3] > lengths[4]
    assert [body.get("tool_choice") for body in sent] == [
        *(None, None),
        *({"type": "none"}, {"type": "none"}),
        None,
    ]
    (compacted,) = desk.of(Compacted)
    assert "too long" in compacted.reason
    resumed = desk.agent()
    assert len(resumed.conversation.messages) == 2
    assert resumed.conversation.messages[0] == last_messages(simulator)[0]


async def test_what_is_too_long_after_a_summary_ends_the_run(
    desk: Desk, simulator: Simulator
) -> None:
    simulator.answer_next(
        too_long(),
        reply(text("The summary.")),
        too_long(),
        reply(text("The summary.")),
        too_long(),
    )
    assert (await run(desk, "Go")).status == "error"
    assert [error.code for error in desk.of(Error)] == ["context_overflow"]


async def test_a_full_context_is_summed_up_before_it_overflows(
    desk: Desk, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(tool("a", "bash", command="echo hi"), usage={"input_tokens": 900_000}),
        reply(text("The summary.")),
        reply(text("Done.")),
    )
    desk.waiting.append("Go")
    assert (await run(desk)).text == "Done."
    assert len(desk.of(Compacted)) == 1


async def test_finished_calls_of_a_broken_reply_are_kept(
    desk: Desk, simulator: Simulator
) -> None:
    simulator.answer_next(
        broken(
            text("I do both."),
            tool("a", "bash", command="echo one"),
            tool("b", "bash", command="echo two"),
            after=9,
            ending="cut",
        ),
        reply(text("Done.")),
    )
    assert (await run(desk, "Go")).status == "success"
    kept, dropped = sorted(desk.of(ToolResult), key=lambda result: result.tool_use_id)
    assert (kept.tool_use_id, kept.output) == ("a", "one")
    assert dropped.is_error
    assert [e.stop_reason for e in desk.of(TurnEnd)] == ["broken_off", "end_turn"]
    assert not desk.of(TurnDiscarded)
    assert len(desk.of(Retry)) == 1
    _, assistant, user = last_messages(simulator)
    assert [block["type"] for block in assistant["content"]] == ["text", "tool_use"]
    assert [block["tool_use_id"] for block in user["content"]] == ["a"]
    assert desk.agent().conversation.closing() == []


async def test_a_reply_that_breaks_again_and_again_is_asked_for_anew(
    desk: Desk, simulator: Simulator
) -> None:
    options(desk, limits=replace(desk.options.limits, broken_off=2))
    replies = [
        broken(tool(name, "bash", command="true"), text("And"), after=6)
        for name in ("a", "b", "c")
    ]
    simulator.answer_next(*replies, reply(text("Done.")))
    assert (await run(desk, "Go")).status == "success"
    assert len(desk.of(TurnDiscarded)) == 1
    assert len(desk.of(ToolResult)) == 2


async def test_a_refusal_runs_nothing_and_is_explained(
    desk: Desk, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(
            text("I will"),
            tool("a", "bash", command="touch harm"),
            stop="refusal",
            stop_details={"type": "refusal", "explanation": "Not that."},
        ),
        reply(text("That I can do.")),
    )
    assert (await run(desk, "Harm")).status == "error"
    assert desk.of(Error) == [Error(code="refusal", message="Not that.", fatal=False)]
    assert desk.of(ToolResult)[0].is_error
    assert not (desk.workdir.root / "harm").exists()
    assert (await run(desk, "Help instead")).status == "success"
    assert [message["role"] for message in last_messages(simulator)] == ["user"]


async def test_pauses_are_bounded(desk: Desk, simulator: Simulator) -> None:
    pause = reply(text("Wait."), stop="pause_turn")
    simulator.answer_next(*[pause] * 4)
    options(desk, limits=replace(desk.options.limits, pauses=3))
    assert (await run(desk, "Go")).status == "error"
    assert [error.code for error in desk.of(Error)] == ["pause_turn"]
    assert len(simulator.requests) == 4


async def test_an_interrupt_while_claude_speaks_keeps_what_was_said(
    desk: Desk, simulator: Simulator
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
    desk.waiting.append("Go")
    agent = desk.agent()
    running = asyncio.create_task(agent.run())
    await desk.until(TextDelta, 2)
    began = time.monotonic()
    agent.interrupt()
    result = await running
    assert time.monotonic() - began < SOON_S
    assert result.status == "interrupted"
    assert [end.stop_reason for end in desk.of(TurnEnd)] == ["interrupted"]
    assert [(text.text, text.partial) for text in desk.of(Text)] == [
        ("Well begun", False),
        ("Then", True),
    ]
    (cut,) = desk.of(ToolResult)
    assert (cut.tool_use_id, cut.is_error) == ("a", True)
    assert "interrupted by the user" in cut.output
    assert (await run(desk, "Go on then")).status == "success"
    roles = [message["role"] for message in last_messages(simulator)]
    assert roles == ["user", "assistant", "user"]


async def test_an_interrupt_before_any_word_leaves_a_note(
    desk: Desk, simulator: Simulator
) -> None:
    simulator.answer_next(broken(after=1, ending="silence"), reply(text("Yes?")))
    desk.waiting.append("Go")
    agent = desk.agent()
    running = asyncio.create_task(agent.run())
    await desk.until(TurnStart)
    agent.interrupt()
    assert (await running).status == "interrupted"
    desk.waiting.append("Wait")
    assert (await agent.run()).status == "success"
    (message,) = last_messages(simulator)
    said = [block["text"] for block in message["content"]]
    assert said == ["Go", INTERRUPTION, "Wait"]


async def test_an_interrupt_kills_a_command_and_all_it_has_started(
    desk: Desk, simulator: Simulator
) -> None:
    command = "sleep 60 & echo $!; wait"
    simulator.answer_next(reply(tool("a", "bash", command=command)))
    desk.waiting.append("Go")
    agent = desk.agent()
    running = asyncio.create_task(agent.run())
    pid = int((await desk.until(ToolOutputDelta)).delta)
    assert alive(pid)
    began = time.monotonic()
    agent.interrupt()
    assert (await running).status == "interrupted"
    assert time.monotonic() - began < SOON_S
    (result,) = desk.of(ToolResult)
    assert result.output == f"{pid}\n[interrupted by the user]"
    await gone(pid)


async def test_an_interrupt_ends_a_wait_for_the_next_attempt(
    desk: Desk, simulator: Simulator
) -> None:
    simulator.answer_next(Canned(status=529))
    slow = replace(desk.options.limits, first_delay_s=60.0, longest_delay_s=60.0)
    options(desk, limits=slow)
    desk.waiting.append("Go")
    agent = desk.agent()
    running = asyncio.create_task(agent.run())
    await desk.until(Retry)
    agent.interrupt()
    assert (await running).status == "interrupted"


async def test_an_interrupt_ends_a_question(desk: Desk, simulator: Simulator) -> None:
    options(desk, permission_mode="default")
    simulator.answer_next(reply(tool("a", "bash", command="ls")))
    desk.waiting.append("Go")
    agent = desk.agent()
    running = asyncio.create_task(agent.run())
    await desk.until(ApprovalRequest)
    agent.cancel()
    assert (await running).status == "cancelled"
    assert "cancelled by the user" in desk.of(ToolResult)[0].output


async def test_a_cancel_reaches_the_whole_tree(
    desk: Desk, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(tool("a", "spawn_agent", description="Sleep", prompt="Sleep")),
        reply(tool("b", "bash", command="echo begun; sleep 60")),
    )
    desk.waiting.append("Go")
    agent = desk.agent()
    running = asyncio.create_task(agent.run())
    child = await desk.child()
    await child.until(ToolOutputDelta)
    began = time.monotonic()
    agent.cancel()
    assert (await running).status == "cancelled"
    assert time.monotonic() - began < SOON_S
    assert child.of(AgentComplete)[0].status == "cancelled"


async def test_an_interrupt_before_the_run_counts(
    desk: Desk, simulator: Simulator
) -> None:
    desk.waiting.append("Go")
    agent = desk.agent()
    agent.interrupt()
    assert (await agent.run()).status == "interrupted"
    assert not simulator.requests


async def test_an_approval_may_edit_deny_and_last(
    desk: Desk, simulator: Simulator
) -> None:
    options(desk, permission_mode="default")
    desk.answers += [
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
    await run(desk, "Go")
    denied, edited, allowed, remembered = desk.of(ToolResult)
    assert denied.is_error
    assert "Too loud" in denied.output
    assert "soft" in edited.output
    assert "edited" in edited.output
    assert (allowed.output, remembered.output) == ("LOUD", "LOUD")
    assert len(desk.of(ApprovalRequest)) == 3
    assert desk.held.allow == (Rule.parse("bash(echo LOUD)"),)


async def test_planning_refuses_what_changes_anything(
    desk: Desk, simulator: Simulator
) -> None:
    options(desk, permission_mode="plan")
    simulator.answer_next(
        reply(
            tool("a", "bash", command="ls"),
            tool("b", "write_file", path="a", content="a"),
            tool("c", "glob", pattern="*"),
        ),
        reply(text("Done.")),
    )
    await run(desk, "Go")
    errors = {result.tool_use_id: result.is_error for result in desk.of(ToolResult)}
    assert errors == {"a": True, "b": True, "c": False}


async def test_what_cannot_be_paid_for_is_not_asked(
    desk: Desk, simulator: Simulator
) -> None:
    desk.turns = 2
    simulator.answer_next(*[reply(tool(n, "bash", command="ls")) for n in "ab"])
    assert (await run(desk, "Go")).status == "budget"
    assert len(simulator.requests) == 2
    assert len(desk.of(ToolResult)) == 2
    assert [error.code for error in desk.of(Error)] == ["budget"]
    desk.turns = None
    simulator.answer_next(reply(text("Done.")))
    assert (await run(desk)).status == "success"


async def test_a_throttle_keeps_calls_apart(desk: Desk, simulator: Simulator) -> None:
    simulator.answer_next(
        reply(tool("a", "bash", command="true")),
        reply(text("Done.")),
    )
    desk.waiting.append("Go")
    agent = desk.agent()
    agent.throttle(60_000)
    running = asyncio.create_task(agent.run())
    await desk.until(ToolResult)
    done, _ = await asyncio.wait([running], timeout=0.2)
    assert not done
    agent.throttle(0)
    assert (await running).status == "success"


async def test_a_closed_outlet_stops_the_agent_without_a_word(
    desk: Desk, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(
            tool("a", "bash", command="echo one; sleep 60"),
            tool("b", "bash", command="sleep 60"),
        )
    )

    class Closing(Desk):
        async def emit(self, *events: Event) -> None:
            if any(isinstance(event, ToolOutputDelta) for event in events):
                raise OutletClosed
            await super().emit(*events)

    desk.__class__ = Closing
    async with asyncio.timeout(10):
        with pytest.raises(OutletClosed):
            await run(desk, "Go")
    assert not desk.of(ToolResult)
    assert not desk.of(AgentComplete)


async def test_a_session_goes_on_after_a_crash(
    desk: Desk, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(tool("a", "bash", command="echo begun; sleep 60")),
        reply(text("Let us see.")),
    )
    desk.waiting.append("Go")
    running = asyncio.create_task(desk.agent().run())
    await desk.until(ToolOutputDelta)
    running.cancel()
    await asyncio.wait([running])
    assert not desk.of(ToolResult)
    assert (await run(desk)).status == "success"
    (result,) = desk.of(ToolResult)
    assert result.is_error
    assert result.output.startswith("begun\nThe runner stopped")
    assert [event.text for event in desk.of(UserMessage)] == ["Go"]


async def test_the_request_asks_for_what_the_model_can(
    desk: Desk, simulator: Simulator
) -> None:
    options(desk, effort="high", instructions="Be brief.", may_spawn=False)
    simulator.answer_next(reply(text("Yes.")))
    await run(desk, "Go")
    body = json.loads(simulator.requests[-1].body)
    assert body["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert body["output_config"] == {"effort": "high"}
    assert body["cache_control"] == {"type": "ephemeral"}
    assert body["system"].endswith("Be brief.")
    assert "spawn_agent" not in {tool["name"] for tool in body["tools"]}
    options(desk, model="claude-haiku-4-5-20251001")
    simulator.answer_next(reply(text("Yes.")))
    await run(desk, "Again")
    assert "thinking" not in json.loads(simulator.requests[-1].body)
