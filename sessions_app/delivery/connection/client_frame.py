from django.conf import settings

from sessions_app.delivery.connection.sockets import Message
from sessions_app.protocol.close_codes import CloseCode
from sessions_app.protocol.encoding.codec import ProtocolError, decode_client_frame
from sessions_app.protocol.frames import AnyClientFrame


class Close(Exception):
    """Ends a connection with a close code."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def read_client_frame(message: Message) -> AnyClientFrame:
    """Decode a browser's message. Raises Close if it is no frame of the protocol."""
    text = message.get("text")
    if text is None:
        raise Close(CloseCode.MALFORMED, "send text frames, not binary ones")
    if len(text) > settings.CLIENT_FRAME_MAX_CHARS:
        raise Close(CloseCode.MALFORMED, "the frame is too long")
    try:
        return decode_client_frame(text)
    except ProtocolError as error:
        raise Close(CloseCode.MALFORMED, str(error)) from None
