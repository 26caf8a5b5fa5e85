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
from tests.runners.engine.listed_outlet import ListedOutlet
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


def options(outlet: ListedOutlet, **changes: Any) -> None:
    outlet.options = replace(outlet.options, **changes)


async def run(outlet: ListedOutlet, *said: str) -> RunResult:
    outlet.waiting += said
    return await outlet.agent().run()


async def test_a_reply_is_answered_and_counted(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    simulator.answer_next(reply(text("Hello.")))
    result = await run(outlet, "Hi")
    assert (result.status, result.text) == ("success", "Hello.")
    (complete,) = outlet.of(AgentComplete)
    assert complete.usage == Usage(input_tokens=100, output_tokens=50)
    assert complete.cost_usd == (100 * 4 + 50 * 20) / 1e6


async def test_an_empty_reply_ends_the_run(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    simulator.answer_next(reply(tool("a", "bash", command="true")), reply())
    result = await run(outlet, "Go")
    assert (result.status, result.text) == ("success", "")
    assert len(simulator.requests) == 2


async def test_nothing_is_asked_where_nobody_has_said_anything(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    assert (await run(outlet)).status == "success"
    assert not simulator.requests


async def test_results_go_back_in_call_order_before_what_people_said(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(
            tool("slow", "bash", command="sleep 0.2; echo slow"),
            tool("quick", "bash", command="echo quick"),
        ),
        reply(text("Done.")),
    )
    agent = outlet.agent()
    outlet.waiting.append("Go")
    running = asyncio.create_task(agent.run())
    await outlet.until(ToolOutputDelta)
    outlet.waiting.append("And be quick")
    await running
    assert [result.tool_use_id for result in outlet.of(ToolResult)] == ["quick", "slow"]
    sent = last_messages(simulator)[-1]["content"]
    assert [block.get("content") or block["text"] for block in sent] == [
        "slow",
        "quick",
        "And be quick",
    ]


async def test_what_is_said_during_the_last_turn_is_answered(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    simulator.answer_next(reply(text("First.")), reply(text("Second.")))

    class Talkative(ListedOutlet):
        async def emit(self, *events: Event) -> None:
            await super().emit(*events)
            if any(isinstance(e, TextDelta) and e.delta == "First." for e in events):
                self.waiting.append("One more thing")

    outlet.__class__ = Talkative
    result = await run(outlet, "Go")
    assert result.text == "Second."
    assert last_messages(simulator)[-1]["content"][0]["text"] == "One more thing"


async def test_calls_of_a_turn_run_in_parallel(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    # Each ends when all have begun.
    wait = "touch {}; until [ -e t0 ] && [ -e t1 ] && [ -e t2 ]; do sleep 0.01; done"
    calls = [tool(f"t{n}", "bash", command=wait.format(f"t{n}")) for n in range(3)]
    simulator.answer_next(reply(*calls), reply(text("Done.")))
    async with asyncio.timeout(60):
        await run(outlet, "Go")
    assert not any(result.is_error for result in outlet.of(ToolResult))


@pytest.mark.parametrize("ending", ["clean", "cut"])
async def test_a_broken_attempt_is_discarded_and_made_again(
    outlet: ListedOutlet, simulator: Simulator, ending: Ending
) -> None:
    simulator.answer_next(
        broken(text("Half a"), after=3, ending=ending),
        broken(text("Half a"), after=0),
        Canned(status=529),
        reply(text("Whole.")),
    )
    result = await run(outlet, "Go")
    assert result.text == "Whole."
    kinds = (TurnStart, Text, TurnDiscarded, Retry, TurnEnd)
    told = [type(event) for event in outlet.log if isinstance(event, kinds)]
    assert told == [
        *(TurnStart, Text, TurnDiscarded, Retry),
        *(Retry, Retry),
        *(TurnStart, Text, TurnEnd),
    ]
    half, whole = outlet.of(Text)
    assert (half.block, half.partial) == ("m1.0", True)
    assert (whole.block, whole.partial) == ("m2.0", False)
    assert [turn.turn for turn in outlet.of(TurnStart)] == [1, 1]
    assert [retry.attempt for retry in outlet.of(Retry)] == [1, 2, 3]
    assert outlet.of(AgentComplete)[0].usage.input_tokens == 200
    assert len(last_messages(simulator)) == 1


async def test_it_gives_up_after_so_many_attempts(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    simulator.answer_next(*[Canned(status=529)] * 3)
    options(outlet, limits=replace(outlet.options.limits, attempts=3))
    assert (await run(outlet, "Go")).status == "error"
    (error,) = outlet.of(Error)
    assert error.fatal
    assert "3 attempts" in error.message
    assert len(simulator.requests) == 3


async def test_a_refused_request_ends_the_run(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    body = b'{"type":"error","error":{"type":"not_found_error","message":"model: x"}}'
    simulator.answer_next(Canned(status=404, body=body))
    assert (await run(outlet, "Go")).status == "error"
    (error,) = outlet.of(Error)
    assert (error.code, error.fatal) == ("not_found_error", True)
    assert error.message.startswith("404: model: x. Name another model")
    assert isinstance(outlet.log[-1], AgentComplete)


async def test_calls_that_cannot_be_run_are_answered(
    outlet: ListedOutlet, simulator: Simulator
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
    await run(outlet, "Go")
    outputs = {result.tool_use_id: result.output for result in outlet.of(ToolResult)}
    assert all(result.is_error for result in outlet.of(ToolResult))
    assert "no tool 'teleport'" in outputs["a"]
    assert "command" in outputs["b"]
    assert "cmd" in outputs["c"]
    assert "no/such/file" in outputs["d"] or "No such file" in outputs["d"]
    assert "outside the working directory" in outputs["e"]


async def test_a_call_cut_by_max_tokens_is_not_run_and_the_others_are(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(
            tool("a", "bash", command="echo one"),
            tool("b", "bash", command="touch cut"),
            stop="max_tokens",
        ),
        reply(text("Done.")),
    )
    assert (await run(outlet, "Go")).status == "success"
    first, cut = sorted(outlet.of(ToolResult), key=lambda result: result.tool_use_id)
    assert (first.output, first.is_error) == ("one", False)
    assert cut.is_error
    assert not (outlet.workdir.root / "cut").exists()


async def test_calls_broken_again_and_again_end_the_run(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    cut = [tool("a", "bash", command="ls")]
    simulator.answer_next(*[reply(*cut, stop="max_tokens")] * 3)
    assert (await run(outlet, "Go")).status == "error"
    assert [error.code for error in outlet.of(Error)] == ["broken_calls"]
    assert len(simulator.requests) == 3


@pytest.mark.parametrize(
    ("stop", "code"),
    [
        ("max_tokens", "max_tokens"),
        ("boredom", "stop_reason"),
    ],
)
async def test_an_answer_that_is_cut_or_strange_ends_visibly(
    outlet: ListedOutlet, simulator: Simulator, stop: str, code: str
) -> None:
    simulator.answer_next(reply(text("Well"), stop=stop))
    assert (await run(outlet, "Go")).status == "error"
    (error,) = outlet.of(Error)
    assert (error.code, error.fatal) == (code, False)


async def test_an_answer_that_fills_the_context_goes_on_from_a_summary(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(text("Half a"), stop="model_context_window_exceeded"),
        reply(text("The summary.")),
        reply(text("Whole.")),
    )
    assert (await run(outlet, "Go")).text == "Whole."
    (compacted,) = outlet.of(Compacted)
    assert compacted.summary == "The summary."
    assert compacted.cost_usd == (100 * 4 + 50 * 20) / 1e6
    (message,) = last_messages(simulator)
    assert message["content"][0]["text"].endswith("The summary.")


@pytest.mark.parametrize("stop", ["end_turn", "max_tokens"])
async def test_a_prompt_that_is_too_long_is_summed_up_with_less_and_less(
    outlet: ListedOutlet, simulator: Simulator, stop: str
) -> None:
    simulator.answer_next(
        reply(tool("a", "bash", command="seq 1 9999")),
        too_long(),
        too_long(),
        reply(text("The summary."), stop=stop),
        reply(text("Done.")),
    )
    assert (await run(outlet, "Go")).text == "Done."
    sent = [json.loads(request.body) for request in simulator.requests]
    lengths = [len(json.dumps(body["messages"])) for body in sent]
    assert lengths[1] > lengths[3] > lengths[4]
    assert [body.get("tool_choice") for body in sent] == [
        *(None, None),
        *({"type": "none"}, {"type": "none"}),
        None,
    ]
    (compacted,) = outlet.of(Compacted)
    assert "too long" in compacted.reason
    resumed = outlet.agent()
    assert len(resumed.conversation.messages) == 2
    assert resumed.conversation.messages[0] == last_messages(simulator)[0]


async def test_what_is_too_long_after_a_summary_ends_the_run(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    simulator.answer_next(
        too_long(),
        reply(text("The summary.")),
        too_long(),
        reply(text("The summary.")),
        too_long(),
    )
    assert (await run(outlet, "Go")).status == "error"
    assert [error.code for error in outlet.of(Error)] == ["context_overflow"]


async def test_a_full_context_is_summed_up_before_it_overflows(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(tool("a", "bash", command="echo hi"), usage={"input_tokens": 900_000}),
        reply(text("The summary.")),
        reply(text("Done.")),
    )
    outlet.waiting.append("Go")
    assert (await run(outlet)).text == "Done."
    assert len(outlet.of(Compacted)) == 1


async def test_finished_calls_of_a_broken_reply_are_kept(
    outlet: ListedOutlet, simulator: Simulator
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
    assert (await run(outlet, "Go")).status == "success"
    kept, dropped = sorted(outlet.of(ToolResult), key=lambda result: result.tool_use_id)
    assert (kept.tool_use_id, kept.output) == ("a", "one")
    assert dropped.is_error
    assert [e.stop_reason for e in outlet.of(TurnEnd)] == ["broken_off", "end_turn"]
    assert not outlet.of(TurnDiscarded)
    assert len(outlet.of(Retry)) == 1
    _, assistant, user = last_messages(simulator)
    assert [block["type"] for block in assistant["content"]] == ["text", "tool_use"]
    assert [block["tool_use_id"] for block in user["content"]] == ["a"]
    assert outlet.agent().conversation.closing() == []


async def test_a_reply_that_breaks_again_and_again_is_asked_for_anew(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    options(outlet, limits=replace(outlet.options.limits, broken_off=2))
    replies = [
        broken(tool(name, "bash", command="true"), text("And"), after=6)
        for name in ("a", "b", "c")
    ]
    simulator.answer_next(*replies, reply(text("Done.")))
    assert (await run(outlet, "Go")).status == "success"
    assert len(outlet.of(TurnDiscarded)) == 1
    assert len(outlet.of(ToolResult)) == 2


async def test_a_refusal_runs_nothing_and_is_explained(
    outlet: ListedOutlet, simulator: Simulator
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
    assert (await run(outlet, "Harm")).status == "error"
    assert outlet.of(Error) == [Error(code="refusal", message="Not that.", fatal=False)]
    assert outlet.of(ToolResult)[0].is_error
    assert not (outlet.workdir.root / "harm").exists()
    assert (await run(outlet, "Help instead")).status == "success"
    assert [message["role"] for message in last_messages(simulator)] == ["user"]


async def test_pauses_are_bounded(outlet: ListedOutlet, simulator: Simulator) -> None:
    pause = reply(text("Wait."), stop="pause_turn")
    simulator.answer_next(*[pause] * 4)
    options(outlet, limits=replace(outlet.options.limits, pauses=3))
    assert (await run(outlet, "Go")).status == "error"
    assert [error.code for error in outlet.of(Error)] == ["pause_turn"]
    assert len(simulator.requests) == 4


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
    assert (await run(outlet, "Go on then")).status == "success"
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
    options(outlet, limits=slow)
    outlet.waiting.append("Go")
    agent = outlet.agent()
    running = asyncio.create_task(agent.run())
    await outlet.until(Retry)
    agent.interrupt()
    assert (await running).status == "interrupted"


async def test_an_interrupt_ends_a_question(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    options(outlet, permission_mode="default")
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


async def test_an_approval_may_edit_deny_and_last(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    options(outlet, permission_mode="default")
    outlet.answers += [
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
    await run(outlet, "Go")
    denied, edited, allowed, remembered = outlet.of(ToolResult)
    assert denied.is_error
    assert "Too loud" in denied.output
    assert "soft" in edited.output
    assert "edited" in edited.output
    assert (allowed.output, remembered.output) == ("LOUD", "LOUD")
    assert len(outlet.of(ApprovalRequest)) == 3
    assert outlet.held.allow == (Rule.parse("bash(echo LOUD)"),)


async def test_planning_refuses_what_changes_anything(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    options(outlet, permission_mode="plan")
    simulator.answer_next(
        reply(
            tool("a", "bash", command="ls"),
            tool("b", "write_file", path="a", content="a"),
            tool("c", "glob", pattern="*"),
        ),
        reply(text("Done.")),
    )
    await run(outlet, "Go")
    errors = {result.tool_use_id: result.is_error for result in outlet.of(ToolResult)}
    assert errors == {"a": True, "b": True, "c": False}


async def test_what_cannot_be_paid_for_is_not_asked(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    outlet.turns = 2
    simulator.answer_next(*[reply(tool(n, "bash", command="ls")) for n in "ab"])
    assert (await run(outlet, "Go")).status == "budget"
    assert len(simulator.requests) == 2
    assert len(outlet.of(ToolResult)) == 2
    assert [error.code for error in outlet.of(Error)] == ["budget"]
    outlet.turns = None
    simulator.answer_next(reply(text("Done.")))
    assert (await run(outlet)).status == "success"


async def test_a_throttle_keeps_calls_apart(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(tool("a", "bash", command="true")),
        reply(text("Done.")),
    )
    outlet.waiting.append("Go")
    agent = outlet.agent()
    agent.throttle(60_000)
    running = asyncio.create_task(agent.run())
    await outlet.until(ToolResult)
    done, _ = await asyncio.wait([running], timeout=0.2)
    assert not done
    agent.throttle(0)
    assert (await running).status == "success"


async def test_a_closed_outlet_stops_the_agent_without_a_word(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(
            tool("a", "bash", command="echo one; sleep 60"),
            tool("b", "bash", command="sleep 60"),
        )
    )

    class Closing(ListedOutlet):
        async def emit(self, *events: Event) -> None:
            if any(isinstance(event, ToolOutputDelta) for event in events):
                raise OutletClosed
            await super().emit(*events)

    outlet.__class__ = Closing
    async with asyncio.timeout(10):
        with pytest.raises(OutletClosed):
            await run(outlet, "Go")
    assert not outlet.of(ToolResult)
    assert not outlet.of(AgentComplete)


async def test_a_session_goes_on_after_a_crash(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(tool("a", "bash", command="echo begun; sleep 60")),
        reply(text("Let us see.")),
    )
    outlet.waiting.append("Go")
    running = asyncio.create_task(outlet.agent().run())
    await outlet.until(ToolOutputDelta)
    running.cancel()
    await asyncio.wait([running])
    assert not outlet.of(ToolResult)
    assert (await run(outlet)).status == "success"
    (result,) = outlet.of(ToolResult)
    assert result.is_error
    assert result.output.startswith("begun\nThe runner stopped")
    assert [event.text for event in outlet.of(UserMessage)] == ["Go"]


async def test_the_request_asks_for_what_the_model_can(
    outlet: ListedOutlet, simulator: Simulator
) -> None:
    options(outlet, effort="high", instructions="Be brief.", may_spawn=False)
    simulator.answer_next(reply(text("Yes.")))
    await run(outlet, "Go")
    body = json.loads(simulator.requests[-1].body)
    assert body["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert body["output_config"] == {"effort": "high"}
    assert body["cache_control"] == {"type": "ephemeral"}
    assert body["system"].endswith("Be brief.")
    assert "spawn_agent" not in {tool["name"] for tool in body["tools"]}
    options(outlet, model="claude-haiku-4-5-20251001")
    simulator.answer_next(reply(text("Yes.")))
    await run(outlet, "Again")
    assert "thinking" not in json.loads(simulator.requests[-1].body)
