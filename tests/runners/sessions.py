import json
import secrets
from typing import Any

from sessions_app.protocol.commands import Approve, Command, Deny, Prompt
from sessions_app.protocol.encoding.codec import encode
from sessions_app.protocol.status import SessionStatus
from tests.servers.installation import Installation
from tests.servers.process import PATIENCE_S, until

Fields = dict[str, Any]
DELTAS = {"text_delta", "thinking_delta", "tool_input_delta", "tool_output_delta"}


class Sessions:
    """The sessions of an installation, as its pages and its database know them."""

    def __init__(self, installation: Installation) -> None:
        self._rows = installation.rows

    def queue(
        self,
        prompt: str,
        permission_mode: str = "bypass",
        engine: str = "simulator",
        workdir: str = "",
    ) -> str:
        """Start a session as the page does."""
        values: Fields = {
            "id": f"s_{secrets.token_hex(6)}",
            "title": prompt[:40],
            "prompt": prompt,
            "status": "queued",
            "model": "claude-opus-5-5",
            "engine": engine,
            "workdir": workdir,
            "permission_mode": permission_mode,
            "lease": "",
            "epoch": secrets.token_hex(4),
            "head_seq": 0,
            "swept_seq": 0,
            "usage": "{}",
        }
        marks = ", ".join("?" * len(values))
        self._rows(
            f"INSERT INTO sessions_app_agentsession ({', '.join(values)}) "  # noqa: S608 names that tests write
            f"VALUES ({marks}) RETURNING id",
            *values.values(),
        )
        return str(values["id"])

    def tell(self, session_id: str, command: Command) -> int:
        """Store a command as the page does; a message queues a session at rest."""
        call = command.tool_use_id if isinstance(command, Approve | Deny) else None
        ((id_,),) = self._rows(
            "INSERT INTO sessions_app_command (session_id, key, type, data, "
            "tool_use_id) VALUES (?, ?, ?, ?, ?) RETURNING id",
            session_id,
            secrets.token_hex(8),
            command.wire_type(),
            encode(command),
            call,
        )
        is_at_rest = not SessionStatus(self.status(session_id)).is_active
        if isinstance(command, Prompt) and is_at_rest:
            self.set(session_id, status="queued")
        return int(id_)

    def set(self, session_id: str, **values: Any) -> None:
        assignments = ", ".join(f"{name} = ?" for name in values)
        self._rows(
            f"UPDATE sessions_app_agentsession SET {assignments} "  # noqa: S608 names that tests write
            "WHERE id = ? RETURNING id",
            *values.values(),
            session_id,
        )

    def steal(self, session_id: str) -> str:
        """Give the lease to a runner of another machine, which is alive."""
        _, slash, rest = self.lease(session_id).partition("/")
        self.set(session_id, lease=f"elsewhere{slash}{rest}")
        return self.lease(session_id)

    def count(self, table: str) -> int:
        ((count,),) = self._rows(f"SELECT COUNT(*) FROM {table}")  # noqa: S608 names that tests write
        return int(count)

    def ids(self) -> list[str]:
        found = self._rows("SELECT id FROM sessions_app_agentsession ORDER BY id")
        return [id_ for (id_,) in found]

    def column(self, session_id: str, name: str) -> Any:
        query = f"SELECT {name} FROM sessions_app_agentsession WHERE id = ?"  # noqa: S608 names that tests write
        ((value,),) = self._rows(query, session_id)
        return value

    def status(self, session_id: str) -> str:
        return str(self.column(session_id, "status"))

    def lease(self, session_id: str) -> str:
        return str(self.column(session_id, "lease"))

    def is_applied(self, command_id: int) -> bool:
        query = "SELECT applied_at FROM sessions_app_command WHERE id = ?"
        return self._rows(query, command_id) != [(None,)]

    def lines(self, session_id: str) -> list[str]:
        """Read the log as it is stored."""
        query = "SELECT data FROM sessions_app_event WHERE session_id = ? ORDER BY seq"
        return [data for (data,) in self._rows(query, session_id)]

    def events(self, session_id: str, *types: str) -> list[Fields]:
        """Read the log, or the events of some types."""
        events = [json.loads(line) for line in self.lines(session_id)]
        return [event for event in events if not types or event["type"] in types]

    def statuses(self, session_id: str) -> list[str]:
        return [event["status"] for event in self.events(session_id, "status")]

    def children(self, session_id: str) -> list[str]:
        return [event["childId"] for event in self.events(session_id, "agent_spawn")]

    def child(self, session_id: str, title: str) -> str:
        """Find a sub-agent by what it was to do."""
        children = self.children(session_id)
        (found,) = [c for c in children if self.column(c, "title") == title]
        return found

    def texts(self, session_id: str) -> list[str]:
        """What Claude said in the end: without what was broken off."""
        texts = self.events(session_id, "text")
        return [event["text"] for event in texts if not event.get("partial")]

    def await_status(
        self, session_id: str, *wanted: str, within: float = PATIENCE_S
    ) -> None:
        until(lambda: self.status(session_id) in wanted, within)

    def await_rest(
        self, session_id: str, status: str, within: float = PATIENCE_S
    ) -> None:
        """Wait for a status, and until no runner has the session any more."""
        self.await_status(session_id, status, within=within)
        until(lambda: not self.lease(session_id))

    def await_event(self, session_id: str, *types: str) -> Fields:
        """Wait for the first event of one of these types."""
        return until(lambda: self.events(session_id, *types))[0]
