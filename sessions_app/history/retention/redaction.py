import logging
import time
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import msgspec
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.functions import Now

from sessions_app.history.retention.tombstone import erased, redacted
from sessions_app.history.search import table as search_table
from sessions_app.history.search.entry import SearchEntry
from sessions_app.history.search.indexer import set_names
from sessions_app.history.search.searchable import TYPES, searchable
from sessions_app.log.commit import CommitEntry, insert
from sessions_app.log.sweep import DELTAS, sweep
from sessions_app.masking.mask import Mask, covering, masked
from sessions_app.models import (
    AgentSession,
    Command,
    Diagnostics,
    Event,
    Output,
    SearchIndex,
    Tag,
    WorkdirRule,
    new_epoch,
)
from sessions_app.protocol.codec import encode
from sessions_app.protocol.events import Redacted
from sessions_app.protocol.numbers import decode_json, encode_json
from sessions_app.protocol.wire import Json
from sessions_app.sessions.tree import tree

logger = logging.getLogger(__name__)
UTF16 = "utf-16-le"
TITLE_CHARS = 200  # the column's
SEQS_MAX = 10_000  # named in one event
COLUMNS = ("title", "prompt", "workdir", "options", "rules", "budget", "worktree")


@dataclass(frozen=True, slots=True)
class Redaction:
    """What was covered in one session."""

    session_id: str
    seqs: tuple[int, ...]
    is_running: bool  # what its runner holds in memory may say it again


def redact_text(session: AgentSession, text: str, by: User | None) -> list[Redaction]:
    """Cover a text wherever it is in a session and all below it.

    Its events, outputs, commands, titles and prompts, and what is kept beside them.
    It is matched as it stands, letter by letter.
    """
    if not text:
        raise ValueError("say which text to redact")
    mask = covering(text)
    for name in ("object_repr", "change_message"):
        for entry in LogEntry.objects.filter(**{f"{name}__contains": text}):
            setattr(entry, name, mask(getattr(entry, name)))
            entry.save()
    for rule in WorkdirRule.objects.filter(rule__contains=text):
        WorkdirRule.objects.filter(pk=rule.pk).update(rule=mask(rule.rule))
    return [_redact_text(one, text, by) for one in tree(session)]


def redact_events(
    session: AgentSession, seqs: Collection[int], by: User | None
) -> Redaction:
    """Cover every word of these events of a session, and of the outputs they name."""
    with transaction.atomic():
        session = _locked(session)
        events = Event.objects.filter(session=session, seq__in=seqs)
        covered = {}
        for event in events.order_by("seq"):
            fields = decode_json(event.data)
            covered[event] = erased(fields)
            outputs = {fields.get("outputId"), fields.get("wholeId")} - {None, ""}
            for output in Output.objects.filter(session=session, pk__in=outputs):
                _save(output, _erased_output(bytes(output.data)))
        return _finish(session, covered, by)


def _redact_text(session: AgentSession, text: str, by: User | None) -> Redaction:
    mask = covering(text)
    with transaction.atomic():
        session = _locked(session)
        events = list(Event.objects.filter(session=session).order_by("seq"))
        covered = dict(_covered(events, mask)) | _covered_streams(events, mask)
        for output in Output.objects.filter(session=session):
            _save(output, _covered_bytes(bytes(output.data), mask))
        for command in Command.objects.filter(session=session):
            said = masked(decode_json(command.data), mask)
            data = encode_json(said).decode()
            Command.objects.filter(pk=command.pk).update(data=data)
        for said_aside in Diagnostics.objects.filter(session=session):
            said_aside.text = mask(said_aside.text)
            said_aside.save(update_fields=["text"])
        Tag.objects.filter(session=session, name__contains=text).delete()
        columns = {name: masked(getattr(session, name), mask) for name in COLUMNS}
        columns["title"] = columns["title"][:TITLE_CHARS]
        AgentSession.objects.filter(pk=session.pk).update(**columns)
        return _finish(session, covered, by)


