import re
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from runners.simulator.api.error import InvalidRequestReply

T = TypeVar("T")
SUMMARY_WORDS = "Write a summary of it, from which you will go on without the rest."


# As Claude Code and opencode write it in their system prompts.
_WORKDIR = re.compile(r"[Ww]orking directory: *(\S[^\n]*)")


class Message(Struct, frozen=True):
    """One message of a conversation, as a client sends it."""

    role: Literal["user", "assistant", "system"]
    content: str | list[dict[str, Any]]

    def blocks(self, kind: str | None = None) -> list[dict[str, Any]]:
        """The content blocks: all, or those of one type."""
        if isinstance(self.content, str):
            content: list[dict[str, Any]] = [{"type": "text", "text": self.content}]
        else:
            content = self.content
        return [block for block in content if kind in (None, block.get("type"))]

    def text(self) -> str:
        """The message's texts joined, without those of tool results."""
        return "\n".join(block["text"] for block in self.blocks("text"))

    def results_text(self) -> str:
        """The outputs of the message's tool results, joined."""
        contents = [block.get("content", "") for block in self.blocks("tool_result")]
        return "\n".join(_result_text(content) for content in contents)


class ThinkingConfig(Struct, frozen=True):
    """Whether thinking is on, and how the client wants it shown."""

    type: str
    display: str | None = None


class MessagesRequest(Struct, frozen=True):
    """The fields of POST /v1/messages that the simulator reads."""

    model: Annotated[str, Meta(min_length=1)]
    max_tokens: Annotated[int, Meta(ge=0)]
    messages: Annotated[tuple[Message, ...], Meta(min_length=1)]
    system: str | list[dict[str, Any]] = ""
    stream: bool = False
    thinking: ThinkingConfig | None = None
    tools: tuple[dict[str, Any], ...] = ()
    tool_choice: dict[str, Any] | None = None

    @property
    def wants_summary(self) -> bool:
        """Whether the client asks for a summary of the conversation.

        A client either forbids its tools for that, or asks in words: a change of the
        tools would prevent reads from the prompt cache.
        """
        if self.tool_choice is not None and self.tool_choice.get("type") == "none":
            return True
        texts = self.messages[-1].blocks("text")
        return bool(texts) and SUMMARY_WORDS in texts[-1]["text"]

    @property
    def workdir(self) -> str:
        """The client's working directory, from its system prompt; "." if missing."""
        system = Message(role="system", content=self.system)
        for message in (system, *self.messages):
            content = message.text() if message.role == "system" else ""
            if found := _WORKDIR.search(content):
                return found[1].strip()
        return "."

    @classmethod
    def read(cls, body: bytes) -> "MessagesRequest":
        """Decode a body. Raises InvalidRequestReply."""
        return _decoded(_decoder, body)


class CountRequest(Struct, frozen=True):
    """The fields of POST /v1/messages/count_tokens that the simulator reads."""

    model: Annotated[str, Meta(min_length=1)]
    messages: Annotated[tuple[Message, ...], Meta(min_length=1)]

    @classmethod
    def read(cls, body: bytes) -> "CountRequest":
        """Decode a body. Raises InvalidRequestReply."""
        return _decoded(_count_decoder, body)


# Built at import: msgspec's lazy building is not safe in several threads.
_decoder = msgspec.json.Decoder(MessagesRequest)
_count_decoder = msgspec.json.Decoder(CountRequest)


def _decoded(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise InvalidRequestReply(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequestReply(f"the body is not valid JSON: {error}") from error


def _result_text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(block["text"] for block in content if block.get("type") == "text")
