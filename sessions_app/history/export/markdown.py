from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import msgspec

from sessions_app.history.export.agent_text import agent_text, fenced, plain
from sessions_app.history.export.diff_text import diff_text
from sessions_app.history.export.export import log_pages
from sessions_app.models import AgentSession
from sessions_app.protocol import events
from sessions_app.protocol.encoding.codec import decode_event
from sessions_app.protocol.encoding.numbers import encode_json
from sessions_app.protocol.events import Event
from sessions_app.protocol.fields.tool_details import ContentBlock, FileDiff
from sessions_app.sessions.tree import tree


def export_markdown(session: AgentSession) -> Iterator[str]:
    """Yield a session tree as Markdown; events without text are left out."""
    for page in passages(session):
        yield "".join(page)


def passages(session: AgentSession) -> Iterator[list[str]]:
    """Yield the passages of `export_markdown`, each complete Markdown by itself."""
    for one in tree(session):
        yield [_heading(one)]
        for page in log_pages(one):
            yield [passage(decode_event(data)) for data in page]


def passage(event: Event) -> str:
    """Return one event as Markdown; "" for an event without text for a reader."""
    match event:
        case events.UserMessage():
            return f"### {plain(event.by or 'Prompt')}\n\n{fenced(event.text)}"
        case events.Text():
            return agent_text(event.text) + _content(event.content, "message")
        case events.Thinking(text=text) if text:
            return f"*Thinking:*\n\n{fenced(text)}"
        case events.ToolUse():
            arguments = msgspec.json.format(encode_json(event.input)).decode()
            title = f": {plain(event.title)}" if event.title else ""
            head = f"**{plain(event.tool)}**{title}\n\n{fenced(arguments, 'json')}"
            return head + _diffs(event.diffs)
        case events.ToolUpdate():
            return _diffs(event.diffs)
        case events.ToolResult():
            how = "Error" if event.is_error else "Result"
            head = f"*{how} of {plain(event.tool)}:*\n\n{fenced(event.output)}"
            return head + _diffs(event.diffs) + _content(event.content, "result")
        case events.ApprovalRequest(plan=plan) if plan:
            return f"*Plan to agree to:*\n\n{fenced(plan, 'markdown')}"
        case events.OptionChosen():
            by = plain(event.by or "somebody")
            chosen = f"{plain(event.option_id)}: {plain(event.value)}"
            return f"*Setting chosen by {by}: {chosen}*\n\n"
        case events.MemoryGap():
            return f"*Not in the agent's memory: {plain(event.reason)}*\n\n"
        case events.AgentSpawn():
            return f"*Sub-agent {plain(event.child_id)}:*\n\n{fenced(event.task)}"
        case events.Approval():
            reason = f": {plain(event.reason)}" if event.reason else ""
            by = plain(event.by or "somebody")
            answers = encode_json(event.answers).decode() if event.answers else ""
            form = fenced(answers, "json") if answers else ""
            return f"*{event.decision} by {by}{reason}*\n\n{form}"
        case events.Error():
            return f"*Error {plain(event.code)}:*\n\n{fenced(event.message)}"
        case events.Status():
            return f"*{event.status.value}*\n\n"
        case _:
            return ""


def _diffs(diffs: Iterable[FileDiff]) -> str:
    return "".join(fenced(diff_text(diff), "diff") for diff in diffs)


def _content(blocks: Iterable[ContentBlock], where: str) -> str:
    """Name what is there beside text; its outputs are in the export as lines."""
    named = (
        (block.kind, plain(block.title or block.uri or block.output_id))
        for block in blocks
        if block.kind != "text"
    )
    return "".join(
        f"*{kind.capitalize()} in the {where}: {n}*\n\n" for kind, n in named
    )


def _heading(session: AgentSession) -> str:
    began = session.started_at or session.created_at
    owner = f", {plain(session.owner.get_username())}" if session.owner else ""
    title = plain(session.title or session.pk)
    when = datetime.astimezone(began, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return (
        f"# {title}\n\n"
        f"`{session.pk}`, {plain(session.model)}, {session.status}{owner}, {when}\n\n"
    )
