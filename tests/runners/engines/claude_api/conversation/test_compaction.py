import json

import pytest

from runners.simulator.canned import Canned
from runners.simulator.simulator import Simulator
from sessions_app.protocol.events import (
    Compacted,
    Error,
)
from tests.runners.engines.claude_api.listed_host import ListedHost
from tests.runners.engines.claude_api.wire import last_messages, reply, text, tool


def too_long() -> Canned:
    message = "prompt is too long: 1203344 tokens > 1000000 maximum"
    error = {"type": "invalid_request_error", "message": message}
    body = json.dumps({"type": "error", "error": error}).encode()
    return Canned(status=400, body=body)


async def test_an_answer_that_fills_the_context_goes_on_from_a_summary(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(text("Half a"), stop="model_context_window_exceeded"),
        reply(text("The summary.")),
        reply(text("Whole.")),
    )
    assert (await host.run("Go")).text == "Whole."
    (compacted,) = host.of(Compacted)
    assert compacted.summary == "The summary."
    assert compacted.cost_usd == (100 * 4 + 50 * 20) / 1e6
    (message,) = last_messages(simulator)
    assert message["content"][0]["text"].endswith("The summary.")


@pytest.mark.parametrize("stop", ["end_turn", "max_tokens"])
async def test_a_prompt_that_is_too_long_is_summed_up_with_less_and_less(
    host: ListedHost, simulator: Simulator, stop: str
) -> None:
    simulator.answer_next(
        reply(tool("a", "bash", command="seq 1 9999")),
        too_long(),
        too_long(),
        reply(text("The summary."), stop=stop),
        reply(text("Done.")),
    )
    assert (await host.run("Go")).text == "Done."
    sent = [json.loads(request.body) for request in simulator.requests]
    lengths = [len(json.dumps(body["messages"])) for body in sent]
    assert lengths[1] > lengths[3] > lengths[4]
    assert [body.get("tool_choice") for body in sent] == [
        *(None, None),
        *({"type": "none"}, {"type": "none"}),
        None,
    ]
    (compacted,) = host.of(Compacted)
    assert "too long" in compacted.reason
    resumed = host.agent()
    assert len(resumed.conversation.messages) == 2
    assert resumed.conversation.messages[0] == last_messages(simulator)[0]


async def test_what_is_too_long_after_a_summary_ends_the_run(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(
        too_long(),
        reply(text("The summary.")),
        too_long(),
        reply(text("The summary.")),
        too_long(),
    )
    assert (await host.run("Go")).status == "error"
    assert [error.code for error in host.of(Error)] == ["context_overflow"]


async def test_a_full_context_is_summed_up_before_it_overflows(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(tool("a", "bash", command="echo hi"), usage={"input_tokens": 900_000}),
        reply(text("The summary.")),
        reply(text("Done.")),
    )
    host.waiting.append("Go")
    assert (await host.run()).text == "Done."
    assert len(host.of(Compacted)) == 1
