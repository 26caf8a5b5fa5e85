import asyncio
import json
from typing import Any

import anthropic
import msgspec
import pytest
from anthropic import AsyncAnthropic, omit

from runners.simulator.api.error import InvalidRequestReply
from runners.simulator.options import SimulatorOptions
from runners.simulator.script.library import Library
from runners.simulator.script.pieces import pieces
from runners.simulator.script.scenario import Scenario
from runners.simulator.simulator import Simulator
from tests.runners.simulator.talk import MODEL, TOOLS, Talk, results

LIBRARY = Library.shipped({})
NO_BEARER: Any = {"Authorization": omit}
HELLO: list[Any] = [{"role": "user", "content": "Hello"}]


def connected(simulator: Simulator) -> AsyncAnthropic:
    return AsyncAnthropic(base_url=simulator.url, api_key="any", max_retries=0)


async def test_the_events_of_an_answer_come_in_the_api_s_order(
    client: AsyncAnthropic,
) -> None:
    answer = await Talk(client, "[scenario: thinking]").hear()
    kinds = [event.type for event in answer.events]
    assert kinds[:2] == ["message_start", "content_block_start"]
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    starts = [e.index for e in answer.events if e.type == "content_block_start"]
    stops = [e.index for e in answer.events if e.type == "content_block_stop"]
    assert starts == stops == [0, 1, 2]


async def test_usage_counts_the_tokens_that_were_told(client: AsyncAnthropic) -> None:
    answer = await Talk(client, "[scenario: thinking]").hear()
    blocks = LIBRARY.script("thinking").turns[0].blocks
    thought = len(pieces(blocks[0].thinking or ""))
    told = len(pieces(blocks[1].text or ""))
    call = len(pieces(msgspec.json.encode(blocks[2].input).decode()))
    assert answer.usage.output_tokens == thought + told + call
    assert answer.usage.output_tokens_details.thinking_tokens == thought
    assert answer.first_usage.output_tokens == 1
    assert answer.usage.input_tokens == answer.first_usage.input_tokens > 0


async def test_a_scenario_s_own_usage_is_told() -> None:
    usage = {"input_tokens": 7, "output_tokens": 9, "cache_read_input_tokens": 5}
    turn = {"block": [{"text": "Hi"}], "usage": usage}
    mine = msgspec.convert({"about": "Mine.", "turn": [turn]}, Scenario)
    async with (
        Simulator(SimulatorOptions(rate=0), {"mine": mine}) as simulator,
        connected(simulator) as client,
    ):
        told = (await Talk(client, "[scenario: mine]").hear()).usage
        found = (told.input_tokens, told.output_tokens, told.cache_read_input_tokens)
        assert found == (7, 9, 5)


async def test_the_whole_message_is_the_stream_put_together(
    client: AsyncAnthropic,
) -> None:
    talk = Talk(client, "[scenario: thinking]")
    answer = await talk.hear()
    message = await client.messages.create(
        model=MODEL, max_tokens=9999, messages=talk.messages, tools=TOOLS
    )
    content = [block.to_dict(mode="json") for block in message.content]
    assert len(content) == 3
    for whole, streamed in zip(content, answer.content, strict=True):
        assert whole | {"id": ""} == streamed | {"id": ""}
    assert message.stop_reason == answer.stop_reason
    assert message.usage.output_tokens == answer.usage.output_tokens
    assert message.model == MODEL


async def test_ids_are_new_with_each_answer(client: AsyncAnthropic) -> None:
    talk = Talk(client, "[scenario: thinking]")
    one, other = await talk.hear(), await talk.hear()
    assert one.calls()[0]["id"] != other.calls()[0]["id"]
    assert one.events[0].message.id != other.events[0].message.id


async def test_a_changed_thought_is_refused(client: AsyncAnthropic) -> None:
    talk = Talk(client, "[scenario: thinking]")
    answer = await talk.turn()
    talk.say(results(answer))
    answer.content[0]["thinking"] += " "
    with pytest.raises(anthropic.BadRequestError, match="Invalid `signature`"):
        await talk.hear()


async def test_a_call_without_its_result_is_refused(client: AsyncAnthropic) -> None:
    talk = Talk(client, "[scenario: parallel]")
    talk.say(results(await talk.turn())[:2])
    with pytest.raises(anthropic.BadRequestError, match="without `tool_result`"):
        await talk.hear()


async def test_thoughts_are_omitted_on_request(client: AsyncAnthropic) -> None:
    shown = {"type": "adaptive", "display": "omitted"}
    talk = Talk(client, "[scenario: thinking]", thinking=shown)
    answer = await talk.turn()
    assert answer.texts("thinking") == [""]
    assert answer.content[0]["signature"]
    talk.say(results(answer))
    assert (await talk.hear()).finished


