import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from runners.engines.acp.shape import object_of, text_of
from runners.engines.json_lines.transcript.unanswered import Unanswered
from sessions_app.protocol.events import (
    AgentComplete,
    AgentInfo,
    Approval,
    ApprovalRequest,
    ContextUsage,
    Event,
    MemoryGap,
    SessionStarted,
    Text,
    ToolResult,
    ToolUse,
    TurnDiscarded,
    UserMessage,
)
from sessions_app.protocol.wire import Json

FORGOTTEN = "The agent was stopped in the middle of this and no longer remembers it."
UNSURE = "The agent was stopped in the middle of this and may no longer remember it."
NEW_SESSION = (
    "The agent no longer has this session: it knows nothing of what stands above."
)
GO_ON = "Continue where you left off."
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class EarlierRuns:
    """The parts of a session's log that the next run of its agent needs."""

    agent_session_id: str = ""
    cost_usd: float = 0.0  # cumulative, as the agent reported last
    messages: Sequence[str] = ()  # all messages of people, oldest first
    unanswered: Sequence[str] = ()  # the last of these, which no run answered
    texts: Sequence[str] = ()  # the agent's texts of its last run
    is_broken: bool = False  # the last run was killed or failed
    asked: Sequence[ApprovalRequest] = ()  # approval requests without an answer

    @classmethod
    def of(cls, log: Sequence[Event]) -> "EarlierRuns":
        session_id, cost, is_broken = "", 0.0, False
        messages: list[str] = []
        texts: dict[str, str] = {}
        asked: dict[str, ApprovalRequest] = {}
        is_over = True
        for event in log:
            match event:
                case AgentInfo(agent_session_id=name) if name:
                    session_id = name
                case ContextUsage(cost_usd=amount) if amount is not None:
                    cost = amount
                case UserMessage(text=text):
                    messages.append(text)
                case ApprovalRequest(tool_use_id=name):
                    asked[name] = event
                case Approval(tool_use_id=name) | ToolResult(tool_use_id=name):
                    asked.pop(name, None)
                case Text(block=block, text=text):
                    is_over = False
                    texts[block] = text
                case ToolUse():
                    is_over = False
                case TurnDiscarded(message_id=name):
                    gone = [b for b in texts if b.startswith(f"{name}.")]
                    for block in gone:
                        del texts[block]
                case AgentComplete(status=status):
                    is_broken = status not in ("success", "budget")
                    is_over = True
                    if not is_broken:
                        texts.clear()
                case MemoryGap():
                    texts.clear()
                case SessionStarted():
                    is_over = True
        return cls(
            agent_session_id=session_id,
            cost_usd=cost,
            messages=messages,
            unanswered=Unanswered.of(log).messages,
            texts=[*texts.values()],
            is_broken=is_broken or not is_over or _is_cut(log),
            asked=[*asked.values()],
        )


def _is_cut(log: Iterable[Event]) -> bool:
    """True if a run before the last start has no end."""
    is_open, was_cut = False, False
    for event in log:
        if isinstance(event, SessionStarted):
            was_cut, is_open = is_open, True
        elif isinstance(event, AgentComplete):
            was_cut, is_open = False, False
    return was_cut


@dataclass(slots=True)
class AgentMemory:
    """The history that an agent repeated when its session was loaded."""

    heard: Counter[str] = field(default_factory=Counter)  # people's messages
    _said: list[str] = field(default_factory=list)

    def take(self, update: Json) -> None:
        text = text_of(object_of(update.get("content")).get("text"))
        match update.get("sessionUpdate"):
            case "user_message_chunk":
                self.heard[_plain(text)] += 1
            case "agent_message_chunk":
                self._said.append(text)

    def forgotten(self, past: EarlierRuns) -> list[str]:
        """Return the texts of the last run that are missing from the history."""
        known = _plain("".join(self._said))
        return [t for t in past.texts if t.strip() and _plain(t) not in known]

    def unheard(self, past: EarlierRuns) -> list[str]:
        """Return the unanswered messages that are missing from the history.

        Equal messages are counted: each must be there as often as people sent it.
        """
        count: Counter[str] = Counter()
        known = []
        for text in past.messages:
            count[_plain(text)] += 1
            known.append(count[_plain(text)] <= self.heard[_plain(text)])
        last = len(past.unanswered)
        pairs = zip(past.messages[-last:], known[-last:], strict=True) if last else ()
        return [text for text, is_known in pairs if not is_known]


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text).strip()
