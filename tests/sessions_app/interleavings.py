import json
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import msgspec
from django.core.management import call_command
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)

from sessions_app.delivery.connection.start import find_start
from sessions_app.delivery.connection.viewer import Viewer, Want
from sessions_app.delivery.feed.recent import Recent
from sessions_app.log.batch import Batch
from sessions_app.log.commit import CommitEntry, CommitGroup, commit, insert
from sessions_app.log.head import read_heads
from sessions_app.log.leases import lease
from sessions_app.log.page import read_page
from sessions_app.log.sweep import sweep
from sessions_app.models import AgentSession, Command, Event
from sessions_app.protocol import events
from sessions_app.protocol.encoding.codec import encode
from sessions_app.protocol.encoding.utf16 import utf16_len
from sessions_app.protocol.frames import Subscribe
from sessions_app.protocol.status import SessionStatus
from tests.naive_fold import NaiveFold
from tests.sessions_app.logbook import change, held_session, row, stored
from tests.sessions_app.screen import Screen

FATES = st.sampled_from(["answered", "answered", "answered", "unanswered", "not begun"])
FEW = st.integers(0, 3)


def fold_of(log: list[CommitEntry]) -> NaiveFold:
    fold = NaiveFold()
    fold.read(",".join(entry.data for entry in log))
    return fold


@dataclass
class Runner:
    """A holder of the session's lease, or one who still believes to be that."""

    session: AgentSession
    head: int
    block: str = ""
    said: str = ""
    asked: CommitGroup | None = None  # committed, perhaps: no answer came

    def group(self, *said: events.Event, applied: tuple[int, ...] = ()) -> CommitGroup:
        entries = tuple(
            self._entry(event, self.head + nth) for nth, event in enumerate(said, 1)
        )
        up_to = self.head + len(entries)
        return CommitGroup(
            self.session.id, self.session.lease, self.head, up_to, entries, {}, applied
        )

    def _entry(self, event: events.Event, seq: int) -> CommitEntry:
        stamped = msgspec.structs.replace(
            event, session_id=self.session.id, seq=seq, ts=1
        )
        return CommitEntry(
            seq, event.wire_type(), event.stream or "", 1, encode(stamped)
        )


@dataclass(frozen=True)
class Backup:
    rows: list[tuple[int, str]]
    truth: list[CommitEntry]
    fields: dict[str, Any]
    pending: list[int]


