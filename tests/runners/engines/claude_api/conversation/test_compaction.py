import json

import pytest

from runners.simulator.api.canned import Canned
from runners.simulator.simulator import Simulator
from sessions_app.protocol.events import (
    AgentComplete,
    Compacted,
    Error,
    Retry,
    ToolResult,
)
from sessions_app.protocol.wire import Usage
from tests.runners.engines.claude_api.listed_host import ListedHost
from tests.runners.engines.claude_api.wire import (
    broken,
    last_messages,
    reply,
    text,
    tool,
)

TOO_LONG = "prompt is too long: 1203344 tokens > 1000000 maximum"


def refused(message: str, status: int = 400, **more: str) -> Canned:
    error = {"type": "invalid_request_error", "message": message, **more}
    body = json.dumps({"type": "error", "error": error}).encode()
    return Canned(status=status, body=body)


def too_long() -> Canned:
    return refused(TOO_LONG)


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
    assert len(simulator.requests) == 3


OVERFLOWS = [
    refused("Prompt is too long: 214676 tokens > 200000 maximum"),
    refused("input length and `max_tokens` exceed context limit: 187254 + 32000"),
    refused("Input is too long for requested model."),
    refused("This model's maximum context length is 131072 tokens. However, you ..."),
    refused("The input token count (1048577) exceeds the maximum number of tokens"),
    refused("Requested token count exceeds the model's maximum context of 8192"),
    refused("Please reduce the length of the messages."),
    refused("Prompt contains 40000 tokens, too large for model with 32768 maximum ..."),
    refused("the request exceeds the available context size. try increasing it"),
    refused("This model's maximum prompt length is 131072 but the request contains"),
    refused("too many tokens: total number of tokens in the prompt cannot exceed 4081"),
    refused("prompt token count of 12345 exceeds the limit of 8192"),
    refused("invalid params, context window exceeds limit (2013)"),
    refused("too big", code="context_length_exceeded"),
    refused("litellm.ContextWindowExceededError: too big", status=500),
    refused("<html>Request Entity Too Large</html>", status=413),
    Canned(status=413, body=b"<html>Request Entity Too Large</html>"),
]


@pytest.mark.parametrize("overflow", OVERFLOWS, ids=lambda canned: canned.body[:70])
async def test_a_conversation_that_is_too_long_in_any_words_is_summed_up(
    host: ListedHost, simulator: Simulator, overflow: Canned
) -> None:
    simulator.answer_next(
        reply(tool("a", "bash", command="echo hi")),
        overflow,
        reply(text("The summary.")),
        reply(text("Done.")),
    )
    assert (await host.run("Go")).text == "Done."
    assert len(host.of(Compacted)) == 1
    assert not host.of(Retry)


@pytest.mark.parametrize(
    "message",
    [
        "max_tokens: 200000 > 64000, which is the maximum number of output tokens",
        "context_management: Extra inputs are not permitted",
        "messages.0: Input does not match the expected shape.",
    ],
)
async def test_a_first_request_that_is_refused_is_no_conversation_to_sum_up(
    host: ListedHost, simulator: Simulator, message: str
) -> None:
    simulator.answer_next(refused(message))
    assert (await host.run("Go")).status == "error"
    assert message in host.of(Error)[0].message
    assert len(simulator.requests) == 1


async def test_a_rate_of_tokens_is_no_length(
    host: ListedHost, simulator: Simulator
) -> None:
    limit = "This would exceed the limit of 30,000 input tokens per minute"
    simulator.answer_next(refused(limit, status=429), reply(text("Done.")))
    assert (await host.run("Go")).text == "Done."
    assert not host.of(Compacted)


async def test_whatever_is_refused_once_it_has_grown_is_summed_up_once(
    host: ListedHost, simulator: Simulator
) -> None:
    strange = refused("no")
    simulator.answer_next(
        reply(tool("a", "bash", command="echo hi")),
        strange,
        reply(text("The summary.")),
        reply(tool("b", "bash", command="echo hi")),
        strange,
        reply(text("The next summary.")),
        strange,
    )
    assert (await host.run("Go")).status == "error"
    first, second = host.of(Compacted)
    assert first.reason == "refused since it has grown: 400: no"
    assert second.summary == "The next summary."
    (error,) = host.of(Error)
    assert (error.code, error.message) == ("invalid_request_error", "400: no")


async def test_a_refusal_that_no_summary_cures_is_told_as_it_came(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(tool("a", "bash", command="echo hi")), *[refused("no")] * 4
    )
    assert (await host.run("Go")).status == "error"
    assert [e.message for e in host.of(Error)] == ["400: no"]
    assert not host.of(Compacted)


async def test_no_credit_is_no_reason_for_a_summary(
    host: ListedHost, simulator: Simulator
) -> None:
    poor = refused("Your credit balance is too low to access the Anthropic API")
    simulator.answer_next(reply(tool("a", "bash", command="echo hi")), poor)
    assert (await host.run("Go")).status == "error"
    assert "Buy credit" in host.of(Error)[0].message
    assert len(simulator.requests) == 2


async def test_all_attempts_at_a_summary_are_paid_for(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(tool("a", "bash", command="echo hi"), usage={"input_tokens": 900_000}),
        reply(tool("b", "bash", command="echo hi")),  # instead of a summary
        broken(text("The summ"), after=3),
        reply(text("The summary.")),
        reply(text("Done.")),
    )
    assert (await host.run("Go")).text == "Done."
    (compacted,) = host.of(Compacted)
    assert compacted.usage == Usage(input_tokens=300, output_tokens=101)
    assert not host.of(ToolResult)[1:]
    (complete,) = host.of(AgentComplete)
    assert complete.usage.input_tokens == 900_000 + 300 + 100


async def test_after_an_overflow_outputs_are_shorter(
    host: ListedHost, simulator: Simulator
) -> None:
    simulator.answer_next(
        reply(tool("a", "bash", command="seq 9999")),
        too_long(),
        reply(text("The summary.")),
        reply(tool("b", "bash", command="seq 9999")),
        reply(text("Done.")),
    )
    assert (await host.run("Go")).text == "Done."
    before, after = (len(result.output) for result in host.of(ToolResult))
    assert before > 20_000 > 8_000 > after
    assert all(result.output_id for result in host.of(ToolResult))


async def test_an_output_that_overflows_after_each_summary_ends_the_run(
    host: ListedHost, simulator: Simulator
) -> None:
    for name in "abcdef":
        simulator.answer_next(
            reply(tool(name, "bash", command="seq 9999")),
            too_long(),
            reply(text("Read it.")),
        )
    assert (await host.run("Go")).status == "error"
    assert len(host.of(Compacted)) == 2
    (error,) = host.of(Error)
    assert error.code == "context_overflow"
    assert "have files read in parts" in error.message


async def test_a_long_work_may_be_summed_up_again_and_again(
    host: ListedHost, simulator: Simulator
) -> None:
    for name in "abcd":
        simulator.answer_next(
            *[reply(tool(f"{name}{n}", "bash", command="echo hi")) for n in range(3)],
            too_long(),
            reply(text("The summary.")),
        )
    simulator.answer_next(reply(text("Done.")))
    assert (await host.run("Go")).text == "Done."
    assert len(host.of(Compacted)) == 4