async def test_thinking_can_be_disabled(client: AsyncAnthropic) -> None:
    talk = Talk(client, "[scenario: thinking]", thinking={"type": "disabled"})
    answer = await talk.turn()
    assert [block["type"] for block in answer.content] == ["text", "tool_use"]
    talk.say(results(answer))
    assert (await talk.hear()).stop_reason == "end_turn"


@pytest.mark.parametrize(
    ("missing", "complaint"),
    [
        ("model", "missing required field `model`"),
        ("max_tokens", "missing required field `max_tokens`"),
        ("messages", "missing required field `messages`"),
    ],
)
async def test_a_missing_field_is_named(
    client: AsyncAnthropic, missing: str, complaint: str
) -> None:
    body = {"model": MODEL, "max_tokens": 9, "messages": HELLO}
    del body[missing]
    with pytest.raises(anthropic.BadRequestError) as refused:
        await client.post("/v1/messages", body=body, cast_to=object)
    assert complaint in refused.value.message
    assert refused.value.type == "invalid_request_error"
    assert refused.value.request_id


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[]", b'{"model": 1}'])
async def test_a_bad_body_is_an_invalid_request(
    client: AsyncAnthropic, body: bytes
) -> None:
    with pytest.raises(anthropic.BadRequestError):
        await client.post("/v1/messages", content=body, cast_to=object)


async def test_credentials_are_required(simulator: Simulator) -> None:
    async with AsyncAnthropic(
        base_url=simulator.url,
        api_key="any",
        max_retries=0,
        default_headers=NO_BEARER,
    ) as client:
        with pytest.raises(anthropic.AuthenticationError) as refused:
            await Talk(client, "Hello").hear()
    assert refused.value.type == "authentication_error"


async def test_x_api_key_is_as_good_as_bearer(simulator: Simulator) -> None:
    async with AsyncAnthropic(
        base_url=simulator.url,
        api_key="any",
        max_retries=0,
        default_headers=NO_BEARER | {"x-api-key": "any"},
    ) as client:
        assert (await Talk(client, "[scenario: refusal]").hear()).finished


async def test_the_beta_endpoint_is_the_same(client: AsyncAnthropic) -> None:
    events = await client.beta.messages.create(
        model=MODEL, max_tokens=999, messages=HELLO, stream=True
    )
    assert [event.type async for event in events][-1] == "message_stop"


async def test_other_paths_and_methods_do_not_exist(client: AsyncAnthropic) -> None:
    with pytest.raises(anthropic.NotFoundError) as lost:
        await client.get("/v1/nothing", cast_to=object)
    assert lost.value.type == "not_found_error"
    with pytest.raises(anthropic.APIStatusError) as wrong:
        await client.get("/v1/messages", cast_to=object)
    assert wrong.value.status_code == 405


async def test_an_unknown_scenario_is_an_invalid_request(
    client: AsyncAnthropic,
) -> None:
    with pytest.raises(anthropic.BadRequestError, match="unknown scenario 'nope'"):
        await Talk(client, "[scenario: nope]").hear()


async def test_an_unknown_default_scenario_is_refused_at_once() -> None:
    with pytest.raises(InvalidRequestReply, match="unknown scenario 'nope'"):
        Simulator(SimulatorOptions(scenario="nope"))


async def test_the_default_scenario_is_for_prompts_that_name_none() -> None:
    async with (
        Simulator(SimulatorOptions(rate=0, scenario="refusal")) as simulator,
        connected(simulator) as client,
    ):
        assert (await Talk(client, "Hello").hear()).stop_reason == "refusal"


async def test_the_last_requests_are_kept() -> None:
    async with (
        Simulator(SimulatorOptions(rate=0, log_size=2)) as simulator,
        connected(simulator) as client,
    ):
        for number in range(3):
            await Talk(client, f"{number} [scenario: refusal]").hear()
        prompts = [
            json.loads(request.body)["messages"][0]["content"][0]
            for request in simulator.requests
        ]
        assert prompts == ["1", "2"]
        assert simulator.requests[0].headers["authorization"] == "Bearer any"


async def test_fifty_streams_run_at_once(simulator: Simulator) -> None:
    async with connected(simulator) as client:
        talks = [
            Talk(client, f"{n} [scenario: long tokens=50 rate=500]") for n in range(50)
        ]
        answers = await asyncio.gather(*(talk.hear() for talk in talks))
    assert [answer.usage.output_tokens for answer in answers] == [50] * 50


async def test_leaving_the_server_drops_its_streams() -> None:
    async with Simulator(SimulatorOptions(rate=1)) as simulator:
        client = connected(simulator)
        stream = await client.messages.create(
            model=MODEL, max_tokens=999, messages=HELLO, stream=True
        )
    with pytest.raises(anthropic.APIConnectionError):
        await Talk(client, "Hello").hear()
    await stream.close()
    await client.close()
