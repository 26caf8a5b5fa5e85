import re
from typing import TypeVar

import msgspec

from sessions_app.masking.secret_spans import has_secret
from sessions_app.protocol.encoding.codec import ProtocolError
from sessions_app.protocol.events import Event

NAME = re.compile(r"[!-~]{1,100}")  # fits the database column and a URL
# Event fields that hold a name the program chose, with their JSON names.
FIELDS = (("block", "block"), ("tool_use_id", "toolUseId"), ("message_id", "messageId"))
E = TypeVar("E", bound=Event)


class Names:
    """The names of one session's blocks, messages and tool calls.

    A program that is restarted uses names that the log has already: names of a later
    run (`run` above 0) get a prefix. A name that holds a secret gets another, because
    names are never masked.
    """

    def __init__(self, run: int) -> None:
        self._prefix = f"r{run}." if run else ""
        self._invented = f"x{run}."
        self._count = 0
        self._used: set[str] = set()
        # the new name of a block whose name was reused
        self._again: dict[str, str] = {}
        self._hidden: dict[str, str] = {}  # the log's names for those with a secret

    def translate(self, event: E) -> E:
        """Replace the program's names by the log's.

        Raises ProtocolError for a name that is invalid.
        """
        changes = {}
        for field, shown in FIELDS:
            name = getattr(event, field, "")
            if not name or self.is_invented(name):
                continue
            if not NAME.fullmatch(name):
                raise ProtocolError(shown, "expected 1 to 100 visible ASCII characters")
            ours = self._hide(name) if has_secret(name) else self._prefix + name
            changes[field] = self._again.get(ours, ours) if field == "block" else ours
        return msgspec.structs.replace(event, **changes) if changes else event

    def theirs(self, name: str) -> str:
        """Return the program's own name for a part."""
        hidden = {ours: theirs for theirs, ours in self._hidden.items()}
        return hidden.get(name) or name.removeprefix(self._prefix)

    def _hide(self, name: str) -> str:
        number = len(self._hidden) + 1
        return self._hidden.setdefault(name, f"{self._prefix}hidden{number}")

    def invent(self, kind: str) -> str:
        self._count += 1
        return f"{self._invented}{kind}{self._count}"

    def is_invented(self, name: str) -> bool:
        return name.startswith(self._invented)

    def used(self, block: str) -> None:
        """Note that a block's final was written."""
        self._used.add(block)

    def fresh(self, block: str) -> str:
        """Return a name for a block that begins now; a new one if the name is taken."""
        if block not in self._used:
            self._used.add(block)
            return block
        self._count += 1
        first = block.partition("~")[0]
        again = f"{first}~{self._count}"
        self._again[first] = again
        self._used.add(again)
        return again