def _locked(session: AgentSession) -> AgentSession:
    """Make its runner wait; leave no delta that a final has superseded."""
    # Not its key: who makes the session searchable refers to it.
    rows = AgentSession.objects.select_for_update(no_key=True)
    locked = rows.get(pk=session.pk)
    while sweep(session.pk):
        pass
    return locked


def _covered(events: Collection[Event], mask: Mask) -> Iterator[tuple[Event, Json]]:
    for event in events:
        tombstone = redacted(decode_json(event.data), mask)
        if tombstone is not None:
            yield event, tombstone


def _covered_streams(events: Collection[Event], mask: Mask) -> dict[Event, Json]:
    """Cover what a stream without a final says across its deltas."""
    streams: dict[str, list[tuple[Event, Json]]] = defaultdict(list)
    for event in events:
        if event.type in DELTAS:
            streams[event.stream].append((event, decode_json(event.data)))
    covered: dict[Event, Json] = {}
    for deltas in streams.values():
        left = mask("".join(fields["delta"] for _, fields in deltas)).encode(UTF16)
        for event, fields in deltas:
            size = len(fields["delta"].encode(UTF16))
            delta, left = left[:size].decode(UTF16), left[size:]
            if delta != fields["delta"]:
                covered[event] = {**fields, "delta": delta, "redacted": True}
    return covered


def _covered_bytes(data: bytes, mask: Mask) -> bytes:
    # An output is cut by its bytes: its last character may be half of one.
    text = data.decode(errors="surrogateescape")
    return mask(text).encode(errors="surrogateescape")


def _erased_output(data: bytes) -> bytes:
    try:
        return encode_json(erased(decode_json(data)))
    except (msgspec.MsgspecError, UnicodeError):
        return b"*" * len(data)


def _save(output: Output, data: bytes) -> None:
    Output.objects.filter(pk=output.pk).update(data=data)


def _finish(
    session: AgentSession, covered: dict[Event, Json], by: User | None
) -> Redaction:
    """Write the tombstones; the new epoch makes every open page read the log again."""
    _rewrite(session, covered)
    seqs = tuple(sorted(event.seq for event in covered))
    if seqs and not session.lease:
        _append(session, seqs, by)
    AgentSession.objects.filter(pk=session.pk).update(
        epoch=new_epoch(), updated_at=Now()
    )
    logger.info(
        "event=redacted session=%s events=%d by=%s",
        session.pk,
        len(seqs),
        by.pk if by else None,
    )
    return Redaction(session.pk, seqs, bool(session.lease))


def _rewrite(session: AgentSession, covered: dict[Event, Json]) -> None:
    # Made if need be: whoever makes the session searchable now waits for its lock.
    SearchIndex.objects.get_or_create(session=session)
    index = SearchIndex.objects.select_for_update().get(session=session)
    set_names(index, AgentSession.objects.only("title", "prompt").get(pk=session.pk))
    index.save(update_fields=["title", "named"])
    for event, fields in covered.items():
        event.data = encode_json(fields).decode()
        Event.objects.filter(pk=event.pk).update(data=event.data)
    search_table.forget_events([event.pk for event in covered])
    search_table.insert(
        [
            SearchEntry(event.pk, session.pk, searchable(event.type, event.data))
            for event in covered
            if event.seq <= index.terms_seq and event.type in TYPES
        ]
    )


def _append(session: AgentSession, seqs: tuple[int, ...], by: User | None) -> None:
    """Say in the log that it was redacted; nobody else writes it now."""
    seq, ts = session.head_seq + 1, time.time_ns() // 1_000_000
    event = Redacted(
        session_id=session.pk,
        seq=seq,
        ts=ts,
        seqs=list(seqs[:SEQS_MAX]),
        by=by.get_username() if by else "",
    )
    insert(session.pk, [CommitEntry(seq, event.wire_type(), "", ts, encode(event))])
    AgentSession.objects.filter(pk=session.pk).update(head_seq=seq)
