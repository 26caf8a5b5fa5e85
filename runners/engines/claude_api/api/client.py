import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any, cast

import anthropic
import httpx2
import msgspec

from runners.engines.claude_api.api.classify import final_failure, reported_failure
from runners.engines.claude_api.api.error_body import cut_refusal
from runners.engines.claude_api.api.errors import ClaudeFailure, Fatal, Retryable
from runners.engines.claude_api.api.hints import with_remedy
from runners.engines.claude_api.api.overflow import is_overflow
from runners.engines.claude_api.api.sse import Frame, ReplyFrames
from runners.engines.claude_api.api.unstreamed import (
    MAX_BYTES,
    is_unstreamed,
    no_stream,
    whole_reply,
)
from sessions_app.protocol.encoding.depth import deeper_than
from sessions_app.protocol.wire import Json

CONNECT_S = 10.0
# The API and gateways send at least pings far more often than this.
SILENCE_S = 120.0
# Pings do not count: a model may think this long without sending an event.
IDLE_S = 600.0
RETRIED_STATUSES = frozenset({408, 409, 429})
MESSAGE_CHARS = 1_000
BEGINNING_BYTES = 4096  # of a body that is no event stream, for the error message
FRAME_MAX_DEPTH = 100  # covers a tool's input and its envelope
BAD_KEY = "the API key holds a character that no request can: a line's end, for one"


class Claude:
    """A client of the Messages API that streams raw events.

    All agents of a process share one. `silence_s` bounds the time without a byte;
    `idle_s` bounds the time without an event other than a ping (checked when bytes
    arrive). Without an `api_key` the SDK looks for credentials in the environment.
    Raises ClaudeFailure; unusable credentials raise Fatal.
    """

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        silence_s: float = SILENCE_S,
        idle_s: float = IDLE_S,
    ) -> None:
        self._idle_s = idle_s
        timeout = httpx2.Timeout(silence_s, connect=CONNECT_S)
        try:
            self._client = anthropic.AsyncAnthropic(
                api_key=api_key,
                base_url=base_url,
                max_retries=0,  # the agent retries and logs each retry
                timeout=timeout,
                # aiohttp costs half as much per token as the SDK's default transport.
                http_client=anthropic.DefaultAioHttpClient(
                    timeout=timeout, event_hooks={"response": [cut_refusal]}
                ),
            )
        except anthropic.AnthropicError as error:
            raise Fatal("authentication_error", _describe(error)) from error
        except httpx2.InvalidURL as error:
            message = f"the API's address {base_url!r} is none: {error}"
            raise Fatal("request_error", message) from error

    async def close(self) -> None:
        await self._client.close()

    async def stream(self, request: Json) -> AsyncGenerator[list[Json], None]:
        """Yield the raw events of one reply; events that arrived together share a list.

        Raises ClaudeFailure.
        """
        # Decoding frames here costs a fifth of the SDK's typed events, which also hide
        # the pings.
        now = asyncio.get_running_loop().time
        frames = ReplyFrames()
        is_begun, beginning = False, b""  # the bytes before the first event
        async with (
            await self._open(request) as stream,
            aclosing(_pieces(stream)) as pieces,
        ):
            content_type = stream.response.headers.get("content-type", "")
            if is_unstreamed(content_type):
                yield whole_reply(content_type, await _body(pieces))
                return
            heard_at = now()
            async for piece in pieces:
                events, failure = _events(frames.add(piece))
                if events:
                    is_begun = True
                    yield events
                    heard_at = now()  # the consumer may have held this generator up
                if failure:
                    raise failure
                if now() - heard_at > self._idle_s:
                    silence = f"no event but pings for {self._idle_s:g} s"
                    raise Retryable("idle", silence)
                if not is_begun and len(beginning) < BEGINNING_BYTES:
                    beginning += piece[:BEGINNING_BYTES]
            is_named = "event-stream" in content_type
            if beginning.strip() and not is_begun and not is_named:
                raise no_stream(content_type, beginning)

    async def _open(self, request: Json) -> "anthropic.AsyncStream[Any]":
        try:
            stream = await self._client.messages.create(**request, stream=True)
        except anthropic.APIStatusError as error:
            raise _refused(error) from error
        except (anthropic.APIConnectionError, httpx2.RequestError) as error:
            # The SDK's message for all of these is "Connection error."; the cause tells
            # more.
            cause = error.__cause__ or error
            # aiohttp raises this for an illegal header value
            if isinstance(cause, ValueError):
                raise _unsendable() from None
            raise Retryable("connection_error", _describe(cause)) from error
        # The SDK raises TypeError if it finds no credentials.
        except (anthropic.AnthropicError, TypeError) as error:
            raise Fatal("request_error", _describe(error)) from error
        return cast("anthropic.AsyncStream[Any]", stream)


