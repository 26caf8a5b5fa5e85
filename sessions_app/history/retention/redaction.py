import logging
import time
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import msgspec
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model

from sessions_app.history.retention.tombstone import erased, redacted
from sessions_app.history.search import table as search_table
from sessions_app.history.search.entry import SearchEntry
from sessions_app.history.search.indexer import set_names
from sessions_app.history.search.searchable import TYPES, searchable
from sessions_app.log.commit import CommitEntry, insert
from sessions_app.log.epochs import change_epoch
from sessions_app.log.sweep import DELTAS, sweep
from sessions_app.masking.covering import Covering
from sessions_app.masking.mask import masked, stars
from sessions_app.masking.originals import (
    forget_command,
    forget_events,
    forget_originals,
    forget_prompt,
)
from sessions_app.models import (
    AgentSession,
    Command,
    Diagnostics,
    Event,
    Output,
    SearchIndex,
    Tag,
    WorkdirRule,
)
from sessions_app.protocol.encoding.codec import encode
from sessions_app.protocol.encoding.numbers import decode_json, encode_json
from sessions_app.protocol.events import Redacted, UserMessage
from sessions_app.protocol.wire import Json
from sessions_app.sessions.tree import tree

logger = logging.getLogger(__name__)
UTF16 = "utf-16-le"
TITLE_CHARS = 200  # the column's length
SEQS_MAX = 10_000  # how many seqs one Redacted event names
COLUMNS = ("title", "prompt", "model", "workdir", "options", "rules", "worktree")


@dataclass(frozen=True, slots=True)
class Redaction:
    """The events of one session that were redacted."""

    session_id: str
    seqs: tuple[int, ...]
    is_running: bool  # the runner still has the text in memory and may repeat it


def redact_text(session: AgentSession, text: str, by: User | None) -> list[Redaction]:
    """Redact a text wherever it occurs in a session tree.

    Covers events, outputs, commands, titles, prompts, and the rows kept beside them.
    Texts are compared after JSON decoding. Where a stored text was cut, a part of the
    searched text at the cut is covered too. Masked originals that hold the text are
    deleted, so the agent no longer has it.
    """
    if not text:
        raise ValueError("say which text to redact")
    cover = Covering(text)
    for entry in LogEntry.objects.iterator():
        _update(entry, cover, "object_repr", "change_message")
    for rule in WorkdirRule.objects.iterator():
        _update(rule, cover, "rule")
    return [_redact_text(one, cover, by) for one in tree(session)]


def _update(row: Model, cover: Covering, *names: str) -> None:
    """Cover the text in these columns of a row."""
    changes = {name: cover(getattr(row, name)) for name in names}
    if any(getattr(row, name) != text for name, text in changes.items()):
        type(row)._default_manager.filter(pk=row.pk).update(**changes)


def redact_events(
    session: AgentSession, seqs: Collection[int], by: User | None
) -> Redaction:
    """Redact these events of a session whole, and the outputs that they name."""
    with transaction.atomic():
        session = _locked(session)
        events = Event.objects.filter(session=session, seq__in=seqs)
        covered = {}
        for event in events.order_by("seq"):
            fields = decode_json(event.data)
            covered[event] = erased(fields)
            outputs = _outputs_in(fields)
            for output in Output.objects.filter(session=session, pk__in=outputs):
                _save(output, _erased_output(bytes(output.data)))
            if event.type == UserMessage.wire_type():
                _erase_source(session, fields)
        return _finish(session, covered, by)


def _outputs_in(fields: Json) -> set[str]:
    """The outputs that an event names: its own, and those of its images."""
    named = [fields, *(fields.get("content") or ())]
    found = {part.get("outputId") for part in named} | {fields.get("wholeId")}
    return {name for name in found if name}


def _erase_source(session: AgentSession, message: Json) -> None:
    """Redact a message's source: a command, or the session's prompt and title."""
    number = str(message.get("commandId") or "")
    pk = int(number) if number.isdecimal() else 0
    for command in Command.objects.filter(session=session, pk=pk):
        data = encode_json(erased(decode_json(command.data))).decode()
        Command.objects.filter(pk=command.pk).update(data=data)
        forget_command(session.pk, command.pk)
    if message.get("text") == session.prompt:
        is_derived = session.prompt.strip().startswith(session.title)
        title = stars(session.title) if is_derived else session.title
        prompt = stars(session.prompt)
        AgentSession.objects.filter(pk=session.pk).update(prompt=prompt, title=title)
        forget_prompt(session.pk)


