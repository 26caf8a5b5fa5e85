"""An agent that goes round in circles is stopped by a question, and no other is."""

import asyncio
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from runners.engines.claude_api.conversation.pending_call import LOST
from runners.engines.claude_api.conversation.repetition import FinishedCall, Repetition
from runners.simulator.api.canned import CannedStream
from runners.simulator.simulator import Simulator
from sessions_app.protocol.events import (
    AgentComplete,
    Approval,
    ApprovalRequest,
    Error,
    ToolResult,
)
from tests.runners.engines.claude_api.listed_host import ListedHost
from tests.runners.engines.claude_api.wire import reply, text, tool

YES = Approval(tool_use_id="", decision="approved")
NO = Approval(tool_use_id="", decision="denied", reason="It is not there")


def calls(number: int, command: str = "cat none") -> list[CannedStream]:
    return [reply(tool(f"t{n}", "bash", command=command)) for n in range(number)]


def asked(host: ListedHost) -> list[str]:
    return [request.tool_use_id for request in host.of(ApprovalRequest)]


async def test_the_same_failing_call_is_asked_about_and_a_person_may_stop_it(
    host: ListedHost, simulator: Simulator
) -> None:
    host.answers.append(NO)
    simulator.answer_next(*calls(9))
    assert (await host.run("Go")).status == "interrupted"
    assert len(simulator.requests) == 5
    (request,) = host.of(ApprovalRequest)
    assert request.tool == "loop"
    assert "5 turns in a row have failed" in request.reason
    assert "cat none" in request.reason
    (error,) = host.of(Error)
    assert error.message == "Stopped going round in circles: It is not there"
    assert host.of(ToolResult)[-1].tool == "loop"


async def test_a_person_may_let_it_go_on_and_is_asked_again_later(
    host: ListedHost, simulator: Simulator
) -> None:
    host.answers += [YES, NO]
    simulator.answer_next(*calls(20))
    await host.run("Go")
    assert asked(host) == ["loop_6", "loop_11"]


async def test_what_a_person_says_begins_anew(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(*calls(4), reply(text("Hm.")), *calls(4), reply(text("Hm.")))
    await host.run("Go")
    await host.run("Again")
    assert not asked(host)


async def test_a_look_that_may_come_to_something_is_not_asked_about_soon(
    host: ListedHost, simulator: Simulator
) -> None:
    limits = replace(host.options.limits, stale_repeats=7)
    host.configure(limits=limits)
    host.answers.append(NO)
    simulator.answer_next(*calls(9, "echo not yet"))
    await host.run("Go")
    assert len(simulator.requests) == 8
    assert (
        "8 turns in a row have come to the same" in host.of(ApprovalRequest)[0].reason
    )


async def test_the_question_outlives_its_runner(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(*calls(5), reply(text("Done.")))
    host.waiting.append("Go")
    running = asyncio.create_task(host.agent().run())
    await host.until(ApprovalRequest)
    running.cancel()
    await asyncio.wait([running])
    host.answers.append(YES)
    assert (await host.run()).text == "Done."
    assert set(asked(host)) == {"loop_6"}


async def test_an_interrupt_ends_the_question(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(*calls(5))
    host.waiting.append("Go")
    agent = host.agent()
    running = asyncio.create_task(agent.run())
    await host.until(ApprovalRequest)
    agent.interrupt()
    assert (await running).status == "interrupted"
    *_, closed, complete = host.log
    assert isinstance(closed, ToolResult)
    assert (closed.tool_use_id, closed.output) == ("loop_6", "Not answered")
    assert isinstance(complete, AgentComplete)


Turns = list[list[FinishedCall]]
CALLS = st.builds(
    FinishedCall,
    st.just("t"),
    st.fixed_dictionaries({"n": st.integers(0, 2)}),
    st.sampled_from(["", "x"]),
    is_error=st.booleans(),
)


def key(call: FinishedCall) -> tuple[int, str]:
    return (call.input["n"], "error" if call.is_error else f"={call.output}")


def naive(turns: Turns) -> tuple[int, int]:
    """Count from the end, looking at all earlier turns each time."""
    stale = failed = 0
    fails = True
    for at in range(len(turns) - 1, -1, -1):
        before = {key(call) for turn in turns[:at] for call in turn}
        if not all(key(call) in before for call in turns[at]):
            break
        stale += 1
        fails = fails and all(call.is_error for call in turns[at])
        failed += fails
    return stale, failed


@given(st.lists(st.lists(CALLS, min_size=1, max_size=3), max_size=12))
def test_stale_turns_are_counted_as_the_naive_way_does(turns: Turns) -> None:
    repetition = Repetition()
    for turn in turns:
        repetition.add(turn)
    assert (repetition.stale, repetition.failed) == naive(turns)


def test_a_call_that_runners_ends_have_cut_is_no_circle() -> None:
    cut = FinishedCall("bash", {"command": "make"}, LOST, is_error=True)
    failed = replace(cut, output="exit 1")
    repetition = Repetition()
    for _ in range(10):
        repetition.add([cut])
    assert (repetition.stale, repetition.failed) == (0, 0)
    for _ in range(3):
        repetition.add([failed])
        repetition.add([cut, failed])
    assert repetition.failed == 2
