"""Recognizes a request that was refused because the conversation is too long.

The API, Bedrock, Vertex, routers and local servers each word this error differently.
"""

import re

_PHRASES = (
    r"(prompt|input|request|conversation|message)s? (is|are) too (long|large)",
    r"context[ _-]?(length|window|limit|size)",
    r"maximum (prompt|input|sequence) length",
    r"too many (input |prompt )?tokens",
    r"token (count|limit)\b.{0,60}\bexceed",
    r"exceed\w*\b.{0,60}\b(token limit|number of (input )?tokens|input tokens)",
    r"reduce the length of (the|your) (prompt|input|messages)",
    r"longer than the model'?s? context",
)
_OVERFLOW = re.compile("|".join(_PHRASES), re.IGNORECASE | re.DOTALL)
# Errors about the reply's length or a rate limit; a summary does not cure them.
_OTHER = re.compile(r"output tokens|per (minute|hour|day)|rate limit", re.IGNORECASE)


def is_overflow(message: str) -> bool:
    """Whether an error's message says that the conversation is too long."""
    return bool(_OVERFLOW.search(message)) and not _OTHER.search(message)
