"""Content that the suite wants to get: texts, a picture, a sound, a resource."""

from mcp.types import (
    AudioContent,
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    TextContent,
    TextResourceContents,
)

PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAA"
    "AABJRU5ErkJggg=="
)
WAV = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="


def result(*content: ContentBlock) -> CallToolResult:
    return CallToolResult(content=list(content))


def text(said: str) -> TextContent:
    return TextContent(text=said)


def image() -> ImageContent:
    return ImageContent(data=PNG, mime_type="image/png")


def audio() -> AudioContent:
    return AudioContent(data=WAV, mime_type="audio/wav")


def embedded(uri: str, said: str, mime_type: str = "text/plain") -> EmbeddedResource:
    contents = TextResourceContents(uri=uri, mime_type=mime_type, text=said)
    return EmbeddedResource(resource=contents)
