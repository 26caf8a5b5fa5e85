import re
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from sessions_app.history.export.export import log_pages
from sessions_app.models import AgentSession
from sessions_app.protocol import events
from sessions_app.protocol.codec import decode_event
from sessions_app.protocol.events import Event
from sessions_app.protocol.numbers import encode_json
from sessions_app.sessions.tree import tree

FENCES = re.compile(r"`{3,}")
FENCE_LINES = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)


def export_markdown(session: AgentSession) -> Iterator[str]:
    """Write a session and all below it to be read; what has no words is left out."""
    for page in passages(session):
        yield "".join(page)


def passages(session: AgentSession) -> Iterator[list[str]]:
    """Yield what `export_markdown` writes in pieces that stand for themselves."""
    for one in tree(session):
        yield [_heading(one)]
        for page in log_pages(one):
            yield [passage(decode_event(data)) for data in page]


def passage(event: Event) -> str:
    """Say one event in Markdown, "" where it says nothing to a reader."""
    match event:
        case events.UserMessage():
            return f"### {event.by or 'Prompt'}\n\n{_fenced(event.text)}"
        case events.Text():
            return f"{_closed(event.text)}\n\n"
        case events.Thinking(text=text) if text:
            return f"*Thinking:*\n\n{_fenced(text)}"
        case events.ToolUse():
            said = msgspec.json.format(encode_json(event.input)).decode()
            return f"**{event.tool}**\n\n{_fenced(said, 'json')}"
        case events.ToolResult():
            how = "Error" if event.is_error else "Result"
            return f"*{how} of {event.tool}:*\n\n{_fenced(event.output)}"
        case events.AgentSpawn():
            return f"*Sub-agent {event.child_id}:*\n\n{_fenced(event.task)}"
        case events.Approval():
            reason = f": {event.reason}" if event.reason else ""
            return f"*{event.decision} by {event.by or 'somebody'}{reason}*\n\n"
        case events.Error():
            return f"*Error {event.code}:*\n\n{_fenced(event.message)}"
        case events.Status():
            return f"*{event.status.value}*\n\n"
        case _:
            return ""


def _heading(session: AgentSession) -> str:
    began = session.started_at or session.created_at
    owner = f", {session.owner}" if session.owner else ""
    title = " ".join((session.title or session.pk).split())
    when = datetime.astimezone(began, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return (
        f"# {title}\n\n"
        f"`{session.pk}`, {session.model}, {session.status}{owner}, {when}\n\n"
    )


def _closed(text: str) -> str:
    """Close a code block that was left open, so that it ends with its passage."""
    is_open = ""
    for fence in FENCE_LINES.findall(text):
        if not is_open:
            is_open = fence
        elif fence.startswith(is_open):
            is_open = ""
    return f"{text}\n{is_open}" if is_open else text


def _fenced(text: str, language: str = "text") -> str:
    """Show a text as it is, whatever fences it has itself."""
    longest = max((len(fence) for fence in FENCES.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}\n\n"
