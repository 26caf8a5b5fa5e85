import json
import tracemalloc
from dataclasses import dataclass

import pytest

from runners.engines.claude_api.api.client import Claude
from runners.engines.claude_api.api.errors import Fatal, Retryable
from runners.engines.claude_api.api.sse import FRAME_MAX_BYTES
from runners.simulator.api.canned import CannedStream
from runners.simulator.api.connection import HttpConnection
from runners.simulator.simulator import Simulator
from tests.runners.engines.claude_api.api.test_client import START, failure, types

MB = 1024 * 1024


@dataclass(frozen=True)
class Endless:
    """A reply that says the same over and over, and never ends."""

    piece: bytes
    beginning: bytes = b""
    status: int = 200

    async def send(self, connection: HttpConnection) -> None:
        await connection.open(self.status, {"content-type": "text/event-stream"})
        await connection.chunk(self.beginning or self.piece)
        while True:
            await connection.chunk(self.piece)


@pytest.mark.parametrize(
    "piece",
    [b"data: " + b"x" * 64 * 1024, b"data: x\n" * 8192, b"data: x\r" * 8192],
    ids=["one line", "many lines", "many lines, as of old"],
)
async def test_a_frame_without_an_end_breaks_the_reply_off(
    claude: Claude, simulator: Simulator, piece: bytes
) -> None:
    simulator.answer_next(Endless(piece, beginning=START))
    tracemalloc.start()
    caught = await failure(claude)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(caught, Retryable)
    assert caught.code == "bad_stream"
    assert "without an end" in str(caught)
    assert most < 4 * FRAME_MAX_BYTES


async def test_a_refusal_without_an_end_is_cut(
    claude: Claude, simulator: Simulator
) -> None:
    simulator.answer_next(Endless(b"No. " * 16 * 1024, status=400))
    caught = await failure(claude)
    assert isinstance(caught, Fatal)
    assert caught.code == "http_400"


async def test_a_reply_without_an_end_is_given_up(
    claude: Claude, simulator: Simulator
) -> None:
    delta = {"type": "content_block_delta", "index": 0, "delta": {"x": "y" * MB}}
    frame = f"event: {delta['type']}\ndata: {json.dumps(delta)}\n\n".encode()
    simulator.answer_next(Endless(frame, beginning=START))
    caught = await failure(claude)
    assert isinstance(caught, Fatal)
    assert caught.code == "reply_too_large"


async def test_a_frame_may_be_large_and_its_parts_many(
    claude: Claude, simulator: Simulator
) -> None:
    large = json.dumps({"type": "large", "text": "x" * (FRAME_MAX_BYTES - 1000)})
    lines = b"event: lines\n" + b"data: \n" * 10_000
    body = START + f"data: {large}\n\n".encode() + lines + b'data: {"type":"lines"}\n\n'
    simulator.answer_next(CannedStream(body=body, cuts=(len(START) + 7, len(body) - 1)))
    assert await types(claude) == ["message_start", "large", "lines"]