class Interleavings(RuleBasedStateMachine):
    """One session's whole way, a step at a time, beside the plain list of its events.

    Runners lose answers and are taken over, the sweep deletes, the layer drops,
    repeats and delays, viewers come and go, and backups are restored. What decides
    is the project's own; only who does it when is made up here.
    """

    def __init__(self) -> None:
        super().__init__()
        session = held_session()
        self.id = session.id
        self.truth: list[CommitEntry] = []  # all that was ever written, swept or not
        self.runner = Runner(session, 0)
        self.former: list[Runner] = []
        self.names = count()
        self.on_the_way: list[Batch] = []
        self.recent, self.epoch = Recent(0), session.epoch
        self.screens = [Screen(self.recent, 0, self.epoch)]
        self.backup: Backup | None = None

    # --- a runner writes ------------------------------------------------------

    @precondition(lambda self: self.runner.asked is None)
    @rule(
        part=st.sampled_from(["a", "bc", "\U0001f600"]),
        times=st.integers(0, 5),
        fate=FATES,
    )
    def stream(self, part: str, times: int, fate: str) -> None:
        runner = self.runner
        said: list[events.Event] = []
        if not runner.block:
            runner.block, runner.said = f"m{next(self.names)}.0", ""
            said.append(events.BlockStart(block=runner.block, kind="text"))
        for _ in range(times):
            offset = utf16_len(runner.said)
            said.append(events.TextDelta(block=runner.block, offset=offset, delta=part))
            runner.said += part
        if said:
            self._write(runner.group(*said), fate)

    @precondition(lambda self: self.runner.asked is None and self.runner.block)
    @rule(fate=FATES, is_broken=st.booleans())
    def end_block(self, fate: str, is_broken: bool) -> None:
        block, self.runner.block = self.runner.block, ""
        message = block.partition(".")[0]
        final: events.Event = events.Text(block=block, text=self.runner.said)
        if is_broken:
            final = events.TurnDiscarded(message_id=message, reason="overloaded")
        self._write(self.runner.group(final), fate)

    @precondition(lambda self: self.runner.asked is None)
    @rule(fate=FATES)
    def heed_commands(self, fate: str) -> None:
        pending = list(self._pending())
        said = [
            events.UserMessage(text=command.data, command_id=str(command.pk))
            for command in pending
        ]
        if said:
            applied = tuple(command.pk for command in pending)
            self._write(self.runner.group(*said, applied=applied), fate)

    @precondition(lambda self: self.runner.asked is not None)
    @rule()
    def ask_again_whether_it_was_written(self) -> None:
        group, self.runner.asked = self.runner.asked, None
        assert group is not None
        assert commit([group]) == [True]
        self._is_written(group)
        self.on_the_way.append(group.batch())

    @rule()
    def say(self) -> None:
        key = str(next(self.names))
        Command.objects.create(session_id=self.id, key=key, type="prompt", data=key)

    def _write(self, group: CommitGroup, fate: str) -> None:
        self.runner.head = group.up_to
        if fate != "not begun":
            assert commit([group]) == [True]
            self._is_written(group)
        if fate == "answered":
            self.on_the_way.append(group.batch())
        else:
            self.runner.asked = group

    def _is_written(self, group: CommitGroup) -> None:
        if len(self.truth) < group.up_to:
            self.truth += group.entries

    def _pending(self) -> Any:
        return Command.objects.filter(session=self.id, applied_at=None).order_by("pk")

    # --- another takes over ---------------------------------------------------

    @rule()
    def take_over(self) -> None:
        """Seize the session, perhaps between a COMMIT and its answer."""
        self.former = [*self.former[-1:], self.runner]
        self._begin()

    @precondition(lambda self: self.former)
    @rule()
    def a_former_runner_wakes(self) -> None:
        former = self.former.pop()
        late = former.asked or former.group(events.Status(status=SessionStatus.IDLE))
        before = stored(self.id), row(self.id).head_seq
        assert commit([late]) == [False]
        assert (stored(self.id), row(self.id).head_seq) == before

    def _begin(self) -> None:
        """Go on from the log, closing what was cut, as whoever resumes does."""
        session = lease.seize(row(self.id))
        assert session is not None
        assert session.head_seq == len(self.truth)
        self.runner = Runner(session, session.head_seq)
        closed = {e.stream for e in self.truth if e.type == "text"}
        texts = fold_of(self.truth).blocks
        cut = [
            events.Text(block=block, text=text, partial=True)
            for block, text in texts.items()
            if block not in closed
        ]
        if cut:
            self._write(self.runner.group(*cut), "answered")

    # --- what comes between ---------------------------------------------------

    @rule()
    def sweep(self) -> None:
        sweep(self.id)

    @precondition(lambda self: self.on_the_way)
    @rule(which=FEW, comes_again=st.booleans(), is_notice=st.booleans())
    def layer_brings(self, which: int, comes_again: bool, is_notice: bool) -> None:
        batch = self.on_the_way[which % len(self.on_the_way)]
        if not comes_again:
            self.on_the_way.remove(batch)
        if not self.recent.add(replace(batch, body=None) if is_notice else batch):
            self._heal()

    @precondition(lambda self: self.on_the_way)
    @rule(which=FEW)
    def layer_loses(self, which: int) -> None:
        del self.on_the_way[which % len(self.on_the_way)]

    @rule()
    def feed_looks(self) -> None:
        (head,) = read_heads([self.id])
        assert head.epoch == self.epoch
        if head.seq > self.recent.head:
            self._heal()

    @rule()
    def window_forgets(self) -> None:
        self.recent.forget()

    def _heal(self) -> None:
        self.recent.add(read_page(self.id, self.recent.head).batch)

    # --- viewers --------------------------------------------------------------

    @rule()
    def join(self) -> None:
        self.screens = [*self.screens[-3:], Screen(self.recent, 0, self.epoch)]

    @rule(which=FEW)
    def leave_and_come_back_at_once(self, which: int) -> None:
        self._come_back(self.screens[which % len(self.screens)])

    def _come_back(self, screen: Screen) -> None:
        frame = Subscribe(session=self.id, after=screen.shown, epoch=screen.epoch)
        start = find_start(frame)
        assert start is not None
        if start.is_void:
            screen.reset(self.recent, start.head.epoch)
        else:
            # A page that is on its way belongs to the subscription before.
            screen.viewer = Viewer(self.recent, start.cursor)

    @rule(which=FEW, most=FEW)
    def serve(self, which: int, most: int) -> None:
        self.screens[which % len(self.screens)].serve(most)

    @rule(which=FEW)
    def ask_for_a_page(self, which: int) -> None:
        screen = self.screens[which % len(self.screens)]
        if screen.read is None and screen.viewer.look() is Want.PAGE:
            screen.read = screen.viewer, read_page(self.id, screen.viewer.cursor)

    @rule(which=FEW)
    def page_comes(self, which: int) -> None:
        screen = self.screens[which % len(self.screens)]
        if screen.read is None:
            return
        (viewer, page), screen.read = screen.read, None
        if viewer is screen.viewer and viewer.continues(page):
            viewer.move(page.batch)
            screen.show(page.batch)

    # --- an older backup ------------------------------------------------------

    @rule()
    def back_up(self) -> None:
        session = row(self.id)
        fields = {"head_seq": session.head_seq, "swept_seq": session.swept_seq}
        pending = [command.pk for command in self._pending()]
        self.backup = Backup(stored(self.id), list(self.truth), fields, pending)

    @precondition(lambda self: self.backup)
    @rule()
    def restore(self) -> None:
        """With nothing running, and followed by `newepoch`, as the docs have it."""
        assert self.backup is not None
        backup = self.backup
        Event.objects.filter(session=self.id).delete()
        there = {seq for seq, _ in backup.rows}
        insert(self.id, [entry for entry in backup.truth if entry.seq in there])
        Command.objects.filter(session=self.id).delete()
        for pk in backup.pending:
            Command.objects.create(
                pk=pk, session_id=self.id, key=f"again{pk}", type="prompt", data=""
            )
        change(self.id, **backup.fields)
        call_command("newepoch", stdout=_Nowhere())
        self.truth = list(backup.truth)
        self.former, self.on_the_way = [], []
        (head,) = read_heads([self.id])
        self.recent, self.epoch = Recent(head.seq), head.epoch
        for screen in self.screens:
            self._come_back(screen)
            assert screen.shown == 0
        self._begin()

    # --- what must hold -------------------------------------------------------

    @invariant()
    def the_log_is_what_was_written(self) -> None:
        log = dict(stored(self.id))
        assert row(self.id).head_seq == len(self.truth)
        for seq, entry in enumerate(self.truth, 1):
            assert entry.seq == seq
            assert log.pop(seq, entry.data) == entry.data
        assert not log

    @invariant()
    def each_command_happens_once(self) -> None:
        caused = [
            json.loads(entry.data)["commandId"]
            for entry in self.truth
            if entry.type == "user_message"
        ]
        assert len(caused) == len(set(caused))
        assert not {str(command.pk) for command in self._pending()} & {*caused}

    def teardown(self) -> None:
        """Let everything come to rest: all screens show what the plain list says."""
        if self.runner.asked is not None:
            self.ask_again_whether_it_was_written()
        self.feed_looks()
        for _ in self.truth:
            self._heal()
        late = Screen(self.recent, 0, self.epoch)
        truth = fold_of(self.truth)
        for which, screen in enumerate([*self.screens, late]):
            self.screens = [screen]
            for _ in self.truth:
                screen.serve(99)
                self.ask_for_a_page(0)
                self.sweep()
                self.page_comes(0)
            assert screen.shown == len(self.truth), which
            assert [*screen.fold.blocks.items()] == [*truth.blocks.items()]
            unseen = {*truth.seqs} - {*screen.fold.seqs}
            kinds = {entry.type for entry in self.truth if entry.seq in unseen}
            assert kinds <= {"text_delta"}


class _Nowhere:
    def write(self, text: str) -> None:
        """Say nothing."""