async def _pieces(stream: "anthropic.AsyncStream[Any]") -> AsyncGenerator[bytes, None]:
    """Yield the decompressed bytes of a reply as they arrive."""
    try:
        async with aclosing(stream.response.aiter_bytes()) as body:
            async for piece in body:
                yield piece
    # Closed sockets, time-outs and bytes that cannot be decompressed.
    except httpx2.RequestError as error:
        raise Retryable("connection_error", _describe(error)) from error


async def _body(pieces: AsyncGenerator[bytes, None]) -> bytes:
    body = bytearray()
    async for piece in pieces:
        body += piece
        if len(body) > MAX_BYTES:
            raise Retryable(
                "bad_stream", f"a reply of over {MAX_BYTES:,} bytes at once"
            )
    return bytes(body)


def _events(frames: Iterator[Frame]) -> tuple[list[Json], ClaudeFailure | None]:
    """Decode frames up to the first bad one; also returns that frame's failure."""
    events: list[Json] = []
    try:
        for kind, data in frames:
            if kind != b"ping":
                events.append(_decoded(kind, data))
    except ClaudeFailure as failure:
        return events, failure
    return events, None


def _decoded(kind: bytes, data: bytes) -> Json:
    try:
        event = _read(data)
    except UnicodeDecodeError as error:
        raise Retryable("bad_stream", f"not UTF-8: {error}") from error
    except (ValueError, RecursionError) as error:
        raise Retryable("bad_stream", f"a frame is not JSON: {error}") from error
    if not isinstance(event, dict):
        raise Retryable("bad_stream", "a frame is not a JSON object")
    if _may_be_deep(data) and deeper_than(event, FRAME_MAX_DEPTH):
        raise Retryable("bad_stream", f"a frame is nested over {FRAME_MAX_DEPTH} deep")
    if kind == b"error" or event.get("type") == "error":
        raise reported_failure(event)
    return event


def _read(data: bytes) -> object:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, ValueError):
        # Fallback: json accepts a lone surrogate, and a delta may end in the middle of
        # a pair.
        return json.loads(data.decode())


def _may_be_deep(data: bytes) -> bool:
    return data.count(b"{") + data.count(b"[") > FRAME_MAX_DEPTH


def _refused(error: anthropic.APIStatusError) -> ClaudeFailure:
    """Classify an HTTP error response."""
    headers = error.response.headers
    retried = error.status_code in RETRIED_STATUSES or error.status_code >= 500
    retried = {"true": True, "false": False}.get(
        headers.get("x-should-retry", ""), retried
    )
    code = error.type or f"http_{error.status_code}"
    message = _message(error)
    # Some gateways send 500 for a conversation that is too long.
    if not retried or (error.status_code >= 500 and is_overflow(message)):
        return final_failure(code, message)
    return Retryable(code, message, _hint_s(headers))


def _unsendable() -> Fatal:
    code = "authentication_error"
    return Fatal(code, with_remedy(code, BAD_KEY))


def _message(error: anthropic.APIStatusError) -> str:
    match error.body:
        case {"error": {"message": str(message), "code": str(code)}}:
            return f"{error.status_code}: {message} ({code})"
        case {"error": {"message": str(message)}} | {"message": str(message)}:
            return f"{error.status_code}: {message}"
    return _describe(error)


def _hint_s(headers: httpx2.Headers) -> float | None:
    """Read the retry-after headers, in seconds; None if there is no usable value."""
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            hint = float(headers[name]) * unit_s
        except (KeyError, ValueError):  # an HTTP date depends on both clocks: ignored
            continue
        if hint >= 0:  # False for NaN, too
            return hint
    return None


def _describe(error: BaseException) -> str:
    name = type(error).__name__
    text = " ".join(str(error).split())[:MESSAGE_CHARS]
    return f"{name}: {text}" if text else name
