import re
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from runners.simulator.script.fault import AnyFault

BlockKind = Literal["text", "thinking", "tool", "raw", "event"]
_KINDS: tuple[BlockKind, ...] = ("text", "thinking", "tool", "raw", "event")


class ScriptedBlock(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One content block of an answer: text, thinking, a tool call or raw JSON."""

    text: str | None = None
    # A text with `tokens` is repeated up to that length.
    tokens: Annotated[int, Meta(ge=1)] | None = None
    thinking: str | None = None
    tool: str | None = None
    input: dict[str, Any] = field(default_factory=dict)
    # `raw` is sent in content_block_start, followed by `deltas` unchanged.
    raw: dict[str, Any] | None = None
    deltas: tuple[dict[str, Any], ...] = ()
    # `event` is not a block: it is sent as a separate event.
    event: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        given = [kind for kind in _KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            names = " and ".join(given) or "none"
            raise ValueError(f"a block has one of {', '.join(_KINDS)}, not {names}")
        for content in (self.raw, self.event):
            if content is not None and not isinstance(content.get("type"), str):
                raise ValueError("a raw block or event needs a type")

    @property
    def kind(self) -> BlockKind:
        """Which kind of block this is."""
        return next(kind for kind in _KINDS if getattr(self, kind) is not None)


class ScriptedTurn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One scripted answer of the model."""

    blocks: tuple[ScriptedBlock, ...] = field(default=(), name="block")
    # The turn is skipped unless this pattern matches the preceding tool results.
    when: str | None = None
    stop: str | None = None
    stop_details: dict[str, Any] | None = None
    usage: dict[str, int] = field(default_factory=dict)
    faults: tuple[AnyFault, ...] = field(default=(), name="fault")

    def __post_init__(self) -> None:
        try:
            re.compile(self.when or "")
        except re.error as error:
            raise ValueError(f"when is no pattern: {error}") from error

    @property
    def stop_reason(self) -> str:
        """The stop reason; derived from the blocks if none is given."""
        if self.stop is not None:
            return self.stop
        calls = any(block.kind == "tool" for block in self.blocks)
        return "tool_use" if calls else "end_turn"


class Script(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The model's side of one conversation, turn by turn."""

    turns: Annotated[tuple[ScriptedTurn, ...], Meta(min_length=1)] = field(name="turn")


class Scenario(Script, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A script and the scripts of its sub-agents, as stored in one file."""

    about: str
    # Words in a prompt that choose this scenario if nothing else does.
    keywords: tuple[str, ...] = ()
    parts: dict[str, Script] = field(default_factory=dict, name="part")
