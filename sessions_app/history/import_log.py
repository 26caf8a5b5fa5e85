import base64
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from django.contrib.auth.models import User
from django.db import transaction

from sessions_app.commit import Entry, insert
from sessions_app.history.export import COLUMNS, HEAD, VERSION, tree
from sessions_app.history.removal import remove
from sessions_app.models import AgentSession, Output, new_epoch
from sessions_app.protocol.codec import ProtocolError, decode_event
from sessions_app.protocol.status import SessionStatus

CHUNK_ROWS = 500
TIMES = ("created_at", "started_at", "ended_at", "archived_at")


class ImportFailed(ValueError):
    """What is no export, or cannot be taken in; says at which line, and why."""


def import_lines(
    lines: Iterable[str], owner: User | None, *, replace: bool
) -> list[AgentSession]:
    """Take in what `export_lines` wrote, all of it or nothing.

    The logs are the same bytes; their epochs are new, so cursors of old are void.
    Raises ImportFailed.
    """
    with transaction.atomic():
        return _Importer(owner, replace).run(lines)


class _Importer:
    def __init__(self, owner: User | None, replace: bool) -> None:
        self._owner = owner
        self._replace = replace
        self._sessions: list[AgentSession] = []
        self._entries: list[Entry] = []
        self._seq = 0
        self._number = 0  # of the line

    def run(self, lines: Iterable[str]) -> list[AgentSession]:
        for self._number, line in enumerate(lines, 1):
            if line.startswith(HEAD):
                self._flush()
                self._take_head(line)
            elif line.strip():
                self._take_event(line.rstrip("\n"))
        self._flush()
        if not self._sessions:
            raise ImportFailed("the file is empty: expected an export in JSON lines")
        return self._sessions

    def _take_head(self, line: str) -> None:
        try:
            fields: dict[str, Any] = msgspec.json.decode(line)
            kind = fields.pop("ringside")
            if kind == "session":
                self._begin(fields)
            elif kind == "output":
                self._take_output(fields)
            else:
                raise self._failed(f"a line of an unknown kind, {kind!r}")
        except (msgspec.DecodeError, KeyError, TypeError, InvalidOperation) as error:
            raise self._failed(f"not of an export: {error}") from None

    def _begin(self, fields: dict[str, Any]) -> None:
        if fields["version"] != VERSION:
            raise self._failed(f"version {fields['version']}: expected {VERSION}")
        id_, parent_id = fields["id"], fields["parent"]
        before = self._make_room(id_)
        known = {session.pk for session in self._sessions}
        # The top of what was exported stays where it was, if it was here.
        above = before.parent_id if before and not known else None
        session = AgentSession(
            id=id_,
            parent_id=parent_id if parent_id in known else above,
            owner=self._owner or User.objects.filter(username=fields["owner"]).first(),
            epoch=new_epoch(),
            **{name: _value(name, fields[name]) for name in COLUMNS},
        )
        # No file names a program to be run, or a directory to be removed.
        session.worktree = {}
        session.options.pop("exec", None)
        if session.engine == "exec":
            session.engine = "recording"
        if SessionStatus(session.status).is_active:
            session.status = SessionStatus.INTERRUPTED.value  # nobody runs it here
        session.save(force_insert=True)
        self._sessions.append(session)
        self._seq = 0

    def _make_room(self, id_: str) -> AgentSession | None:
        """Remove the session as it was; with it, so that none is left, those below."""
        there = AgentSession.objects.select_for_update().filter(pk=id_).first()
        if there is None:
            return None
        if not self._replace:
            raise self._failed(f"session {id_} is here already: --replace replaces it")
        for one in reversed(tree(there)):
            if one.lease:
                raise self._failed(f"session {one.pk} runs: interrupt it first")
            remove(one)
        return there

    def _take_output(self, fields: dict[str, Any]) -> None:
        Output.objects.create(
            id=fields["id"],
            session=self._session(),
            data=base64.b64decode(fields["data"]),
            total_bytes=fields["total_bytes"],
        )

    def _take_event(self, line: str) -> None:
        session = self._session()
        try:
            event = decode_event(line)
        except ProtocolError as error:
            raise self._failed(str(error)) from None
        if event.session_id != session.pk:
            raise self._failed(f"an event of session {event.session_id!r}")
        if not self._seq < event.seq <= session.head_seq:
            raise self._failed(f"seq {event.seq} after {self._seq}")
        self._seq = event.seq
        self._entries.append(
            Entry(event.seq, event.wire_type(), event.stream or "", event.ts, line)
        )
        if len(self._entries) >= CHUNK_ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._entries:
            insert(self._session().pk, self._entries)
        self._entries = []

    def _session(self) -> AgentSession:
        if not self._sessions:
            raise self._failed("it does not begin with a session: not an export")
        return self._sessions[-1]

    def _failed(self, why: str) -> ImportFailed:
        return ImportFailed(f"line {self._number}: {why}")


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in TIMES:
        return datetime.fromisoformat(value)
    return Decimal(value) if name == "cost_usd" else value
