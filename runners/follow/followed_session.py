import base64
import binascii
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import msgspec
from django.conf import settings

from runners.follow.found import FoundTranscript
from runners.follow.rows import ENTRY, claim_entries, keys_in_log
from runners.follow.source import BadRecord, Portion
from runners.journal.budget import Budget
from runners.port.stop_reason import StopReason
from runners.session.context import RunnerContext
from runners.session.leased import LeasedSession
from runners.transcripts.claude_code import ClaudeCodeTranslator
from runners.transcripts.codex import CodexTranslator
from runners.transcripts.entry import BadEntry, Entry
from runners.transcripts.opencode import OpencodeTranslator
from runners.transcripts.state import TranscriptState
from runners.transcripts.translator import Translator, raw
from sessions_app.log.leases import lease
from sessions_app.masking.mask import masked
from sessions_app.masking.originals import masked_words
from sessions_app.models import AgentSession
from sessions_app.protocol.events import (
    AgentComplete,
    AgentInfo,
    AgentSpawn,
    Error,
    Event,
    Outcome,
    SessionStarted,
    ToolResult,
    ToolUse,
    TurnStart,
    UserMessage,
)
from sessions_app.protocol.fields.tool_details import ContentBlock
from sessions_app.protocol.status import SessionStatus
from sessions_app.protocol.wire import Usage

logger = logging.getLogger(__name__)
TRANSLATORS: Mapping[str, Callable[[TranscriptState], Translator]] = MappingProxyType(
    {
        "claude": ClaudeCodeTranslator,
        "codex": CodexTranslator,
        "opencode": OpencodeTranslator,
    }
)
MODES = MappingProxyType(  # Ringside's permission modes, by the agents' names
    {"acceptEdits": "acceptEdits", "plan": "plan", "bypassPermissions": "bypass"}
)
SILENT_MAX = 50  # most entries without an event that the next event names
UNTITLED = "New session - "  # what opencode calls a session until it has a title
CUT_SHORT = "its transcript ends in the middle of a turn"

Spawn = Callable[["FollowedSession", Sequence[Event]], Awaitable[list[Event]]]


