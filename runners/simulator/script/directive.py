import re
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, structs

from runners.simulator.api.error import InvalidRequestReply

_DIRECTIVE = re.compile(r"\[scenario:([^\]]*)\]")
_SYNTAX = "[scenario: NAME rate=TOKENS_PER_SECOND jitter=0..1 tokens=N]"


class Directive(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The simulation options in a prompt."""

    scenario: str
    # Tokens per second; 0: as fast as possible.
    rate: Annotated[float, Meta(ge=0)] | None = None
    # Maximal shift of a token, as a fraction of the gap between two tokens.
    jitter: Annotated[float, Meta(ge=0, le=1)] | None = None
    # Length of the scenario's repeated texts, in tokens.
    tokens: Annotated[int, Meta(ge=1, le=200_000)] | None = None
    # The turn to continue with; set by a summary.
    turn: Annotated[int, Meta(ge=0)] = 0

    @classmethod
    def find(cls, text: str) -> "Directive | None":
        """Parse the first directive of a text. Raises InvalidRequestReply."""
        found = _DIRECTIVE.search(text)
        return None if found is None else cls._parse(found[1].split(), found[0])

    @classmethod
    def _parse(cls, words: list[str], directive: str) -> "Directive":
        options = [word.partition("=")[::2] for word in words[1:]]
        if not words or not all(value for _, value in options):
            raise InvalidRequestReply(f"{directive} is malformed; write {_SYNTAX}")
        fields = {"scenario": words[0], **dict(options)}
        try:
            return msgspec.convert(fields, cls, strict=False)
        except msgspec.ValidationError as error:
            raise InvalidRequestReply(
                f"{directive}: {error}; write {_SYNTAX}"
            ) from error

    def pass_on(self, text: str) -> str:
        """Add these options to the directives in a sub-agent's prompt."""
        options = self._options("scenario", "turn")
        return _DIRECTIVE.sub(
            lambda found: f"[scenario:{found[1].rstrip()}{options}]", text
        )

    def at(self, turn: int) -> str:
        """The directive that continues this simulation at a turn."""
        options = self._options("scenario", "turn")
        return f"[scenario: {self.scenario}{options} turn={turn}]"

    def _options(self, *apart: str) -> str:
        fields: dict[str, Any] = structs.asdict(self)
        return "".join(
            f" {name}={value}"
            for name, value in fields.items()
            if name not in apart and value is not None
        )


# Builds the type information at import: msgspec's lazy building is not safe in threads.
msgspec.json.Decoder(Directive)
