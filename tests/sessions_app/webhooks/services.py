"""Chat services as their documentations have them: each refuses what they refuse."""

from typing import Any

import msgspec

from tests.sessions_app.webhooks.receiver import Taken

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BAD = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
DISCORD_MAX_CHARS = 2000
NTFY_MAX_BYTES = 4096
NTFY_PRIORITIES = range(1, 6)


class SlackMessage(msgspec.Struct, forbid_unknown_fields=True):
    text: str


class DiscordMessage(msgspec.Struct, forbid_unknown_fields=True):
    content: str
    allowed_mentions: dict[str, Any]


class NtfyMessage(msgspec.Struct, forbid_unknown_fields=True):
    topic: str
    title: str
    message: str
    click: str
    priority: int


def slack(taken: Taken) -> bytes:
    """https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks"""
    return OK if _read(taken, SlackMessage) and taken.path == "/hook" else BAD


def discord(taken: Taken) -> bytes:
    """https://docs.discord.com/developers/resources/webhook#execute-webhook"""
    found = _read(taken, DiscordMessage)
    is_fit = found is not None and 0 < len(found.content) <= DISCORD_MAX_CHARS
    is_quiet = found is not None and found.allowed_mentions == {"parse": []}
    return OK if is_fit and is_quiet and taken.path == "/hook" else BAD


def ntfy(taken: Taken) -> bytes:
    """https://docs.ntfy.sh/publish/#publish-as-json: to the root, not to the topic."""
    found = _read(taken, NtfyMessage)
    if found is None or taken.path != "/" or found.topic != "hook":
        return BAD
    is_fit = 0 < len(found.message.encode()) <= NTFY_MAX_BYTES
    is_fit = is_fit and found.priority in NTFY_PRIORITIES
    return OK if is_fit and found.click.startswith("http") else BAD


def _read(taken: Taken, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(taken.body, type=kind)
    except msgspec.MsgspecError:
        return None
