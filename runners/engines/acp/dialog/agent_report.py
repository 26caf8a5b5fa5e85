import time
from collections.abc import Callable

from runners.engines.acp.dialog.repeated_answer import RepeatedAnswer
from runners.engines.acp.shape import name_of, object_of, text_of
from runners.engines.acp.updates.children import (
    AgentChild,
    AgentChildren,
    message_text,
    outcome_of,
)
from runners.engines.acp.updates.updates import SessionUpdates
from sessions_app.protocol.wire import Json

Say = Callable[[Json], None]


class AgentReport:
    """Turns the updates of an agent and its sub-agents into lines.

    The agent's own session is named "", a sub-agent's by the sub-agent's name. `say` is
    called with each line, `news` when a sub-agent has ended.
    """

    def __init__(self, say: Say, news: Callable[[], None]) -> None:
        self._say_line = say
        self._news = news
        self.root = self._updates()
        self.children = AgentChildren(self._updates)
        self._repetition = RepeatedAnswer()

    def take(self, name: str, update: Json) -> None:
        """Handle an update of the session named `name`."""
        kind = update.get("sessionUpdate")
        if kind == "subagent_update":
            self._subagent(name, update)
        elif kind == "session_message":
            self._message(name, update)
        else:
            self._plain(name, update)

    def end_prompt(self) -> None:
        """End the text blocks and calls that are open at a prompt's end."""
        self.say_all("", self.root.end())
        self._repetition.clear()

    def _plain(self, name: str, update: Json) -> None:
        if not name:
            name = self._marked(update) or name
        if not name:
            self._retract(update)
        self.say_all(name, self.of(name).take(update))
        if not name and update.get("status") in ("completed", "failed"):
            child = self.children.get(name_of(update.get("toolCallId")))
            if child and child.call and not child.is_over:
                done = update.get("status") == "completed"
                self.end_child(child, "success" if done else "error")

    def _marked(self, update: Json) -> str:
        """Return the sub-agent whose tool call the update names, or ""."""
        call = self.children.marked_call(update)
        known = self.root.calls.get(call)
        if known is None:
            return ""
        child = self.children.get(call)
        if child is None:
            child = self.children.open(call, "", call)
            task = known.said.get("title", "") or known.tool
            spawn = {"type": "agent_spawn", "childId": child.name, "task": task}
            self.say(spawn | {"toolUseId": call})
        return child.name if not child.is_over else ""

    def _subagent(self, parent: str, update: Json) -> None:
        name = name_of(update.get("sessionId"))
        if not name:
            return
        child = self.children.get(name)
        ended = outcome_of(object_of(update.get("state")))
        if child is None or (child.is_over and not ended):
            child = self.children.open(name, parent)
            task = text_of(update.get("title")) or text_of(update.get("description"))
            self.say_all(parent, self.of(parent).settle())
            spawn = {"type": "agent_spawn", "childId": child.name, "task": task}
            self.say_of(parent, spawn)
        if ended and not child.is_over:
            self.end_child(child, ended)

    def _message(self, name: str, update: Json) -> None:
        """Log a message to a sub-agent (such as its task) in the sub-agent."""
        if name and name_of(update.get("recipientSessionId")) == self._id_of(name):
            self.say_of(name, {"type": "user_message", "text": message_text(update)})

    def end_child(self, child: AgentChild, outcome: str) -> None:
        child.is_over = True
        self.say_all(child.name, child.updates.end())
        self.say_of(child.name, {"type": "agent_complete", "status": outcome})
        self._news()

    def _retract(self, update: Json) -> None:
        """Retract a cut answer that the agent repeats from its beginning."""
        match update.get("sessionUpdate"):
            case "agent_message_chunk" | "agent_thought_chunk":
                message = name_of(update.get("messageId"))
                text = text_of(object_of(update.get("content")).get("text"))
                repeated = self._repetition.add(message, text) if message else ""
                if repeated:
                    line = {"type": "turn_discarded", "messageId": repeated}
                    self.say(line | {"reason": "the agent began this answer again"})
            case "tool_call" | "tool_call_update" | "plan":
                self._repetition.clear()

    def _updates(self) -> SessionUpdates:
        return SessionUpdates(time.monotonic)

    def of(self, name: str) -> SessionUpdates:
        child = self.children.named(name) if name else None
        return child.updates if child else self.root

    def name_of_session(self, session: str) -> str:
        """Return a running sub-agent's name by its ACP session id; "" for others."""
        child = self.children.get(name_of(session))
        return child.name if child and not child.is_over else ""

    def _id_of(self, name: str) -> str:
        child = self.children.named(name)
        return child.id if child else ""

    def note(self, code: str, message: str) -> None:
        self.say({"type": "error", "code": code, "message": message, "fatal": False})

    def say(self, line: Json) -> None:
        self._say_line(line)

    def say_of(self, name: str, line: Json) -> None:
        self._say_line(line | {"sessionId": name} if name else line)

    def say_all(self, name: str, lines: list[Json]) -> None:
        for line in lines:
            self.say_of(name, line)
