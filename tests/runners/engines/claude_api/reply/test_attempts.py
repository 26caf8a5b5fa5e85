from dataclasses import replace

import pytest

from runners.simulator.api.canned import Canned
from runners.simulator.simulator import Simulator
from sessions_app.protocol.events import (
    AgentComplete,
    Error,
    Retry,
    Text,
    ToolResult,
    TurnDiscarded,
    TurnEnd,
    TurnStart,
)
from tests.runners.engines.claude_api.listed_host import ListedHost
from tests.runners.engines.claude_api.wire import (
    Ending,
    broken,
    last_messages,
    reply,
    text,
    tool,
)


@pytest.mark.parametrize("ending", ["clean", "cut"])
async def test_a_broken_attempt_is_discarded_and_made_again(
    host: ListedHost, simulator: Simulator, ending: Ending
) -> None:
    simulator.answer_next(
        broken(text("Half a"), after=3, ending=ending),
        broken(text("Half a"), after=0),
        Canned(status=529),
        reply(text("Whole.")),
    )
    result = await host.run("Go")
    assert result.text == "Whole."
    kinds = (TurnStart, Text, TurnDiscarded, Retry, TurnEnd)
    told = [type(event) for event in host.log if isinstance(event, kinds)]
    assert told == [
        *(TurnStart, Text, TurnDiscarded, Retry),
        *(Retry, Retry),
        *(TurnStart, Text, TurnEnd),
    ]
    half, whole = host.of(Text)
    assert (half.block, half.partial) == ("m1.0", True)
    assert (whole.block, whole.partial) == ("m2.0", False)
    assert [turn.turn for turn in host.of(TurnStart)] == [1, 1]
    assert [retry.attempt for retry in host.of(Retry)] == [1, 2, 3]
    assert host.of(AgentComplete)[0].usage.input_tokens == 200
    assert len(last_messages(simulator)) == 1


async def test_it_gives_up_after_so_many_attempts(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(*[Canned(status=529)] * 3)
    host.configure(limits=replace(host.options.limits, attempts=3))
    assert (await host.run("Go")).status == "error"
    (error,) = host.of(Error)
    assert error.fatal
    assert "3 attempts" in error.message
    assert len(simulator.requests) == 3


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        (Canned(status=529), "go on with the session later"),
        (Canned(status=503, body=b"<html>down</html>"), "go on with the session later"),
        (Canned(status=429), "Run fewer sessions at once"),
        (broken(text("Half a"), after=3), "time-outs of any proxy"),
        (broken(text("Half a"), after=3, ending="cut"), "time-outs of any proxy"),
    ],
)
async def test_who_gave_up_says_what_a_person_can_do(
    host: ListedHost, simulator: Simulator, answer: Canned, advice: str
) -> None:
    simulator.answer_next(answer, answer)
    host.configure(limits=replace(host.options.limits, attempts=2))
    assert (await host.run("Go")).status == "error"
    (error,) = host.of(Error)
    assert advice in error.message


async def test_a_refused_request_ends_the_run(
    host: ListedHost, simulator: Simulator
) -> None:
    body = b'{"type":"error","error":{"type":"not_found_error","message":"model: x"}}'
    simulator.answer_next(Canned(status=404, body=body))
    assert (await host.run("Go")).status == "error"
    (error,) = host.of(Error)
    assert (error.code, error.fatal) == ("not_found_error", True)
    assert error.message.startswith("404: model: x. Name another model")
    assert isinstance(host.log[-1], AgentComplete)


async def test_finished_calls_of_a_broken_reply_are_kept(
    host: ListedHost, simulator: Simulator
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
    assert (await host.run("Go")).status == "success"
    kept, dropped = sorted(host.of(ToolResult), key=lambda result: result.tool_use_id)
    assert (kept.tool_use_id, kept.output) == ("a", "one")
    assert dropped.is_error
    assert [e.stop_reason for e in host.of(TurnEnd)] == ["broken_off", "end_turn"]
    assert not host.of(TurnDiscarded)
    assert len(host.of(Retry)) == 1
    _, assistant, user = last_messages(simulator)
    assert [block["type"] for block in assistant["content"]] == ["text", "tool_use"]
    assert [block["tool_use_id"] for block in user["content"]] == ["a"]
    assert host.agent().conversation.closing() == []


async def test_a_reply_that_breaks_again_and_again_is_asked_for_anew(
    host: ListedHost, simulator: Simulator
) -> None:
    host.configure(limits=replace(host.options.limits, broken_off=2))
    replies = [
        broken(tool(name, "bash", command="true"), text("And"), after=6)
        for name in ("a", "b", "c")
    ]
    simulator.answer_next(*replies, reply(text("Done.")))
    assert (await host.run("Go")).status == "success"
    assert len(host.of(TurnDiscarded)) == 1
    assert len(host.of(ToolResult)) == 2