class FollowedSession:
    """A followed session's log, while this process holds its lease.

    The position in the transcript and the translator's state are committed with the
    events. The first event of each entry names the entry (`entry`), so after a rewrite
    of the transcript the log shows which entries it has.
    """

    def __init__(
        self, context: RunnerContext, session: AgentSession, found: FoundTranscript
    ) -> None:
        self.found = found
        self.leased = LeasedSession(context, session, Budget(session.model), self)
        self._reader = context.reader
        self._session = session
        kept = session.options.get("transcript", {})
        self.state = msgspec.convert(kept.get("state", {}), TranscriptState)
        self.position: dict[str, Any] = kept.get("position", {})
        self._translator = TRANSLATORS[found.agent](self.state)
        self._silent: list[str] = kept.get("silent", [])
        self._stamp = ""  # the transcript's stamp when all of it was in the log
        self._has_news = False  # events were logged since the lease was claimed
        self._columns: dict[str, Any] = {}  # as last written
        # Count of each entry in the log; None until it is read.
        self._known: Counter[str] | None = None if session.head_seq else Counter()
        self._again: Counter[str] | None = None  # to skip in a rewritten transcript

    @property
    def session_id(self) -> str:
        return self._session.pk

    @property
    def row(self) -> AgentSession:
        return self._session

    def open(self) -> None:
        """Register with the process: heartbeats and commands now reach the session."""
        self.leased.open()

    def stop(self, stop_reason: StopReason) -> None:
        """Close a lost session; pending commands are refused at the next look."""
        if stop_reason is StopReason.LOSS:
            self.leased.close()

    def throttle(self, delay_ms: int) -> None:
        """Ignore the throttle: the agent runs outside Ringside."""

    async def take(self, portion: Portion, spawn: Spawn) -> int:
        """Log new records; returns the number of events."""
        if portion.is_again:
            self._again = Counter()
        records = await self._new_of(portion.records)
        events: list[Event] = []
        for record in records:
            made = self._events_of(record)
            made += await spawn(self, made)
            events += self._named(record.key, made)
        if self._again is None or portion.is_end:
            self.position = portion.position
        if portion.is_end:
            self._again = None
        if events or self._silent:
            await self.append(*events)
        await self.refuse()
        return len(events)

    async def append(self, *events: Event) -> None:
        """Append events, the position and the state, all in one transaction."""
        shown = [await self._with_outputs(event) for event in events]
        self._has_news = self._has_news or bool(events)
        journal, changes = self.leased.journal, self._changes()
        if events and not journal.status.is_active:
            await journal.enter(SessionStatus.RUNNING, ts=self.state.ts)
        await journal.append(*shown, changes=changes)

    async def rest(self) -> None:
        """Log the events that depend on the transcript having come to rest."""
        if events := self._translator.rest():
            await self.append(*events)

    async def conclude(self, found: FoundTranscript | None) -> None:
        """Log the final status, and store that the whole transcript is in the log."""
        is_cut = self.state.is_working
        status = SessionStatus.INTERRUPTED if is_cut else SessionStatus.COMPLETED
        self._stamp = str(found.stamp) if found else ""
        await self.append()
        if self._has_news or self.leased.journal.status is not status:
            await self.enter(status, CUT_SHORT if is_cut else "", self._end())

    def _end(self) -> AgentComplete:
        """Make the event that ends the agent's run."""
        state = self.state
        status: Outcome = "interrupted" if state.is_working else "success"
        ms = state.ts - (state.asked or state.ts)
        state.asked = 0
        return AgentComplete(
            ts=state.ts, status=status, usage=Usage(), duration_ms=max(ms, 0)
        )

    async def enter(
        self, status: SessionStatus, detail: str = "", *events: Event
    ) -> None:
        """Log a status as of the last entry, after `running` if the session rests."""
        journal, state = self.leased.journal, self.state
        if not status.is_active and not journal.status.is_active:
            await journal.enter(SessionStatus.RUNNING, ts=state.ts)
        if journal.status is status:
            return
        changes = {"started_at": _moment(state.started)}
        if not status.is_active:
            changes["ended_at"] = _moment(state.ts)
        await journal.enter(
            status, *events, detail=detail, changes=changes, ts=state.ts
        )

    async def release(self) -> None:
        """Release the lease after everything was committed."""
        try:
            await self.refuse()
            await self.leased.journal.flush()
            await self._reader.read(lease.let_go, self.session_id, self.leased.lease)
        finally:
            self.leased.close()

    async def refuse(self) -> None:
        """Refuse pending commands: the agent runs outside Ringside."""
        mailbox = self.leased.mailbox
        await self.leased.refuse([*mailbox.stops, *mailbox.strays])

    async def _new_of(
        self, records: Sequence[Entry | BadRecord]
    ) -> list[Entry | BadRecord]:
        """Return the records that no log has yet."""
        named = {r.key for r in records if isinstance(r, Entry) and r.is_named}
        claimed: Mapping[str, str | None] = {}
        if named:
            owner = self._session.owner_id or 0
            claimed = await self._reader.read(
                claim_entries, owner, self.session_id, sorted(named)
            )
        is_mine = self.session_id in claimed.values()
        if self._known is None and (is_mine or self._again is not None):
            self._known = await self._reader.read(keys_in_log, self.session_id)
            self._known.update(self._silent)
        new: list[Entry | BadRecord] = []
        for record in records:
            if not self._is_new(record, claimed, record.key in named):
                continue
            named.discard(record.key)  # once is enough
            if self._known is not None:
                self._known[record.key] += 1
            new.append(record)
        return new

    def _is_new(
        self,
        record: Entry | BadRecord,
        claimed: Mapping[str, str | None],
        is_first: bool,
    ) -> bool:
        known = self._known if self._known is not None else Counter()
        if isinstance(record, Entry) and record.is_named:
            if not is_first:
                return False
            if record.key not in claimed:
                return True
            return claimed[record.key] == self.session_id and not known[record.key]
        if self._again is None:
            return True
        self._again[record.key] += 1
        return self._again[record.key] > known[record.key]

    def _events_of(self, record: Entry | BadRecord) -> list[Event]:
        if isinstance(record, BadRecord):
            return [self._bad(record.reason, record.beginning)]
        try:
            events = self._translator.take(record.data)
        except BadEntry as error:
            kept = raw(self.found.agent, record.data, self.state.ts, "unreadable")
            return [self._bad(str(error), ""), kept]
        if any(isinstance(event, UserMessage) for event in events):
            self.state.asked = self.state.asked or self.state.ts
        if not self.state.has_begun and any(
            isinstance(event, UserMessage | TurnStart) for event in events
        ):
            self.state.has_begun = True
            return [*self._beginning(), *events]
        return events

    def _bad(self, reason: str, beginning: str) -> Error:
        # Mask before cutting: half of a secret would not be recognized.
        shown = f" It begins: {masked_words(beginning)}…" if beginning else ""
        message = f"an entry of the transcript cannot be read: {reason}.{shown}"
        return Error(ts=self.state.ts, code="bad_line", message=message, fatal=False)

    def _beginning(self) -> list[Event]:
        state = self.state
        return [
            SessionStarted(
                ts=state.ts,
                model=state.model,
                workdir=state.workdir,
                permission_mode=MODES.get(state.permission_mode, "default"),
                engine=self.found.kind.name,
            ),
            AgentInfo(
                ts=state.ts,
                agent=self.found.agent,
                version=state.version,
                agent_session_id=self.found.root or self.found.name,
            ),
        ]

    def _named(self, key: str, events: list[Event]) -> list[Event]:
        """Add an entry's key to its first event, with those of silent entries."""
        self._silent.append(key)
        if not events:
            if len(self._silent) < SILENT_MAX:
                return []
            events = [raw(self.found.agent, {}, self.state.ts, "repeated")]
        first, names = events[0], " ".join(self._silent)
        self._silent = []
        more = {**first.more, ENTRY: names}
        return [msgspec.structs.replace(first, more=more), *events[1:]]

    async def _with_outputs(self, event: Event) -> Event:
        """Keep the images of a result as outputs, beside the log."""
        if not isinstance(event, ToolResult) or not event.content:
            return event
        blocks = [await self._kept(block) for block in event.content]
        return msgspec.structs.replace(event, content=blocks)

    async def _kept(self, block: ContentBlock) -> ContentBlock:
        if not block.data:
            return block
        try:
            data = base64.b64decode(block.data, validate=True)
        except (binascii.Error, ValueError):
            return msgspec.structs.replace(block, data="", text="not in base64")
        name = await self.leased.records.keep(data, len(data))
        return msgspec.structs.replace(block, data="", output_id=name)

    def _changes(self) -> dict[str, Any]:
        """Return the changed columns of the row; the position is always among them."""
        state = self.state
        options = {
            **self._session.options,
            "transcript": {
                "position": self.position,
                "state": masked(msgspec.to_builtins(state), masked_words),
                "silent": [*self._silent],
                "stamp": self._stamp,
            },
        }
        is_default = self.found.task.startswith(UNTITLED)
        title = self.found.task if self.found.task and not is_default else state.title
        title = next(iter(title.strip().splitlines()), "")
        columns = {
            "title": _clean(title)[: settings.TITLE_MAX_CHARS],
            "prompt": _clean(state.prompt),
            "model": _clean(state.model)[:80],
            "workdir": _clean(state.workdir)[:4096],
        }
        new = {
            name: value
            for name, value in columns.items()
            if value and self._columns.get(name) != value
        }
        self._columns |= new
        return {"options": options, **new}


def spawned(found: FoundTranscript, child_id: str, call: str, ts: int) -> list[Event]:
    """Make a sub-agent's `agent_spawn`, with a call of its own if none is known."""
    task = found.task or found.name
    spawn = AgentSpawn(ts=ts, child_id=child_id, task=task, tool_use_id=call)
    if call:
        return [spawn]
    name = f"agent_{child_id}"
    use = ToolUse(
        ts=ts, block=name, tool_use_id=name, tool="agent", input={"description": task}
    )
    return [use, msgspec.structs.replace(spawn, tool_use_id=name)]


def _clean(text: str) -> str:
    """Mask secrets and replace NUL, which PostgreSQL refuses in text."""
    return masked_words(text).replace("\0", "�")


def _moment(ms: int) -> datetime | None:
    return datetime.fromtimestamp(ms / 1000, UTC) if ms else None