def _redact_text(session: AgentSession, cover: Covering, by: User | None) -> Redaction:
    with transaction.atomic():
        session = _locked(session)
        events = list(Event.objects.filter(session=session).order_by("seq"))
        covered = dict(_covered(events, cover)) | _covered_streams(events, cover)
        for output in Output.objects.filter(session=session):
            _save(output, _covered_output(output, cover))
        for command in Command.objects.filter(session=session):
            _cover_command(command, cover)
        for kept in Diagnostics.objects.filter(session=session):
            # Diagnostics hold the end of a longer text, so the text may be cut there.
            text = cover.at_start(cover(kept.text))
            Diagnostics.objects.filter(pk=kept.pk).update(text=text)
        for tag in Tag.objects.filter(session=session):
            if cover(tag.name) != tag.name:
                tag.delete()
        forget_originals(session.pk, lambda text: cover(text) != text)
        columns = {name: masked(getattr(session, name), cover) for name in COLUMNS}
        columns["title"] = _covered_title(session, columns["prompt"], cover)
        AgentSession.objects.filter(pk=session.pk).update(**columns)
        return _finish(session, covered, by)


def _cover_command(command: Command, cover: Covering) -> None:
    covered = cover.value(decode_json(command.data))
    call = command.tool_use_id
    Command.objects.filter(pk=command.pk).update(
        data=encode_json(covered).decode(),
        key=cover(command.key),
        tool_use_id=call if call is None else cover(call),
    )


def _covered_title(session: AgentSession, prompt: str, cover: Covering) -> str:
    """Return the redacted title; one that was cut from the prompt is cut again.

    The cut may lie inside the searched text, so the end is covered too.
    """
    title = session.title
    if session.prompt.strip().startswith(title):
        title = prompt.strip()[: len(title)]
    return cover.at_end(cover(title))[:TITLE_CHARS]


def _locked(session: AgentSession) -> AgentSession:
    """Lock the session's row, so its runner waits, and sweep all superseded deltas."""
    # Without its key: the indexer inserts rows that refer to the session.
    rows = AgentSession.objects.select_for_update(no_key=True)
    locked = rows.get(pk=session.pk)
    while sweep(session.pk):
        pass
    return locked


def _covered(
    events: Collection[Event], cover: Covering
) -> Iterator[tuple[Event, Json]]:
    for event in events:
        tombstone = redacted(decode_json(event.data), cover)
        if tombstone is not None:
            event.stream = cover(event.stream)
            yield event, tombstone


def _covered_streams(events: Collection[Event], cover: Covering) -> dict[Event, Json]:
    """Cover the text where it spans several deltas of a stream without a final."""
    streams: dict[str, list[tuple[Event, Json]]] = defaultdict(list)
    for event in events:
        if event.type in DELTAS:
            streams[event.stream].append((event, decode_json(event.data)))
    covered: dict[Event, Json] = {}
    for deltas in streams.values():
        left = cover("".join(fields["delta"] for _, fields in deltas)).encode(UTF16)
        for event, fields in deltas:
            size = len(fields["delta"].encode(UTF16))
            delta, left = left[:size].decode(UTF16), left[size:]
            if delta != fields["delta"]:
                whole = masked(fields, cover)
                covered[event] = {**whole, "delta": delta, "redacted": True}
    return covered


def _covered_output(output: Output, cover: Covering) -> bytes:
    data = bytes(output.data)
    # Outputs are cut at a number of bytes, so the last character may be incomplete.
    text = cover(data.decode(errors="surrogateescape"))
    if output.total_bytes > len(data):
        text = cover.at_end(text)
    return text.encode(errors="surrogateescape")


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
    """Write the tombstones and a new epoch, which makes open pages reread the log."""
    _rewrite(session, covered)
    forget_events(session.pk, [str(e.get("unmaskedId")) for e in covered.values()])
    seqs = tuple(sorted(event.seq for event in covered))
    if seqs and not session.lease:
        _append(session, seqs, by)
    change_epoch(session.pk)
    logger.info(
        "event=redacted session=%s events=%d by=%s",
        session.pk,
        len(seqs),
        by.pk if by else None,
    )
    return Redaction(session.pk, seqs, bool(session.lease))


def _rewrite(session: AgentSession, covered: dict[Event, Json]) -> None:
    # Created if missing: the row's lock makes an indexer of this session wait.
    SearchIndex.objects.get_or_create(session=session)
    index = SearchIndex.objects.select_for_update().get(session=session)
    set_names(index, AgentSession.objects.only("title", "prompt").get(pk=session.pk))
    index.save(update_fields=["title", "named"])
    for event, fields in covered.items():
        event.data = encode_json(fields).decode()
        Event.objects.filter(pk=event.pk).update(data=event.data, stream=event.stream)
    search_table.forget_events([event.pk for event in covered])
    search_table.insert(
        [
            SearchEntry(event.pk, session.pk, searchable(event.type, event.data))
            for event in covered
            if event.seq <= index.terms_seq and event.type in TYPES
        ]
    )


def _append(session: AgentSession, seqs: tuple[int, ...], by: User | None) -> None:
    """Append a Redacted event. The session has no runner, so no one else appends."""
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
