import re

from sessions_app.streams.refusal import bad_request

JSON = "application/json"
OCTETS = "application/octet-stream"
TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(\s*;.*)?", re.ASCII)
MAX_CHARS = 200


def checked(content_type: str) -> str:
    """Return a stream's content type. Raises StreamRefusal (400)."""
    if len(content_type) > MAX_CHARS or not TYPE.fullmatch(content_type):
        raise bad_request("Content-Type: expected type/subtype")
    return content_type


def base(content_type: str) -> str:
    """Return a content type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def is_json(content_type: str) -> bool:
    return base(content_type) == JSON


def is_text(content_type: str) -> bool:
    """Whether Server-Sent Events carry it as it is; others travel as base64."""
    return is_json(content_type) or base(content_type).startswith("text/")
