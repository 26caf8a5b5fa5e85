import json
import time
from typing import Any

import anthropic
import httpx2
import msgspec
import pytest
from anthropic import AsyncAnthropic

from runners.simulator.options import SimulatorOptions
from runners.simulator.script.library import Library
from runners.simulator.script.scenario import Scenario
from runners.simulator.simulator import Simulator
from tests.runners.simulator.talk import Answer, Talk, results

LIBRARY = Library.shipped({})


def written(name: str, turn: int = 0) -> list[str]:
    blocks = LIBRARY.script(name).turns[turn].blocks
    return [block.text for block in blocks if block.text is not None]


async def partly(talk: Talk, error: type[Exception]) -> tuple[Answer, Any]:
    """Hear an answer that breaks off with an error."""
    answer = Answer()
    with pytest.raises(error) as caught:
        await talk.hear(answer)
    return answer, caught.value


async def test_api_errors_come_first_and_then_the_answer(
    client: AsyncAnthropic,
) -> None:
    talk = Talk(client, "[scenario: api_error]")
    with pytest.raises(anthropic.APIStatusError) as overloaded:
        await talk.hear()
    assert (overloaded.value.status_code, overloaded.value.type) == (
        529,
        "overloaded_error",
    )
    with pytest.raises(anthropic.RateLimitError) as limited:
        await talk.hear()
    assert limited.value.response.headers["retry-after"] == "1"
    assert (await talk.hear()).texts() == written("api_error")


async def test_a_turn_that_went_well_fails_again_from_the_start(
    client: AsyncAnthropic,
) -> None:
    for _ in range(2):
        await test_api_errors_come_first_and_then_the_answer(client)


async def test_conversations_fail_each_on_their_own(client: AsyncAnthropic) -> None:
    one, other = (Talk(client, f"{n} [scenario: early_end]") for n in "12")
    assert not (await one.hear()).finished
    assert not (await other.hear()).finished
    assert (await one.hear()).finished
    assert (await other.hear()).finished


async def test_an_error_event_breaks_the_stream_off(client: AsyncAnthropic) -> None:
    talk = Talk(client, "[scenario: overloaded_midstream]")
    answer, error = await partly(talk, anthropic.APIStatusError)
    assert (error.status_code, error.type) == (200, "overloaded_error")
    assert answer.content
    assert not answer.finished
    assert (await talk.hear()).texts() == written("overloaded_midstream")


async def test_a_cut_connection_is_an_error_in_mid_stream(
    client: AsyncAnthropic,
) -> None:
    talk = Talk(client, "[scenario: cut]")
    for turn in (0, 1):
        answer, _ = await partly(talk, httpx2.RemoteProtocolError)
        assert answer.content
        assert not answer.finished
        whole = await talk.turn()
        assert whole.texts() == written("cut", turn)
        talk.say(results(whole))
    assert (await talk.hear()).stop_reason == "end_turn"


async def test_the_second_cut_is_inside_the_call(client: AsyncAnthropic) -> None:
    talk = Talk(client, "[scenario: cut]")
    await partly(talk, httpx2.RemoteProtocolError)
    talk.say(results(await talk.turn()))
    answer, _ = await partly(talk, httpx2.RemoteProtocolError)
    assert answer.content[-1]["type"] == "tool_use"
    assert answer.events[-1].delta.type == "input_json_delta"
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.inputs[1])


async def test_silence_ends_after_its_time() -> None:
    turn = {
        "block": [{"text": "Now and then."}],
        "fault": [{"kind": "silence", "after": 4, "seconds": 0.2}],
    }
    pausing = msgspec.convert({"about": "Pauses.", "turn": [turn]}, Scenario)
    async with (
        Simulator(SimulatorOptions(rate=0), {"pausing": pausing}) as simulator,
        AsyncAnthropic(base_url=simulator.url, api_key="any") as client,
    ):
        start = time.monotonic()
        answer = await Talk(client, "[scenario: pausing]").hear()
        assert time.monotonic() - start >= 0.2
    assert (answer.texts(), answer.finished) == (["Now and then."], True)


async def test_silence_outlasts_an_impatient_client(client: AsyncAnthropic) -> None:
    talk = Talk(client, "[scenario: silence]", timeout=httpx2.Timeout(5, read=0.2))
    answer, _ = await partly(talk, httpx2.ReadTimeout)
    assert answer.content


async def test_an_early_end_is_no_error(client: AsyncAnthropic) -> None:
    talk = Talk(client, "[scenario: early_end]")
    answer = await talk.hear()
    assert answer.content
    assert answer.stop_reason is None
    assert not answer.finished
    assert (await talk.hear()).texts() == written("early_end")


async def test_max_tokens_cuts_a_call_that_is_made_whole_next(
    client: AsyncAnthropic,
) -> None:
    talk = Talk(client, "[scenario: max_tokens]")
    with pytest.raises(json.JSONDecodeError):
        await talk.hear()
    talk.messages += [
        {"role": "assistant", "content": [{"type": "text", "text": text}]}
        for text in written("max_tokens")
    ]
    talk.say("Go on")
    rest = await talk.turn()
    assert [block["type"] for block in rest.content] == ["tool_use"]
    talk.say(results(rest))
    assert (await talk.hear()).texts() == written("max_tokens", 1)


async def test_a_client_s_own_max_tokens_ends_the_answer(
    client: AsyncAnthropic,
) -> None:
    talk = Talk(client, "[scenario: markdown]", max_tokens=10)
    answer = await talk.hear()
    assert (answer.stop_reason, answer.usage.output_tokens) == ("max_tokens", 10)
    assert answer.finished
    assert written("markdown")[0].startswith(answer.texts()[0])


async def test_a_garbled_input_does_not_parse(client: AsyncAnthropic) -> None:
    talk = Talk(client, "[scenario: garbled]")
    with pytest.raises(json.JSONDecodeError):
        await talk.hear()
    call = (await talk.hear()).calls()[0]
    assert call["input"] == {"command": "echo 'parsed'"}
