from base64 import b64encode

import pytest

from runners.port.images import with_kept_images
from sessions_app.protocol.events import ToolResult
from sessions_app.protocol.fields.tool_details import ContentBlock

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


class Outputs:
    def __init__(self) -> None:
        self.kept: list[bytes] = []

    async def keep(self, data: bytes) -> str:
        self.kept.append(data)
        return f"o_{len(self.kept)}"


def result(*content: ContentBlock) -> ToolResult:
    return ToolResult(
        tool_use_id="t",
        tool="shot",
        output="",
        is_error=False,
        duration_ms=1,
        content=[*content],
    )


def image(data: bytes) -> ContentBlock:
    return ContentBlock(kind="image", data=b64encode(data).decode(), title="The page")


async def test_an_image_is_kept_and_only_its_name_is_told() -> None:
    outputs = Outputs()
    words = ContentBlock(kind="text", text="see")
    told = await with_kept_images(result(words, image(PNG)), outputs.keep, 1_000)
    shown = ContentBlock(
        kind="image", output_id="o_1", media_type="image/png", title="The page"
    )
    assert told.content == [words, shown]
    assert outputs.kept == [PNG]


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        (image(b"<svg/>"), "no PNG, JPEG, GIF or WebP"),
        (image(PNG + b"\0" * 1_000), "1,028 bytes are more than 1,000"),
        (ContentBlock(kind="image", data="no base64"), "are not base64"),
        (ContentBlock(kind="image", data="ü"), "are not base64"),
    ],
)
async def test_what_no_browser_is_given_is_told_in_words(
    block: ContentBlock, reason: str
) -> None:
    outputs = Outputs()
    (told,) = (await with_kept_images(result(block), outputs.keep, 1_000)).content
    assert (told.kind, told.data, outputs.kept) == ("text", "", [])
    assert reason in told.text


async def test_bytes_of_anything_else_are_not_told() -> None:
    block = ContentBlock(kind="resource", uri="file:///a", data="AAAA")
    told = await with_kept_images(result(block), Outputs().keep, 1_000)
    assert told.content == [ContentBlock(kind="resource", uri="file:///a")]
