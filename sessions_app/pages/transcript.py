from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
from django.conf import settings

from sessions_app.history.export.diff_text import diff_text
from sessions_app.models import Event
from sessions_app.protocol import events
from sessions_app.protocol.encoding.codec import decode_event
from sessions_app.protocol.encoding.numbers import encode_json
from sessions_app.protocol.events import TS_MAX
from sessions_app.protocol.fields.tool_details import ContentBlock

TOLD = [
    cls.wire_type()
    for cls in (
        events.UserMessage, events.Thinking, events.Text, events.ToolUse,
        events.ToolResult, events.AgentSpawn, events.Approval, events.AgentComplete,
        events.Status, events.Error, events.ApprovalRequest, events.OptionChosen,
        events.MemoryGap,
    )
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Passage:
    """One event of a session, as the transcript shows it."""

    seq: int
    at: datetime
    kind: str  # message, text, thinking, call, result or notice
    title: str = ""
    text: str = ""
    is_bad: bool = False
    child: str = ""  # the session id of the sub-agent that was started


def read_transcript(
    session_id: str, before: int | None, *, whole: bool = False
) -> tuple[list[Passage], int]:
    """Return the last passages of a session, or the last ones before a seq.

    Also returns the `before` of the preceding page, 0 if there is none. `whole` raises
    the limit to what a browser can print.
    """
    most = settings.TRANSCRIPT_PRINT_MAX_ROWS if whole else settings.TRANSCRIPT_MAX_ROWS
    rows = Event.objects.filter(session=session_id, type__in=TOLD).order_by("-seq")
    if before is not None:
        rows = rows.filter(seq__lt=before)
    found = [decode_event(data) for data in rows.values_list("data", flat=True)[:most]]
    more = found[-1].seq if len(found) == most else 0
    return [_passage(event) for event in reversed(found)], more


def _passage(event: events.Event) -> Passage:
    def of(kind: str, title: str = "", text: str = "", bad: bool = False) -> Passage:
        at = datetime.fromtimestamp(min(event.ts, TS_MAX) // 1000, UTC)
        child = event.child_id if isinstance(event, events.AgentSpawn) else ""
        return Passage(event.seq, at, kind, title, text, bad, child)

    match event:
        case events.UserMessage():
            return of("message", event.by or "Prompt", event.text)
        case events.Text():
            return of("text", text=_with_content(event.text, event.content))
        case events.Thinking():
            return of("thinking", "Thinking", event.text)
        case events.ToolUse():
            arguments = msgspec.json.format(encode_json(event.input), indent=2).decode()
            title = f"{event.tool}: {event.title}" if event.title else event.tool
            return of(
                "call", title, "\n\n".join([arguments, *map(diff_text, event.diffs)])
            )
        case events.ApprovalRequest():
            return of("notice", f"Asks: {event.title or event.tool}", event.plan)
        case events.OptionChosen():
            by = f" by {event.by}" if event.by else ""
            chosen = f"{event.option_id}: {event.value}"
            return of("notice", f"Setting chosen{by}", chosen)
        case events.MemoryGap():
            title = "Not in the agent's memory"
            return of("notice", title, event.text or event.reason)
        case events.ToolResult():
            title = f"{event.tool} failed" if event.is_error else f"{event.tool} said"
            said = "\n\n".join([event.output, *map(diff_text, event.diffs)])
            said = _with_content(said, event.content)
            return of("result", title, said, event.is_error)
        case events.AgentSpawn():
            return of("notice", "Started a sub-agent", event.task)
        case events.Approval():
            by = f" by {event.by}" if event.by else ""
            return of("notice", f"{event.decision.capitalize()}{by}", event.reason)
        case events.AgentComplete():
            return of("notice", f"Ended: {event.status}")
        case events.Status():
            return of("notice", f"Now {event.status}", event.detail)
        case events.Error():
            return of("notice", f"Error: {event.code}", event.message, bad=True)
    return of("notice", event.wire_type())


def _with_content(text: str, content: Iterable[ContentBlock]) -> str:
    """A text and what goes with it; a text block's words are in the text already."""
    more = (block.in_words for block in content if block.kind != "text")
    return "\n\n".join(filter(None, [text, *more]))
