import json
import os
from collections.abc import Iterator
from pathlib import Path

import anthropic
import httpx2
import pytest
from anthropic import AsyncAnthropic

from runners.simulator.api.canned import Canned, CannedStream
from runners.simulator.simulator import Simulator
from tests.runners.simulator.talk import Answer, Talk

REPO = Path(__file__).parents[4]
STREAMS = Path(os.environ.get("CLAUDE_STREAMS", REPO / "../shared/claude-streams"))


def frames(*events: dict[str, object]) -> bytes:
    return "".join(
        f"event: {event['type']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n"
        for event in events
    ).encode()


SHORT = frames(
    {
        "type": "message_start",
        "message": {"id": "msg_1", "content": [], "usage": {"input_tokens": 1}},
    },
    {
        "type": "content_block_start",
        "index": 0,
        "content_block": {"type": "text", "text": ""},
    },
    {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "text_delta", "text": "Grüße 🙂"},
    },
    {"type": "message_stop"},
)


def events(answer: Answer) -> list[dict[str, object]]:
    return [event.to_dict(mode="json") for event in answer.events]


async def hear(
    simulator: Simulator, client: AsyncAnthropic, answer: CannedStream
) -> Answer:
    simulator.answer_next(answer)
    return await Talk(client, "Play").hear()


async def test_a_recording_split_at_every_byte_is_the_same(
    simulator: Simulator, client: AsyncAnthropic
) -> None:
    whole = await hear(simulator, client, CannedStream(body=SHORT))
    assert whole.texts() == ["Grüße 🙂"]
    assert whole.finished
    cuts = tuple(range(len(SHORT)))
    split = await hear(simulator, client, CannedStream(body=SHORT, cuts=cuts))
    assert events(split) == events(whole)
    for cut in range(len(SHORT)):
        split = await hear(simulator, client, CannedStream(body=SHORT, cuts=(cut,)))
        assert events(split) == events(whole), f"split at {cut}"


async def test_a_recording_that_is_cut_at_any_byte_is_no_whole_answer(
    simulator: Simulator, client: AsyncAnthropic
) -> None:
    for cut in range(len(SHORT)):
        simulator.answer_next(CannedStream(body=SHORT[:cut], ending="cut"))
        with pytest.raises(httpx2.RemoteProtocolError):
            await Talk(client, "Play").hear()


async def test_a_recording_may_fall_silent(
    simulator: Simulator, client: AsyncAnthropic
) -> None:
    simulator.answer_next(CannedStream(body=SHORT[:100], ending="silence"))
    with pytest.raises(httpx2.ReadTimeout):
        await Talk(client, "Play", timeout=httpx2.Timeout(5, read=0.1)).hear()


async def test_a_canned_error_comes_as_it_is(
    simulator: Simulator, client: AsyncAnthropic
) -> None:
    body = b'{"type":"error","error":{"type":"billing_error","message":"Pay."}}'
    simulator.answer_next(
        Canned(status=402, headers={"x-should-retry": "false"}, body=body),
        CannedStream(body=SHORT),
    )
    with pytest.raises(anthropic.APIStatusError) as refused:
        await Talk(client, "Play").hear()
    assert (refused.value.status_code, refused.value.type) == (402, "billing_error")
    assert refused.value.response.headers["x-should-retry"] == "false"
    assert (await Talk(client, "Play").hear()).finished


def recorded() -> Iterator[Path]:
    if STREAMS.is_dir():
        yield from sorted(STREAMS.glob("*/*.sse"))


@pytest.mark.skipif(not STREAMS.is_dir(), reason="no recorded streams: CLAUDE_STREAMS")
async def test_recorded_streams_arrive_as_they_were(simulator: Simulator) -> None:
    paths = list(recorded())
    assert paths
    async with httpx2.AsyncClient(base_url=simulator.url) as client:
        for path in paths:
            simulator.answer_next(CannedStream(body=path.read_bytes(), cuts=(100, 101)))
            response = await client.post("/v1/messages")
            assert response.content == path.read_bytes()
