"""Why a reply stopped, in the API's words, in other servers' words, and in none."""

import json
from typing import Any

import pytest

from runners.simulator.api.canned import CannedStream
from runners.simulator.simulator import Simulator
from sessions_app.protocol.events import Error, ToolResult, TurnEnd
from tests.runners.engines.claude_api.listed_host import ListedHost
from tests.runners.engines.claude_api.wire import body, last_messages, reply, text, tool


def unstopped(*blocks: list[dict[str, Any]], delta: bool = True) -> CannedStream:
    """A whole reply that says nothing of why it stopped."""
    frames = body(*blocks).split(b"\n\n")
    kept = [f for f in frames if delta or b"event: message_delta" not in f]
    quiet = [
        f.replace(b'"stop_reason": "tool_use"', b'"stop_reason": null') for f in kept
    ]
    return CannedStream(body=b"\n\n".join(quiet))


CALL = tool("a", "bash", command="echo ran")


@pytest.mark.parametrize(
    "stopped",
    [
        *(reply(CALL, stop=s) for s in ("end_turn", "stop", "STOP", "stop_sequence")),
        *(reply(CALL, stop=s) for s in ("tool_calls", "function_call")),
        unstopped(CALL),
        unstopped(CALL, delta=False),
        reply(CALL, text("Let us see."), stop="end_turn"),
    ],
)
async def test_a_whole_call_is_run_whatever_word_comes_with_it(
    host: ListedHost, simulator: Simulator, stopped: CannedStream
) -> None:
    simulator.answer_next(stopped, reply(text("Done.")))
    assert (await host.run("Go")).text == "Done."
    (result,) = host.of(ToolResult)
    assert (result.output, result.is_error) == ("ran", False)
    assert [e.stop_reason for e in host.of(TurnEnd)] == ["tool_use", "end_turn"]
    sent = last_messages(simulator)
    assert sent[-1]["content"][0]["content"] == "ran"
    assert host.agent().conversation.messages[: len(sent)] == sent


@pytest.mark.parametrize("stop", ["stop", "eos", "end_turn", "stop_sequence"])
async def test_an_answer_under_another_servers_word_is_an_answer(
    host: ListedHost, simulator: Simulator, stop: str
) -> None:
    simulator.answer_next(reply(text("Well."), stop=stop))
    assert (await host.run("Go")).status == "success"
    assert not host.of(Error)


async def test_a_whole_answer_is_kept_under_an_unknown_word_which_is_named(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(text("Well."), stop="boredom"), reply(text("And more."))
    )
    result = await host.run("Go")
    assert (result.status, result.text) == ("success", "Well.")
    (error,) = host.of(Error)
    assert (error.code, error.fatal) == ("stop_reason", False)
    assert "boredom" in error.message
    await host.run("More")
    assert [m["role"] for m in last_messages(simulator)] == [
        *("user", "assistant", "user"),
    ]


@pytest.mark.parametrize("blocks", [[], [CALL]])
async def test_nothing_is_run_under_an_unknown_word(
    host: ListedHost, simulator: Simulator, blocks: list[list[dict[str, Any]]]
) -> None:
    simulator.answer_next(reply(*blocks, stop="boredom"), reply(text("Fine.")))
    assert (await host.run("Go")).status == "error"
    (error,) = host.of(Error)
    assert "boredom" in error.message
    assert [r.is_error for r in host.of(ToolResult)] == [True] * len(blocks)
    assert (await host.run("go on")).text == "Fine."


@pytest.mark.parametrize("stop", ["max_tokens", "length"])
async def test_an_answer_at_its_limit_says_so_and_can_go_on(
    host: ListedHost, simulator: Simulator, stop: str
) -> None:
    simulator.answer_next(reply(text("Half a"), stop=stop), reply(text("sentence.")))
    assert (await host.run("Go")).status == "error"
    (error,) = host.of(Error)
    assert (error.code, error.fatal) == ("max_tokens", False)
    assert "32,000 tokens" in error.message
    assert 'Write "go on"' in error.message
    assert (await host.run("go on")).text == "sentence."
    assert "Half a" in json.dumps(last_messages(simulator))


async def test_a_call_cut_at_the_limit_is_told_what_to_do_instead(
    host: ListedHost, simulator: Simulator
) -> None:
    cut = tool("a", "write_file", path="x", content="long")
    simulator.answer_next(reply(cut, stop="length"), reply(text("In parts, then.")))
    assert (await host.run("Go")).status == "success"
    (result,) = host.of(ToolResult)
    assert "write a long file in several parts" in result.output
    assert not (host.workdir.root / "x").exists()


async def test_a_filtered_answer_is_a_refusal(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(reply(text("I"), CALL, stop="content_filter"))
    assert (await host.run("Go")).status == "error"
    (error,) = host.of(Error)
    assert error.code == "refusal"
    assert error.message.startswith("Claude refused to answer. ")
