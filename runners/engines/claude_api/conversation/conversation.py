from collections.abc import Iterable
from typing import Self

from runners.engines.claude_api.conversation.compaction import compacted_messages
from runners.engines.claude_api.conversation.content import (
    reply_text,
    settle,
    tool_result,
    user_text,
)
from runners.engines.claude_api.conversation.lost_words import holds
from runners.engines.claude_api.conversation.open_turn import OpenTurn
from runners.engines.claude_api.conversation.pending_call import PendingCall
from runners.engines.claude_api.conversation.repetition import FinishedCall, Repetition
from runners.engines.claude_api.reply.stop_reason import BROKEN_OFF, INTERRUPTED
from runners.port.host import LOOP
from runners.tools.call import ToolCall
from sessions_app.protocol.events import (
    Approval,
    ApprovalRequest,
    BlockStart,
    Compacted,
    Event,
    OpaqueBlock,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ToolInputDelta,
    ToolOutputDelta,
    ToolResult,
    ToolUse,
    TurnDiscarded,
    TurnEnd,
    TurnStart,
    UserMessage,
)
from sessions_app.protocol.wire import Json

INTERRUPTION = "[Interrupted by the user]"


class Conversation:
    """The conversation in the API's form: a pure fold of the session's events.

    A running agent folds the events that it emits and a resumed one those of the log,
    so both have the same `messages`. Deltas matter only while their final is missing.
    """

    def __init__(self) -> None:
        self.messages: list[Json] = []
        self.next_turn = 1
        self.next_message = 1
        self.context_tokens = 0  # input and output tokens of the last turn
        self.paused = False  # pause_turn: Claude continues when its reply is sent back
        self.call_ids: set[str] = set()  # of all tool calls, including discarded ones
        # the version of each file that was read, by path
        self.seen: dict[str, str] = {}
        self.repetition = Repetition()
        # Masks (rows of stars) of secrets whose originals are not available here.
        self.lost: frozenset[str] = frozenset()
        self._turn: OpenTurn | None = None
        # open calls of the last turn, in call order
        self._calls: dict[str, PendingCall] = {}
        self._held: list[str] = []  # what people said while a turn was open
        # Claude has replied to the last user message, perhaps with an empty reply
        self._answered = True

    @classmethod
    def from_log(cls, events: Iterable[Event]) -> Self:
        """Rebuild a session's conversation from its log, in the log's order."""
        conversation = cls()
        for event in events:
            conversation.apply(event)
        return conversation

    @property
    def awaits_claude(self) -> bool:
        """Whether Claude is to reply next."""
        if self._turn or self._calls:
            return False
        return self.paused or not self._answered

    @property
    def has_reply(self) -> bool:
        """Whether the messages contain a reply of Claude's."""
        return any(message["role"] == "assistant" for message in self.messages)

    @property
    def last_words(self) -> str:
        """The text of Claude's last reply; "" if a user message follows it."""
        if not self.messages or self.messages[-1]["role"] != "assistant":
            return ""
        return reply_text(self.messages[-1]["content"])

    @property
    def unfinished(self) -> list[ToolCall]:
        """The calls without a result that may be run, or run again."""
        calls = self._calls.items()
        return [call.again(id_) for id_, call in calls if call.is_repeatable]

    def answer_to(self, tool_use_id: str) -> Approval | None:
        """A person's decision about a call that has no result yet."""
        call = self._calls.get(tool_use_id)
        return call.answer if call else None

    def closing(self) -> list[Event]:
        """The finals of what a crash left open, to be written first on resuming.

        The calls in `unfinished` stay open: they are run (again).
        """
        events: list[Event] = []
        if self._turn:
            reason = "the runner stopped"
            discarded = TurnDiscarded(message_id=self._turn.message_id, reason=reason)
            events += [*self._turn.partials(), discarded]
        for tool_use_id, call in self._calls.items():
            if call.result is None and not call.is_repeatable:
                events.append(call.lost(tool_use_id))
        return events

    def apply(self, event: Event) -> None:
        """Fold one event in; events that Claude does not see change nothing."""
        match event:
            case TextDelta() | ThinkingDelta() | ToolInputDelta():
                if self._turn:
                    self._turn.grow(event.block, event.delta)
            case ToolOutputDelta(tool_use_id=call, delta=delta):
                if call in self._calls:
                    self._calls[call].shown.append(delta)
            case Text() | Thinking() | ToolUse() | OpaqueBlock():
                if self._turn:
                    self._turn.close(event)
            case BlockStart():
                self._open_block(event)
            case ToolResult():
                self.seen |= event.seen
                self._find(event, event.output)
                self._answer(event)
            case UserMessage(text=text):
                self.repetition.clear()
                self._find(event, text)
                self._held.append(text)
                self._release()
            case TurnStart():
                self._start_turn(event)
            case TurnEnd():
                self._end_turn(event)
            case TurnDiscarded():
                self._turn = None
                self._release()
            case Compacted(summary=summary):
                self._compact(summary)
            case ApprovalRequest(tool_use_id=call):
                if call in self._calls:
                    self._calls[call].asked = True
            case Approval(tool_use_id=call):
                if call in self._calls:
                    self._calls[call].answer = event
                elif call.startswith(f"{LOOP}_"):
                    self.repetition.clear()

    def _find(self, event: Event, text: str) -> None:
        """Forget lost masks that now occur in unmasked text.

        There the stars are literal text, not a masked secret.
        """
        if self.lost and not event.masked:
            self.lost = frozenset(m for m in self.lost if not holds(text, m))

    def _compact(self, summary: str) -> None:
        self.repetition.clear()
        self.messages = compacted_messages(self.messages, summary)
        self.context_tokens = 0
        self.paused = False
        self._answered = False

    def _start_turn(self, event: TurnStart) -> None:
        self._turn = OpenTurn(event.turn, event.message_id)
        number = event.message_id.removeprefix("m")
        if number.isdecimal():
            self.next_message = max(self.next_message, int(number) + 1)

    def _open_block(self, event: BlockStart) -> None:
        if event.tool_use_id:
            self.call_ids.add(event.tool_use_id)
        if self._turn:
            self._turn.open(event)

    def _end_turn(self, event: TurnEnd) -> None:
        if self._turn is None:
            return
        content = self._turn.content(event.kept_blocks)
        if event.stop_reason == "refusal":
            content = []
        calls = [block for block in content if block["type"] == "tool_use"]
        self.paused = event.stop_reason == "pause_turn" and not calls
        if event.stop_reason not in {"tool_use", "pause_turn"}:
            content = settle(content)
        if content:
            self._say("assistant", content)
        self._answered = True
        if event.stop_reason == INTERRUPTED and not calls:
            self._held.append(INTERRUPTION)
        self._calls = {
            call["id"]: PendingCall(
                call["name"],
                call["input"],
                is_whole=event.stop_reason in {"tool_use", BROKEN_OFF}
                and not self._turn.is_cut(call["id"]),
            )
            for call in calls
        }
        self._turn = None
        self.context_tokens = event.usage.total
        self.next_turn = event.turn + 1
        self._release()

    def _answer(self, event: ToolResult) -> None:
        call = self._calls.get(event.tool_use_id)
        if call is None:
            return
        call.result = tool_result(
            event.tool_use_id, event.output, is_error=event.is_error
        )
        results = [call.result for call in self._calls.values() if call.result]
        if len(results) == len(self._calls):
            self.repetition.add(
                FinishedCall(
                    call.tool,
                    call.input,
                    result["content"],
                    is_error=bool(result.get("is_error")),
                )
                for call, result in zip(self._calls.values(), results, strict=True)
            )
            self._calls = {}
            self._say("user", results)
            self._release()

    def _release(self) -> None:
        """Append held user messages, once the API allows a user message here."""
        if self._turn or self._calls or not self._held:
            return
        if self.paused:
            self._stop_pausing()
        content, self._held = user_text(self._held), []
        if content:
            self._say("user", content)

    def _stop_pausing(self) -> None:
        self.paused = False
        content = settle(self.messages.pop()["content"])
        if content:
            self._say("assistant", content)

    def _say(self, role: str, content: list[Json]) -> None:
        self._answered = role != "user"
        if self.messages and self.messages[-1]["role"] == role:
            self.messages[-1]["content"] += content
        else:
            self.messages.append({"role": role, "content": content})
