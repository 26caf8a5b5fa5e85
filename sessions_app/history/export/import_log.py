from collections.abc import Iterable

import msgspec
from django.contrib.auth.models import User
from django.db import DataError, transaction

from sessions_app.history.export.export import HEAD
from sessions_app.history.export.line import (
    COUNT_MAX,
    EndLine,
    ExportLine,
    OutputLine,
    SessionLine,
)
from sessions_app.history.retention.removal import remove
from sessions_app.log.commit import CommitEntry, insert
from sessions_app.models import AgentSession, Output, new_epoch
from sessions_app.protocol.encoding.codec import ProtocolError, decode_event
from sessions_app.protocol.encoding.depth import deeper_than
from sessions_app.protocol.engine_kind import EXEC, RECORDING
from sessions_app.protocol.events import TS_MAX, Event
from sessions_app.protocol.status import SessionStatus, StatusCause, first_status
from sessions_app.sessions.tree import tree
from sessions_app.workdirs.allowed import WorkdirNotAllowed, allowed_workdir
from sessions_app.workdirs.own import own_workdir

CHUNK_ROWS = 500
NAMING = ("child_id", "output_id", "whole_id")  # fields that name sessions or outputs
# The options that an import keeps; others name programs, agents or variables.
OPTIONS = frozenset({"effort", "thinking"})
EVENT_MAX_DEPTH = 150  # deeper than any event that Ringside has written


class ImportFailed(ValueError):
    """A file is no export or cannot be imported; names the line and the reason."""


def import_lines(
    lines: Iterable[str], owner: User | None, *, replace: bool
) -> list[AgentSession]:
    """Import what `export_lines` wrote, all of it or nothing.

    The imported logs are the same bytes. Their epochs are new, so cursors into the
    original logs are not valid here. Raises ImportFailed.
    """
    importer = _Importer(owner, replace)
    try:
        with transaction.atomic():
            return importer.run(lines)
    except DataError as error:
        raise importer.failed(f"the database cannot store it: {error}") from None


