from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sessions_app.protocol.encoding.codec import ProtocolError
from sessions_app.protocol.encoding.numbers import encode_json
from sessions_app.protocol.wire import Json

REQUEST_CANCELLED = -32800
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
AUTH_REQUIRED = -32000
RESOURCE_NOT_FOUND = -32002
NAMES = str | int


class AgentRefused(Exception):
    """The agent answered a request with an error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class AgentCall:
    """A request of the agent (`id` is to be answered), or a notification (None)."""

    method: str
    params: Json
    id: NAMES | None = None


Answer = Json | AgentRefused
OnAnswer = Callable[[Answer], None]


class RpcPeer:
    """Ringside's side of a JSON-RPC 2.0 connection, without the transport.

    `send` is called with each outgoing line. `take` passes answers on synchronously, so
    that they keep their order among the agent's notifications.
    """

    def __init__(self, send: Callable[[str], None]) -> None:
        self._send = send
        self._count = 0
        self._open: dict[Any, OnAnswer] = {}

    def call(self, method: str, params: Mapping[str, Any], done: OnAnswer) -> None:
        """Send a request; `done` is called once with its answer."""
        self._count += 1
        self._open[self._count] = done
        self._say(id=self._count, method=method, params=params)

    def notify(self, method: str, params: Mapping[str, Any]) -> None:
        self._say(method=method, params=params)

    def answer(self, id_: NAMES, result: Mapping[str, Any]) -> None:
        self._say(id=id_, result=result)

    def refuse(self, id_: NAMES, code: int, message: str) -> None:
        self._say(id=id_, error={"code": code, "message": message})

    def take(self, message: Json) -> AgentCall | None:
        """Handle a line of the agent; returns a request or notification, else None.

        Raises ProtocolError for an invalid message and for an answer to an unknown id.
        """
        method = message.get("method")
        if method is None:
            self._answered(message)
            return None
        if not isinstance(method, str):
            raise ProtocolError("method", "expected a string")
        params = message.get("params") or {}
        id_ = message.get("id")
        if id_ is not None and not _is_name(id_):
            raise ProtocolError("id", "expected a string or an integer")
        if not isinstance(params, dict):
            if id_ is not None:
                self.refuse(id_, INVALID_PARAMS, "params: expected an object")
            raise ProtocolError("params", "expected an object")
        return AgentCall(method, params, id_)

    def close(self, message: str) -> None:
        """Fail all open requests, because the agent is gone."""
        left, self._open = self._open, {}
        for done in left.values():
            done(AgentRefused(INTERNAL_ERROR, message))

    def _answered(self, message: Json) -> None:
        id_ = message.get("id")
        is_ours = isinstance(id_, int) and not isinstance(id_, bool)
        done = self._open.pop(id_, None) if is_ours else None
        if done is None:
            raise ProtocolError("id", f"answers no open request: {id_!r:.40}")
        error = message.get("error")
        if error is None:
            result = message.get("result")
            done(result if isinstance(result, dict) else {})
            return
        fields = error if isinstance(error, dict) else {}
        code, text = fields.get("code"), fields.get("message")
        done(
            AgentRefused(
                code if isinstance(code, int) else INTERNAL_ERROR,
                text if isinstance(text, str) else "it gave no reason",
            )
        )

    def _say(self, **fields: Any) -> None:
        self._send(encode_json({"jsonrpc": "2.0", **fields}).decode())


def _is_name(id_: object) -> bool:
    return isinstance(id_, str | int) and not isinstance(id_, bool)
