import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from runners.simulator.api.connection import (
    BODY_LIMIT,
    HEAD_LIMIT,
    BadHttpError,
    HttpConnection,
    HttpRequest,
)
from runners.simulator.simulator import Simulator

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def body(prompt: str, stream: bool = False) -> bytes:
    message = {"role": "user", "content": prompt}
    fields = {"model": "m", "max_tokens": 99, "messages": [message], "stream": stream}
    return msgspec.json.encode(fields)


def head(*lines: str) -> bytes:
    common = ["POST /v1/messages HTTP/1.1", "host: here", "x-api-key: any"]
    return "\r\n".join([*common, "anthropic-version: 1", *lines, "", ""]).encode()


def post(content: bytes, *lines: str) -> bytes:
    return head(f"content-length: {len(content)}", *lines) + content


CHUNKED = head("transfer-encoding: chunked")


@pytest.fixture
async def streams(simulator: Simulator) -> AsyncIterator[Streams]:
    port = int(simulator.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    yield reader, writer
    writer.close()


async def response(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Read one response whose length is given."""
    got = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(got.partition("content-length: ")[2].partition("\r\n")[0])
    return int(got.split()[1]), await reader.readexactly(length)


async def flood(connection: HttpConnection) -> None:
    """Send more than the buffers on the way can hold."""
    for _ in range(1000):
        await connection.chunk(b"x" * 65536)


async def test_several_requests_share_a_connection(streams: Streams) -> None:
    reader, writer = streams
    for _ in range(3):
        writer.write(post(body("[scenario: refusal]")))
        assert (await response(reader))[0] == 200


async def test_a_request_may_come_byte_by_byte(streams: Streams) -> None:
    reader, writer = streams
    for byte in post(body("[scenario: refusal]")):
        writer.write(bytes([byte]))
        await asyncio.sleep(0)
    assert (await response(reader))[0] == 200


async def test_a_request_body_may_be_chunked(streams: Streams) -> None:
    reader, writer = streams
    content = body("[scenario: refusal]")
    parts = [content[:7], content[7:]]
    chunks = b"".join(b"%x;note=1\r\n%b\r\n" % (len(part), part) for part in parts)
    end = b"0\r\ntrailer: kept out\r\n\r\n"
    for _ in range(2):
        writer.write(head("transfer-encoding: chunked") + chunks + end)
        assert (await response(reader))[0] == 200


async def test_connection_close_is_obeyed(streams: Streams) -> None:
    reader, writer = streams
    writer.write(post(body("[scenario: refusal]"), "connection: close"))
    assert (await response(reader))[0] == 200
    assert await reader.read() == b""


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.0\r\n\r\n", 505),
        (head("content-length: many"), 400),
        (head("content-length: 99999999999"), 413),
        (CHUNKED + b"zz\r\n", 400),
        (CHUNKED + b"ffffffff\r\n" + b"x" * (BODY_LIMIT + 1), 413),
        (b"GET / HTTP/1.1\r\n\r\n", 400),  # which host?
        (b"GET /" + b"a" * HEAD_LIMIT + b" HTTP/1.1\r\nhost: here\r\n\r\n", 431),
        (b"GET /" + b"a" * HEAD_LIMIT, 431),
    ],
)
async def test_bytes_that_are_no_request_are_refused(
    streams: Streams, request_bytes: bytes, status: int
) -> None:
    reader, writer = streams
    writer.write(request_bytes)
    got, told = await response(reader)
    assert got == status
    assert msgspec.json.decode(told)["type"] == "error"
    assert await reader.read() == b""


async def test_a_client_that_asks_first_is_told_to_go_on(streams: Streams) -> None:
    reader, writer = streams
    content = body("[scenario: refusal]")
    writer.write(head(f"content-length: {len(content)}", "expect: 100-continue"))
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
    writer.write(content)
    assert (await response(reader))[0] == 200


async def test_requests_that_were_sent_ahead_are_answered_in_turn(
    streams: Streams,
) -> None:
    reader, writer = streams
    writer.write(post(body("[scenario: refusal]")) * 200)
    for _ in range(200):
        assert (await response(reader))[0] == 200


async def test_a_client_that_leaves_stops_its_stream(
    simulator: Simulator, streams: Streams
) -> None:
    reader, writer = streams
    writer.write(post(body("[scenario: long tokens=100000 rate=1]", stream=True)))
    await reader.readuntil(b"content_block_start")
    writer.close()
    async with asyncio.timeout(5):
        await simulator.until_left()


async def test_a_client_that_does_not_read_is_waited_for() -> None:
    held = asyncio.Event()

    async def answer(request: HttpRequest, connection: HttpConnection) -> None:
        await connection.open(200, {})
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(flood(connection), 0.3)
        held.set()

    async def refuse(error: BadHttpError, connection: HttpConnection) -> None:
        connection.close()

    connections: set[HttpConnection] = set()
    server = await asyncio.get_running_loop().create_server(
        lambda: HttpConnection(answer, refuse, connections), "127.0.0.1", 0
    )
    _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(post(b""))
    async with asyncio.timeout(5):
        await held.wait()
    writer.transport.abort()
    server.close()
    for connection in list(connections):
        await connection.stop()
