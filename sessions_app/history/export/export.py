import base64
from collections.abc import Iterator
from typing import Any

import msgspec

from sessions_app.log.page import read_page
from sessions_app.models import AgentSession, Output
from sessions_app.protocol.prepared import prepared
from sessions_app.sessions.tree import tree

VERSION = 1
HEAD = '{"ringside":'  # start of the lines that are not events; events: {"type":
COLUMNS = (
    "title", "prompt", "status", "model", "engine", "workdir", "permission_mode",
    "budget", "rules", "options", "worktree", "usage", "cost_usd", "head_seq",
    "swept_seq", "created_at", "started_at", "ended_at", "archived_at",
)  # fmt: skip


@prepared
class _Numbered(msgspec.Struct):
    seq: int


def export_lines(session: AgentSession) -> Iterator[str]:
    """Yield a session tree as JSON lines, one page of events at a time.

    Each session's line is followed by its log, byte for byte as stored, up to the head
    that the line names, and by its outputs. The last line holds the number of lines
    before it, so a truncated file can be detected.
    """
    count = 0
    for part in _parts(session):
        count += part.count("\n")
        yield part
    yield _line("end", {"lines": count})


def _parts(session: AgentSession) -> Iterator[str]:
    exported = tree(session)
    known = {one.pk for one in exported}
    for one in exported:
        # The top session's parent is not in the file, so the file does not name it.
        parent = one.parent_id if one.parent_id in known else None
        yield _line("session", _fields(one) | {"parent": parent})
        for page in log_pages(one):
            yield "".join(f"{data}\n" for data in page)
        # One query per output: between two lines the connection may serve others.
        outputs = Output.objects.filter(session=one).order_by("id")
        for output_id in list(outputs.values_list("id", flat=True)):
            for output in Output.objects.filter(id=output_id):
                yield _line("output", _output(output))


def log_pages(session: AgentSession) -> Iterator[list[str]]:
    """Yield the pages of a session's log as lists of the events' JSON.

    The last event is that of `session.head_seq`, even if the log has grown since.
    """
    after = 0
    while after < session.head_seq:
        page = read_page(session.pk, after)
        lines = _events(page.batch.body or "")
        if page.batch.up_to > session.head_seq:  # the log has grown since
            lines = [line for line in lines if _seq(line) <= session.head_seq]
        if lines:
            yield lines
        after = page.batch.up_to
        if page.at_end:
            return


def _events(body: str) -> list[str]:
    raws = msgspec.json.decode(f"[{body}]", type=list[msgspec.Raw])
    return [bytes(raw).decode() for raw in raws]


def _seq(line: str) -> int:
    return msgspec.json.decode(line, type=_Numbered).seq


def _fields(session: AgentSession) -> dict[str, Any]:
    return {
        "version": VERSION,
        "ends": True,
        "id": session.pk,
        "parent": session.parent_id,
        "owner": session.owner.get_username() if session.owner else None,
        **{name: getattr(session, name) for name in COLUMNS},
    }


def _output(output: Output) -> dict[str, Any]:
    data = base64.b64encode(bytes(output.data)).decode()
    return {"id": output.pk, "total_bytes": output.total_bytes, "data": data}


def _line(kind: str, fields: dict[str, Any]) -> str:
    return msgspec.json.encode({"ringside": kind, **fields}).decode() + "\n"
