"""What an agent says of a tool call beside its input and its output."""

from typing import Literal

from sessions_app.protocol.wire import WireValue

# What a call does, whatever its tool is called; "": the agent does not say.
ToolKind = Literal[
    "", "read", "edit", "delete", "move", "search", "execute", "think", "fetch",
    "switch_mode", "other",
]  # fmt: skip
ContentKind = Literal["text", "image", "resource"]


class FileLocation(WireValue, frozen=True, kw_only=True):
    """A file that a call reads or changes; `line` counts from 1."""

    path: str
    line: int | None = None


class FileDiff(WireValue, frozen=True, kw_only=True):
    """What a call changes in one file; `old_text` is None for a new file."""

    path: str
    old_text: str | None = None
    new_text: str


class ContentBlock(WireValue, frozen=True, kw_only=True):
    """A part of a result, or of an agent's message, that is more than plain text.

    text: `text`. image: the output `output_id` holds its bytes; `data` is its base64 on
    the way from a program, and is never stored. resource: `uri`, `title` and perhaps
    its `text`.
    """

    kind: ContentKind
    text: str = ""
    output_id: str = ""
    media_type: str = ""
    data: str = ""
    uri: str = ""
    title: str = ""

    @property
    def in_words(self) -> str:
        """The block where nothing but text can be shown."""
        if self.kind == "text":
            return self.text
        named = " ".join(filter(None, (self.title, self.uri))) or self.media_type
        return "\n".join(filter(None, (f"[{self.kind}: {named}]", self.text)))
