from collections.abc import Callable

from runners.engines.acp.shape import (
    count_of,
    name_of,
    number_of,
    object_of,
    objects_of,
    text_of,
)
from runners.engines.acp.updates.offers import (
    available_commands,
    config_options,
    with_mode,
)
from runners.engines.acp.updates.tool_call import DONE, AgentToolCall, content_block
from sessions_app.protocol.wire import Json

BLOCK_MAX_CHARS = 200_000  # of one block; a longer text continues in the next
GROWING_S = 0.5  # between two lines about an input that still grows
CHUNKS = {"agent_message_chunk": "text", "agent_thought_chunk": "thinking"}
STATES = ("pending", "in_progress", "completed")


class SessionUpdates:
    """Turns the updates of one agent session into lines of Ringside's protocol.

    Text and thoughts are blocks named by the agent's message ids, so the agent's own
    repetitions can be told from new text. Pure; `clock` is monotonic, in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.cost_usd: float | None = None  # cumulative, as the agent reports it
        self.options: list[Json] = []
        self.calls: dict[str, AgentToolCall] = {}
        self.messages: dict[str, str] = {}  # texts by message id, of this prompt
        self._clock = clock
        self._block: tuple[str, str] | None = None  # the open one: message id, kind
        self._message = ""  # the open block's, as the agent names it; "": not at all
        self._parts: list[str] = []
        self._chars = 0
        self._count = 0
        self._heard = ""  # text that the agent reports as a person's
        self._begun: dict[str, AgentToolCall] = {}  # calls without a complete input
        self._growing: dict[str, Json] = {}  # fields changed but not sent, by call
        self._grown_at: dict[str, float] = {}
        self._info: Json = {}  # what the agent says of itself; of sub-agents nothing
        self._last: dict[str, Json] = {}  # the last line of each kind of offer

    def take(self, update: Json) -> list[Json]:
        """Turn an update into lines; an unknown update is kept raw."""
        kind = text_of(update.get("sessionUpdate"))
        if kind in CHUNKS:
            return [*self._flushed(), *self._chunk(CHUNKS[kind], update)]
        match kind:
            case "user_message_chunk":
                self._heard += text_of(object_of(update.get("content")).get("text"))
                return []
            case "tool_call" | "tool_call_update":
                return [*self._said_by_user(), *self._tool(update)]
            case "plan":
                return [self._plan(update)]
            case "usage_update":
                return [*self._flushed(), *self._usage(update)]
            case "available_commands_update":
                commands = available_commands(update)
                return self._offer("available_commands", {"commands": commands})
            case "config_option_update":
                return self.offer(update)
            case "current_mode_update":
                mode = text_of(update.get("currentModeId"))
                self.options = with_mode(self.options, mode)
                return self._offer("config_options", {"options": self.options})
            case "session_info_update":
                return self._titled(text_of(update.get("title")))
        return [{"type": "acp_update", "update": update}]

    def introduce(self, info: Json) -> list[Json]:
        """Say which agent this is, and how it calls the session."""
        self._info = info
        return self._offer("agent_info", info)

    def _titled(self, title: str) -> list[Json]:
        """The agent names its session; a sub-agent's name is its task."""
        if not title or not self._info:
            return []
        return self.introduce(self._info | {"title": title})

    def offer(self, session: Json) -> list[Json]:
        """Make the lines for the settings in an answer or update."""
        self.options = config_options(session) or self.options
        if not self.options:
            return []
        return self._offer("config_options", {"options": self.options})

    def asked(self, call: Json) -> tuple[AgentToolCall, list[Json]]:
        """Merge the tool call of a permission request; returns its tool and lines."""
        lines = self._tool(call | {"status": "pending"})
        found = self.calls[name_of(call.get("toolCallId"))]
        return found, [*lines, *self._flushed()]

    def end(self) -> list[Json]:
        """Make the lines that end open blocks and calls at a prompt's end."""
        self.messages.clear()
        return [*self._flushed(), *self._end_block(), *self._said_by_user()]

    def settle(self) -> list[Json]:
        """End the open block, because the agent waits for an answer."""
        return [*self._flushed(), *self._end_block()]

    def discard(self, message: str) -> None:
        """Drop the open block of a retracted message."""
        if self._block and self._block[0] == message:
            self._block, self._parts = None, []

    def _chunk(self, kind: str, update: Json) -> list[Json]:
        content = object_of(update.get("content"))
        text = text_of(content.get("text"))
        part = content_block(content)
        if kind == "text" and part and part["kind"] != "text":
            return [*self._said_by_user(), *self._part(update, part)]
        if content.get("type") != "text":
            text = _in_words(content)
        if not text:
            return []
        lines = self._said_by_user()
        message = name_of(update.get("messageId"))
        is_same = self._block is not None and self._block[1] == kind
        # A notice without a name between two messages belongs to neither.
        if message != self._message:
            is_same = False
        if not is_same or self._chars >= BLOCK_MAX_CHARS:
            lines += self._end_block()
            self._count += 1
            self._block = (message or f"a{self._count}", kind)
            self._message = message
        assert self._block is not None  # noqa: S101 set above
        self._parts.append(text)
        self._chars += len(text)
        if kind == "text":
            name = self._block[0]
            self.messages[name] = self.messages.get(name, "") + text
        return [*lines, {"type": f"{kind}_delta", "block": self._name(), "delta": text}]

    def _part(self, update: Json, part: Json) -> list[Json]:
        """An image or a resource in the agent's message: a block of its own."""
        ends = self._end_block()
        self._count += 1
        message = name_of(update.get("messageId")) or f"a{self._count}"
        line: Json = {"type": "text", "block": f"{message}.{self._count}", "text": ""}
        return [*ends, line | {"content": [part]}]

    def _name(self) -> str:
        message = self._block[0] if self._block else ""
        return f"{message}.{self._count}"

    def _end_block(self) -> list[Json]:
        if self._block is None:
            return []
        line: Json = {
            "type": self._block[1],
            "block": self._name(),
            "text": "".join(self._parts),
        }
        self._block, self._parts, self._chars = None, [], 0
        return [line]

    def _said_by_user(self) -> list[Json]:
        """Make the line for a person's message that the agent itself has added."""
        text, self._heard = self._heard, ""
        return [{"type": "user_message", "text": text}] if text else []

    def _tool(self, update: Json) -> list[Json]:
        name = name_of(update.get("toolCallId"))
        if not name:
            return [{"type": "acp_update", "update": update}]
        call = self.calls.get(name)
        lines = self._flushed() if call is None or self._begun.keys() - {name} else []
        if call is None:
            call = self.calls[name] = self._begun[name] = AgentToolCall(name)
            call.update(update)
            self._grown_at[name] = self._clock()
            lines += [*self._end_block(), call.start()]
        else:
            self._change(call, update)
        if call.is_done:
            return lines + self._flushed(name)
        added = call.grown(update)
        if added or self._is_settled(call, update):
            lines += self._flushed(name)
        if added:
            line = {"type": "tool_output_delta", "toolUseId": name, "delta": added}
            lines.append(line)
        if text_of(update.get("status")) in DONE:
            lines.append(call.result(update))
        return lines

    def _change(self, call: AgentToolCall, update: Json) -> None:
        changed = call.update(update)
        if changed and call.id not in self._begun:
            self._growing[call.id] = self._growing.get(call.id, {}) | changed

    def _is_settled(self, call: AgentToolCall, update: Json) -> bool:
        """True if a call's changed fields are due as a line.

        An input that grows word by word is due every GROWING_S seconds.
        """
        if update.get("status") in ("in_progress", *DONE):
            return True
        now = self._clock()
        if now - self._grown_at[call.id] < GROWING_S:
            return False
        self._grown_at[call.id] = now
        return call.id not in self._begun or "input" in call.said

    def _flushed(self, call_id: str = "") -> list[Json]:
        """Make the lines for the pending changes of one call, or of all calls."""
        begun = [call_id] if call_id else [*self._begun]
        uses = [self._begun.pop(name).use() for name in begun if name in self._begun]
        names = [call_id] if call_id else [*self._growing]
        held = [(name, self._growing.pop(name, {})) for name in names]
        updates: list[Json] = [
            {"type": "tool_update", "toolUseId": name, **fields}
            for name, fields in held
            if fields
        ]
        return [*uses, *updates]

    def _plan(self, update: Json) -> Json:
        items = [
            {"text": text, "status": state if state in STATES else "pending"}
            for entry in objects_of(update.get("entries"))
            for text, state in [(text_of(entry.get("content")), entry.get("status"))]
            if text
        ]
        return {"type": "todo_update", "items": items}

    def _usage(self, update: Json) -> list[Json]:
        used, size = count_of(update.get("used")), count_of(update.get("size"))
        cost = object_of(update.get("cost"))
        amount = number_of(cost.get("amount"))
        if amount is not None and cost.get("currency", "USD") == "USD":
            self.cost_usd = amount
        if used is None or size is None:
            return []
        said: Json = {"used": used, "size": size}
        if self.cost_usd is not None:
            said["costUsd"] = self.cost_usd
        return self._offer("context_usage", said)

    def _offer(self, kind: str, fields: Json) -> list[Json]:
        """Make a line, unless it equals the last one of its kind."""
        line = {"type": kind, **fields}
        if self._last.get(kind) == line:
            return []
        self._last[kind] = line
        return [line]


def _in_words(content: Json) -> str:
    """A part that has no place of its own: audio, an image in a thought."""
    return f"[{text_of(content.get('type')) or 'content'}]"
