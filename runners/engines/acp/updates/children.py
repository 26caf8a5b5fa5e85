from collections.abc import Callable
from dataclasses import dataclass

from runners.engines.acp.shape import name_of, object_of, objects_of, text_of
from runners.engines.acp.updates.updates import SessionUpdates
from sessions_app.protocol.wire import Json

# How a sub-agent ended, by its state or by the reason why it stopped.
OUTCOMES = {
    "end_turn": "success",
    "idle": "success",
    "completed": "success",
    "ended": "success",
    "cancelled": "cancelled",
    "stopped": "cancelled",
}
OVER = frozenset({"failed", "error", *OUTCOMES})


@dataclass(slots=True)
class AgentChild:
    """A sub-agent of the agent: its updates, until it is over."""

    id: str  # the agent's name for it
    name: str  # Ringside's, which no other child of the session has had
    parent: str  # Ringside's name of the session that it works for; "": the root
    updates: SessionUpdates
    call: str = ""  # the tool call that started it, where it has no session of its own
    is_over: bool = False


class AgentChildren:
    """The sub-agents of one agent session, found in the two ways that agents have.

    Either the agent gives each a session of its own (`subagent_update`), or it marks a
    sub-agent's updates with the tool call that started it
    (`_meta.claudeCode.parentToolUseId`).
    """

    def __init__(self, make: Callable[[], SessionUpdates]) -> None:
        self._make = make
        self._by_id: dict[str, AgentChild] = {}  # the newest of each id
        self._by_name: dict[str, AgentChild] = {}

    @property
    def live(self) -> list[AgentChild]:
        return [child for child in self._by_name.values() if not child.is_over]

    def get(self, id_: str) -> AgentChild | None:
        return self._by_id.get(id_)

    def named(self, name: str) -> AgentChild | None:
        return self._by_name.get(name)

    def open(self, id_: str, parent: str, call: str = "") -> AgentChild:
        """Begin a sub-agent; one that works again is a new session."""
        count = len(self._by_name) + 1
        name = f"{id_}~{count}" if id_ in self._by_id else id_
        child = AgentChild(id_, name, parent, self._make(), call)
        self._by_id[id_] = self._by_name[name] = child
        return child

    @staticmethod
    def marked_call(update: Json) -> str:
        """The call of the sub-agent whose update this is; "" for an unmarked one."""
        claude = object_of(object_of(update.get("_meta")).get("claudeCode"))
        return name_of(claude.get("parentToolUseId"))


def outcome_of(state: Json) -> str:
    """How a sub-agent ended, by its last state; "" while it works."""
    name = text_of(state.get("state"))
    if name not in OVER:
        return ""
    return OUTCOMES.get(text_of(state.get("stopReason")) or name, "error")


def message_text(update: Json) -> str:
    """The words of a `session_message`."""
    parts = objects_of(update.get("content"))
    return "\n".join(text_of(part.get("text")) for part in parts)
