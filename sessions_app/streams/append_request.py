from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from sessions_app.streams.producer import ProducerRequest
from sessions_app.streams.refusal import bad_request

SEQ_MAX_CHARS = 200


@dataclass(frozen=True, slots=True)
class AppendRequest:
    """What a POST to a stream asks: bytes to append, or the stream's end, or both."""

    body: bytes
    content_type: str
    closes: bool
    seq: str  # Stream-Seq; "": none
    producer: ProducerRequest | None

    @classmethod
    def of(cls, headers: Mapping[str, str], body: bytes) -> Self:
        """Raises StreamRefusal (400)."""
        closes = closes_stream(headers)
        content_type = headers.get("Content-Type", "").strip()
        seq = headers.get("Stream-Seq", "")
        if not body and not closes:
            raise bad_request("The body is empty: send what to append.")
        if body and not content_type:
            raise bad_request("Content-Type: send the stream's.")
        if len(seq) > SEQ_MAX_CHARS or not seq.isascii() or "\0" in seq:
            raise bad_request(f"Stream-Seq: at most {SEQ_MAX_CHARS} ASCII characters")
        return cls(body, content_type, closes, seq, ProducerRequest.of(headers))


def closes_stream(headers: Mapping[str, str]) -> bool:
    """Whether a request closes its stream; any word but `true` counts as none."""
    return headers.get("Stream-Closed", "").strip().lower() == "true"
