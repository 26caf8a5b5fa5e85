# mypy: allow-untyped-calls
import json
from typing import Any
from urllib.parse import parse_qs

from channels.generic.websocket import AsyncWebsocketConsumer


def group_of(session: str) -> str:
    return f"session.{session}"


class ViewerConsumer(AsyncWebsocketConsumer):
    """One viewer of one session, as Channels' tutorial has it."""

    async def connect(self) -> None:
        query = parse_qs(self.scope["query_string"].decode())
        self.group = group_of(query["session"][0])
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def session_event(self, message: dict[str, Any]) -> None:
        await self.send(text_data=message["text"])


class RunnerConsumer(AsyncWebsocketConsumer):
    """Where a runner's events come in: one group_send for each."""

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        line = text_data or ""
        message = {"type": "session.event", "text": line}
        session = json.loads(line)["sessionId"]
        await self.channel_layer.group_send(group_of(session), message)
