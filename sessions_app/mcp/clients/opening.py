from typing import Any

import msgspec

from sessions_app.delivery.connection.sockets import Message


class BodyTooLarge(Exception):
    """A request's body has more bytes than it may."""


async def read_body(receive: Any, most: int) -> bytes:
    """Read a request's body. Raises BodyTooLarge."""
    body = bytearray()
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            return bytes(body)
        body += message.get("body", b"")
        if len(body) > most:
            raise BodyTooLarge
        if not message.get("more_body", False):
            return bytes(body)


def again(body: bytes, receive: Any) -> Any:
    """Return a `receive` that gives a body that was read, and then what comes."""
    is_given = False

    async def give() -> Message:
        nonlocal is_given
        if is_given:
            found: Message = await receive()
            return found
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return give


def wants_session(body: bytes) -> bool:
    """Return whether a message opens a session: a handshake of who can be asked.

    Only what the server asks its client needs one (elicitation, sampling): all other
    clients are answered by any web process.
    """
    try:
        said = msgspec.json.decode(body)
        can = said["params"]["capabilities"]
        is_handshake = said["method"] == "initialize"
        return is_handshake and bool({"elicitation", "sampling"} & set(can))
    except (msgspec.DecodeError, UnicodeError, RecursionError, KeyError, TypeError):
        return False
