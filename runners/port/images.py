import binascii
from base64 import b64decode
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from sessions_app.protocol.events import Text, ToolResult
from sessions_app.protocol.fields.raster import raster_type
from sessions_app.protocol.fields.tool_details import ContentBlock

Says = TypeVar("Says", ToolResult, Text)
KeepImage = Callable[[bytes], Awaitable[str]]


async def with_kept_images(event: Says, keep: KeepImage, max_bytes: int) -> Says:
    """Replace the base64 of an event's images by the ids of outputs that `keep` gives.

    An image of more than `max_bytes`, or of a type that no browser is given, becomes a
    text that says so.
    """
    if not any(block.data for block in event.content):
        return event
    content = [await _kept(block, keep, max_bytes) for block in event.content]
    return msgspec.structs.replace(event, content=content)


async def _kept(block: ContentBlock, keep: KeepImage, max_bytes: int) -> ContentBlock:
    if not block.data:
        return block
    if block.kind != "image":
        return msgspec.structs.replace(block, data="")
    try:
        data = b64decode(block.data, validate=True)
    except (binascii.Error, ValueError):
        return _left_out("its data are not base64")
    media_type = raster_type(data)
    if not media_type:
        return _left_out("it is no PNG, JPEG, GIF or WebP")
    if len(data) > max_bytes:
        return _left_out(f"its {len(data):,} bytes are more than {max_bytes:,}")
    return ContentBlock(
        kind="image",
        output_id=await keep(data),
        media_type=media_type,
        title=block.title,
    )


def _left_out(reason: str) -> ContentBlock:
    return ContentBlock(kind="text", text=f"[An image is left out: {reason}.]")
