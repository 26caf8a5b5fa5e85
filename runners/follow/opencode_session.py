from dataclasses import dataclass
from typing import Protocol

from runners.follow.source import BadRecord, Portion
from runners.transcripts.entry import Entry
from runners.transcripts.opencode import entries_of, is_open
from sessions_app.protocol.wire import Json

MESSAGES = 20  # messages of a session read at a time
Place = tuple[int, str]  # a message's creation time (ms since 1970) and id


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message of opencode with the present state of its parts."""

    place: Place
    message: Json
    parts: list[Json]


class OpencodeStore(Protocol):
    """opencode's stored sessions: a database, or files."""

    def messages(self, session: str, since: Place, most: int) -> list[StoredMessage]:
        """Read messages in order, from `since` on. May block. Raises OSError."""
        ...


@dataclass(frozen=True, slots=True)
class OpencodeSession:
    """One session of a store, as a transcript.

    A part changes until it ends, so the position stays before the first message with an
    open part; the other parts of that message are read again.
    """

    store: OpencodeStore
    name: str

    def read(self, position: Json, *, is_at_rest: bool) -> Portion:
        since = (int(position.get("created", 0)), str(position.get("message", "")))
        found = self.store.messages(self.name, since, MESSAGES)
        is_end = len(found) < MESSAGES
        records: list[Entry | BadRecord] = []
        for nth, one in enumerate(found, 1):
            is_last = is_end and nth == len(found) and not is_at_rest
            records += entries_of(one.message, one.parts, is_last=is_last)
        if found:
            still = [one for one in found if is_open(one.message, one.parts)]
            since = (still[0] if still and is_end else found[-1]).place
        after = {"created": since[0], "message": since[1]}
        return Portion(records, after, is_again=False, is_end=is_end)


def root_of(name: str, above: dict[str, str]) -> str:
    """Name the main session above a sub-agent's; "" for a main session."""
    seen, root = {name}, ""
    while (parent := above.get(name, "")) in above and parent not in seen:
        seen.add(parent)
        root = name = parent
    return root