class _Importer:
    def __init__(self, owner: User | None, replace: bool) -> None:
        self._owner = owner
        self._replace = replace
        self._sessions: list[AgentSession] = []
        self._entries: list[CommitEntry] = []
        self._seq = 0
        self._number = 0  # the current line's number
        self._count = 0  # lines so far that are not blank
        self._ends = False  # whether the file announces an EndLine
        self._has_ended = False  # whether the EndLine was read
        self._named: dict[str, int] = {}  # line that first names a session or output
        self._there: set[str] = set()  # ids of the sessions and outputs in the file

    def run(self, lines: Iterable[str]) -> list[AgentSession]:
        for self._number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            if self._has_ended:
                raise self.failed("something follows the end of the export")
            if line.startswith(HEAD):
                self._flush()
                self._take_head(line)
            else:
                self._take_event(line.rstrip("\r\n"))
            self._count += 1
        self._flush()
        if not self._sessions:
            raise ImportFailed("the file is empty: expected an export in JSON lines")
        self._check_whole()
        return self._sessions

    def _take_head(self, line: str) -> None:
        try:
            head = msgspec.json.decode(line, type=ExportLine)
        except (msgspec.DecodeError, RecursionError) as error:
            raise self.failed(f"not a line of an export: {error}") from None
        match head:
            case SessionLine():
                self._check_log()
                self._begin(head)
            case EndLine():
                self._end(head)
            case OutputLine():
                self._take_output(head)

    def _end(self, line: EndLine) -> None:
        if line.lines != self._count:
            raise self.failed(
                f"the export has {line.lines:,} lines before its end, here are"
                f" {self._count:,}: the file is damaged; export again"
            )
        self._has_ended = True

    def _check_log(self) -> None:
        """Refuse a log that ends before its head.

        Only for files without an EndLine; one with an EndLine has its lines counted.
        """
        if self._ends or not self._sessions:
            return
        session = self._sessions[-1]
        if self._seq != session.head_seq:
            raise self.failed(
                f"the log of {session.pk} ends at {self._seq}, its head is"
                f" {session.head_seq}: the file was cut off; export again"
            )

    def _check_whole(self) -> None:
        if self._ends and not self._has_ended:
            raise self.failed("the export ends before its end: it was cut off")
        self._check_log()
        missing = [name for name in self._named if name not in self._there]
        if missing and not self._ends:
            raise self.failed(
                f"line {self._named[missing[0]]} names {missing[0]}, which is not in"
                " the file: it was cut off; export again"
            )

    def _begin(self, line: SessionLine) -> None:
        self._ends = self._ends or line.ends
        self._there.add(line.id)
        before = self._make_room(line.id)
        known = {session.pk for session in self._sessions}
        # If the top session replaces one that was here, it keeps that one's parent.
        above = before.parent_id if before and not known else None
        session = AgentSession(
            id=line.id,
            parent_id=line.parent if line.parent in known else above,
            owner=self._owner or User.objects.filter(username=line.owner).first(),
            epoch=new_epoch(),
            **line.columns(),
        )
        _disarm(session, before)
        status = SessionStatus(session.status)
        would_run = status is SessionStatus.QUEUED and session.parent_id is None
        if status.is_active or would_run:
            # No runner has the session here, and none may start it unasked.
            status = SessionStatus.INTERRUPTED
        session.status = first_status(StatusCause.IMPORT, status)
        session.save(force_insert=True)
        self._sessions.append(session)
        self._seq = 0

    def _make_room(self, id_: str) -> AgentSession | None:
        """Remove the session with this id, and its sub-agents, if it exists.

        Returns the removed session. Fails without --replace, or if the tree runs.
        """
        there = AgentSession.objects.select_for_update().filter(pk=id_).first()
        if there is None:
            return None
        if not self._replace:
            raise self.failed(f"session {id_} exists already: --replace replaces it")
        members = tree(there)
        for one in members:
            if one.lease:
                raise self.failed(f"session {one.pk} runs: interrupt it first")
        remove([one.pk for one in members])
        return there

    def _take_output(self, line: OutputLine) -> None:
        self._there.add(line.id)
        if Output.objects.filter(pk=line.id).exists():
            raise self.failed(f"output {line.id} exists already")
        Output.objects.create(
            id=line.id,
            session=self._session(),
            data=line.data,
            total_bytes=line.total_bytes,
        )

    def _take_event(self, line: str) -> None:
        session = self._session()
        try:
            event = decode_event(line)
            is_deep = deeper_than(msgspec.json.decode(line), EVENT_MAX_DEPTH)
        except ProtocolError as error:
            raise self.failed(str(error)) from None
        if event.ts > TS_MAX:
            raise self.failed(f"ts: {event.ts} is beyond the calendar")
        if is_deep:
            raise self.failed("nested too deep")
        if event.session_id != session.pk:
            raise self.failed(f"an event of session {event.session_id!r}")
        if not self._seq < event.seq <= session.head_seq:
            raise self.failed(f"seq {event.seq} after {self._seq}")
        self._check_numbers(event)
        for name in (getattr(event, name, "") for name in NAMING):
            if name:
                self._named.setdefault(name, self._number)
        self._seq = event.seq
        self._entries.append(
            CommitEntry(
                event.seq, event.wire_type(), event.stream or "", event.ts, line
            )
        )
        if len(self._entries) >= CHUNK_ROWS:
            self._flush()

    def _check_numbers(self, event: Event) -> None:
        """Refuse numbers that are too large to be summed up."""
        for field in msgspec.structs.fields(event):
            value = getattr(event, field.name)
            figures = msgspec.structs.astuple(value) if field.name == "usage" else ()
            for figure in (value, *figures):
                if isinstance(figure, int | float) and not abs(figure) <= COUNT_MAX:
                    raise self.failed(f"{field.encode_name}: no such number")

    def _flush(self) -> None:
        if self._entries:
            insert(self._session().pk, self._entries)
        self._entries = []

    def _session(self) -> AgentSession:
        if not self._sessions:
            raise self.failed("it does not begin with a session: not an export")
        return self._sessions[-1]

    def failed(self, why: str) -> ImportFailed:
        return ImportFailed(f"line {self._number}: {why}")


def _disarm(session: AgentSession, before: AgentSession | None) -> None:
    """Remove everything that would give a file's author power over this machine.

    The file may not name a program to run or a worktree to remove. Rules, working
    directory and permission mode are kept only if the session that is being replaced
    had the same ones; otherwise they are reset to harmless ones.
    """
    session.worktree = {}
    session.options = {k: v for k, v in session.options.items() if k in OPTIONS}
    if session.engine == EXEC.name:
        session.engine = RECORDING.name
    if before is None or session.rules != before.rules:
        session.rules = {k: v for k, v in session.rules.items() if k == "deny"}
    if before is None or session.workdir != before.workdir:
        session.workdir = _workdir(session)
    if before is None or session.permission_mode != before.permission_mode:
        session.permission_mode = _mode(session)


def _mode(session: AgentSession) -> str:
    """Return the permission mode: all but `plan` become `default`.

    Simulated sessions are no exception: on resume, any engine runs the open calls of
    the imported log.
    """
    mode = AgentSession.PermissionMode
    return mode.PLAN if session.permission_mode == mode.PLAN else mode.DEFAULT


def _workdir(session: AgentSession) -> str:
    """Return the working directory if it is allowed here, else "".

    A recording keeps any directory, because it never works in it.
    """
    own = str(own_workdir(session.pk))
    if session.engine == RECORDING.name or session.workdir in {"", own}:
        return session.workdir
    if session.kind.is_simulated:
        return ""
    try:
        return str(allowed_workdir(session.workdir))
    except WorkdirNotAllowed:
        return ""
