import asyncio
import secrets
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from runners.simulator.api.canned import CannedAnswer
from runners.simulator.api.connection import BadHttpError, HttpConnection, HttpRequest
from runners.simulator.api.error import ErrorReply, InvalidRequestReply
from runners.simulator.api.request import CountRequest, MessagesRequest
from runners.simulator.api.review import review
from runners.simulator.options import SimulatorOptions
from runners.simulator.reply.pace import Pace
from runners.simulator.reply.reply import Reply
from runners.simulator.reply.response_streamer import ResponseStreamer
from runners.simulator.reply.whole import whole_message
from runners.simulator.script.attempts import Attempts
from runners.simulator.script.fault import Garble, HttpFault, MaxTokens
from runners.simulator.script.library import Library, scenarios_in
from runners.simulator.script.place import ScriptPosition, find_place
from runners.simulator.script.scenario import Scenario

HOST = "127.0.0.1"
MESSAGES = "/v1/messages"
COUNT_TOKENS = "/v1/messages/count_tokens"
_JSON = {"content-type": "application/json"}
_STREAM = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
}


class Simulator:
    """A local server that speaks the Claude Messages API from scripted scenarios."""

    def __init__(
        self,
        options: SimulatorOptions | None = None,
        scenarios: Mapping[str, Scenario] | None = None,
    ) -> None:
        self.options = options or SimulatorOptions()
        self.requests: deque[HttpRequest] = deque(maxlen=self.options.log_size)
        self.url = ""
        self._library = _library(self.options, scenarios or {})
        self._attempts = Attempts(self.options.attempts_size)
        self._canned: deque[CannedAnswer] = deque()
        self._connections: set[HttpConnection] = set()
        if self.options.scenario:
            self._library.script(self.options.scenario)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: HttpConnection(self._answer, self._refuse, self._connections),
            HOST,
            self.options.port,
        )
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://{HOST}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        for connection in list(self._connections):
            await connection.stop()
        await self._server.wait_closed()

    def answer_next(self, *answers: CannedAnswer) -> None:
        """Queue fixed answers for the next requests, whatever they ask."""
        self._canned.extend(answers)

    async def until_left(self) -> None:
        """Wait until all clients have closed their connections."""
        for connection in list(self._connections):
            await connection.closed.wait()

    async def _answer(self, request: HttpRequest, connection: HttpConnection) -> None:
        self.requests.append(request)
        request_id = f"req_sim{secrets.token_hex(10)}"
        try:
            await self._route(request, connection, {"request-id": request_id})
        except ErrorReply as error:
            headers = _JSON | {"request-id": request_id} | error.headers
            await connection.respond(error.status, headers, error.body(request_id))

    async def _refuse(self, error: BadHttpError, connection: HttpConnection) -> None:
        body = ErrorReply(error.status, error.message).body("")
        await connection.respond(error.status, _JSON | {"connection": "close"}, body)

    async def _route(
        self, request: HttpRequest, connection: HttpConnection, headers: dict[str, str]
    ) -> None:
        if request.path == "/" and request.method == "HEAD":
            await connection.respond(200, headers, b"")  # a client's reachability check
            return
        if request.path not in (MESSAGES, COUNT_TOKENS):
            raise ErrorReply(404, f"not found: {request.path}")
        if request.method != "POST":
            raise ErrorReply(405, f"{request.method} is not allowed; use POST")
        if self._canned and request.path == MESSAGES:
            await self._canned.popleft().send(connection)
            return
        _check_headers(request.headers)
        if request.path == COUNT_TOKENS:
            CountRequest.read(request.body)
            count = msgspec.json.encode({"input_tokens": _tokens(request.body)})
            await connection.respond(200, _JSON | headers, count)
            return
        await self._messages(request.body, connection, headers)

    async def _messages(
        self, body: bytes, connection: HttpConnection, headers: dict[str, str]
    ) -> None:
        request = MessagesRequest.read(body)
        review(request)
        place = find_place(
            request.messages, self._library, self.options.scenario, request.workdir
        )
        if request.wants_summary:
            place = place.summary()
        fault = self._attempts.next_fault(request, place)
        if isinstance(fault, HttpFault):
            raise ErrorReply(fault.status, fault.message, fault.headers)
        reply = _reply(request, place, _tokens(body))
        match fault:
            case Garble():
                reply = msgspec.structs.replace(reply, garbled=True)
            case MaxTokens(tokens=tokens):
                reply = msgspec.structs.replace(reply, max_tokens=tokens)
        if not request.stream:
            message = msgspec.json.encode(whole_message(reply.events()))
            await connection.respond(200, _JSON | headers, message)
            return
        await connection.open(200, _STREAM | headers)
        await ResponseStreamer(reply, self._pace(place), fault, connection).send()

    def _pace(self, place: ScriptPosition) -> Pace:
        options, directive = self.options, place.directive
        rate = options.rate if directive.rate is None else directive.rate
        jitter = options.jitter if directive.jitter is None else directive.jitter
        seed = f"{options.seed} {directive.scenario} {place.number}"
        return Pace(rate, jitter, seed)


def _library(options: SimulatorOptions, extra: Mapping[str, Scenario]) -> Library:
    found = scenarios_in(Path(options.scenarios)) if options.scenarios else {}
    return Library.shipped(found | dict(extra))


def _check_headers(headers: Mapping[str, str]) -> None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    bearer = scheme.lower() == "bearer" and token.strip()
    if not (bearer or headers.get("x-api-key")):
        raise ErrorReply(401, "x-api-key or Authorization: Bearer header is required")
    if "anthropic-version" not in headers:
        raise InvalidRequestReply("anthropic-version: header is required")


def _tokens(body: bytes) -> int:
    """Estimate a request's tokens: four bytes per token."""
    return len(body) // 4


def _reply(request: MessagesRequest, place: ScriptPosition, tokens: int) -> Reply:
    thinking = request.thinking
    return Reply(
        message_id=f"msg_sim{secrets.token_hex(10)}",
        model=request.model,
        place=place,
        input_tokens=tokens,
        max_tokens=request.max_tokens,
        thinking=thinking is None or thinking.type != "disabled",
        thoughts_omitted=thinking is not None and thinking.display == "omitted",
    )
