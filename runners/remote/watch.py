from typing import Any, TextIO

from runners.cli.terminal.terminal import Terminal
from runners.remote.client import RemoteClient
from runners.remote.errors import RemoteError
from sessions_app.protocol.encoding.codec import decode_event
from sessions_app.protocol.events import AgentSpawn, Status
from sessions_app.protocol.status import SessionStatus

EXIT_CODES = {SessionStatus.COMPLETED: 0, SessionStatus.IDLE: 0}
OTHERWISE = 1


def choose_session(client: RemoteClient) -> str:
    """Return the session to watch if none is named: one that waits, or the newest."""
    found = client.sessions(sort="created")
    if not found:
        raise RemoteError("There is no session yet: start one.")
    return str(found[0]["id"])


def watch(
    client: RemoteClient, session_id: str, out: TextIO, *, as_lines: bool, stays: bool
) -> int:
    """Print a session and its sub-agents; returns the exit code once it rests.

    `as_lines`: the events as JSON, one a line. `stays`: go on when the session rests,
    until the person ends it.
    """
    terminal = Terminal(out, session_id)
    status = SessionStatus(client.session(session_id)["status"])
    family = {session_id}
    events = client.events(session_id)
    for line in events:
        if line is not None:
            event = decode_event(line)
            if as_lines:
                out.write(f"{line}\n")
                out.flush()
            else:
                terminal.show([event])
            if isinstance(event, AgentSpawn):
                family.add(event.child_id)
            if isinstance(event, Status) and event.session_id == session_id:
                status = event.status
        if status.is_over and family <= events.live and not stays:
            break
    return EXIT_CODES.get(status, OTHERWISE)


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Lay sessions out in columns, a line each."""
    cells = [
        (row["id"], row["status"], row["owner"], row["title"].replace("\n", " "))
        for row in rows
    ]
    widest = [max((len(row[i]) for row in cells), default=0) for i in range(3)]
    widths = (*widest, 0)
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in cells
    ]
