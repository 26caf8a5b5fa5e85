from collections.abc import Callable
from dataclasses import dataclass

from runners.engines.acp.shape import name_of, object_of, objects_of, text_of
from runners.engines.acp.updates.updates import SessionUpdates
from sessions_app.protocol.wire import Json

# A sub-agent's outcome, by its final state or stop reason.
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
    """A sub-agent of the agent, and its updates."""

    id: str  # the agent's id of the sub-agent
    name: str  # Ringside's name, unique in the session
    parent: str  # name of the parent session; "": the root
    updates: SessionUpdates
    call: str = ""  # id of the tool call that started a sub-agent without a session
    is_over: bool = False


class AgentChildren:
    """The sub-agents of one agent session, reported in either of two ways.

    The agent gives each a session of its own (`subagent_update`), or it marks a
    sub-agent's updates with the tool call that started the sub-agent
    (`_meta.claudeCode.parentToolUseId`).
    """

    def __init__(self, make: Callable[[], SessionUpdates]) -> None:
        self._make = make
        self._by_id: dict[str, AgentChild] = {}  # the newest sub-agent of each id
        self._by_name: dict[str, AgentChild] = {}

    @property
    def live(self) -> list[AgentChild]:
        return [child for child in self._by_name.values() if not child.is_over]

    def get(self, id_: str) -> AgentChild | None:
        return self._by_id.get(id_)

    def named(self, name: str) -> AgentChild | None:
        return self._by_name.get(name)

    def open(self, id_: str, parent: str, call: str = "") -> AgentChild:
        """Add a sub-agent; if its id was used before, it gets a new session."""
        count = len(self._by_name) + 1
        name = f"{id_}~{count}" if id_ in self._by_id else id_
        child = AgentChild(id_, name, parent, self._make(), call)
        self._by_id[id_] = self._by_name[name] = child
        return child

    @staticmethod
    def marked_call(update: Json) -> str:
        """Return the tool call that marks a sub-agent's update; "" if unmarked."""
        claude = object_of(object_of(update.get("_meta")).get("claudeCode"))
        return name_of(claude.get("parentToolUseId"))


def outcome_of(state: Json) -> str:
    """Return a sub-agent's outcome from its state; "" while it works."""
    name = text_of(state.get("state"))
    if name not in OVER:
        return ""
    return OUTCOMES.get(text_of(state.get("stopReason")) or name, "error")


def message_text(update: Json) -> str:
    """Return the text of a `session_message`."""
    parts = objects_of(update.get("content"))
    return "\n".join(text_of(part.get("text")) for part in parts)
