import asyncio
import json
from collections.abc import Coroutine
from itertools import count
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from runners.journal.budget import Budget
from runners.journal.journal import Journal
from runners.port.host import HostClosed
from runners.process.runner import always_room
from runners.records.records import SessionRecords
from runners.records.rows import create_child, create_session
from sessions_app.commands import requeue
from sessions_app.commands.submit import FromPeople, Refused, submit_command
from sessions_app.history.export.export import export_lines
from sessions_app.history.export.import_log import ImportFailed, import_lines
from sessions_app.log.database.reader import Reader
from sessions_app.log.leases import lease
from sessions_app.log.leases.process_identity import Lease
from sessions_app.log.leases.reaper import Reaper
from sessions_app.log.log import Log
from sessions_app.models import AgentSession, Command
from sessions_app.protocol import commands
from sessions_app.protocol.events import ApprovalRequest
from sessions_app.protocol.status import IllegalMove, SessionStatus
from tests.runners.journal.naive_statuses import (
    ACTIVE,
    AT_REST,
    CUT_SHORT,
    FROM_PEOPLE,
    Holder,
    runs_may_go,
)
from tests.sessions_app.logbook import elsewhere, row, stored

T = TypeVar("T")
SESSIONS_MAX = 4
WHICH = st.integers(0, SESSIONS_MAX)


class StatusMoves(RuleBasedStateMachine):
    """All that changes a status, in any order, beside naive rules of what each may do.

    Whatever decides is the project's own: the journal, the log, the reaper, the lease,
    people's commands, the import. Each rule compares the statuses before and after.
    """

    def __init__(self) -> None:
        super().__init__()
        self.keys = count()
        self.ids: list[str] = []
        self.holders: list[Holder] = []
        self.imported: set[str] = set()
        self.loop = asyncio.Runner()

    @initialize()
    def open(self) -> None:
        self.reader = Reader(1)
        self.log = Log(lambda batch: None)
        self._wait(self.log.__aenter__())
        self.queue_a_session()
        self.start_in_a_terminal()

    def teardown(self) -> None:
        self._wait(self.log.__aexit__(None, None, None))
        self._wait(self.reader.close())
        self.loop.close()
        AgentSession.objects.filter(id__in=self.ids).delete()
        super().teardown()

    # --- sessions begin ---------------------------------------------------------

    @precondition(lambda self: len(self.ids) < SESSIONS_MAX)
    @rule()
    def queue_a_session(self) -> None:
        """As the page does."""
        made = AgentSession.objects.create(title="t", prompt="p", engine="simulator")
        assert row(made.id).status == "queued"
        self.ids.append(made.id)

    @precondition(lambda self: len(self.ids) < SESSIONS_MAX)
    @rule()
    def start_in_a_terminal(self) -> None:
        session = create_session(
            prompt="p", title="t", owner=None, model="m", engine="simulator",
            workdir="", permission_mode="default", budget={}, options={},
        )  # fmt: skip
        assert session.status == "running"
        self.ids.append(session.id)
        self._hold(session)

    @precondition(lambda self: self.holders and len(self.ids) < SESSIONS_MAX)
    @rule(which=WHICH)
    def spawn(self, which: int) -> None:
        parent = self._holder(which).session
        if row(parent.id).status == "running":
            child = create_child(parent, "child", "p")
            self.ids.append(child.id)
            self._hold(child)

    # --- runners ----------------------------------------------------------------

    @rule()
    def claim_from_the_queue(self) -> None:
        before = self._statuses()
        for session in lease.claim_queued(1):
            assert session.status == "queued"
            self._hold(session)
        assert self._statuses() == before

    @rule(which=WHICH)
    def claim_by_hand(self, which: int) -> None:
        before = self._statuses()
        if session := lease.claim(self._session(which).id):
            self._hold(session)
        assert self._statuses() == before

    @precondition(lambda self: self.holders)
    @rule(
        which=WHICH,
        wanted=st.lists(st.sampled_from(SessionStatus), min_size=1, max_size=3),
        is_gradual=st.booleans(),
    )
    def enter(self, which: int, wanted: list[SessionStatus], is_gradual: bool) -> None:
        """Enter any statuses, legal or not, in one commit or one after the other."""
        holder = self._holder(which)
        before = self._statuses()
        expected, was_legal = self._after_run(holder, wanted)
        try:
            self._wait(self._enter(holder, wanted, is_gradual))
            was_refused = False
        except IllegalMove:
            was_refused = True
            self._wait(holder.journal.mend())
        except HostClosed:
            self.holders.remove(holder)
            assert self._statuses() == before
            return
        assert was_refused is not was_legal
        assert self._statuses() == before | {holder.session.id: expected}

    def _after_run(
        self, holder: Holder, wanted: list[SessionStatus]
    ) -> tuple[str, bool]:
        """The status that must follow, and whether all of the moves are legal."""
        status = row(holder.session.id).status
        for after in wanted:
            if not runs_may_go(status, after.value):
                return status, False
            status = after.value
        return status, True

    async def _enter(
        self, holder: Holder, wanted: list[SessionStatus], is_gradual: bool
    ) -> None:
        try:
            for status in wanted:
                asks = [
                    ApprovalRequest(
                        tool_use_id="toolu_1", tool="t", input={}, reason=""
                    )
                ]
                is_wait = status is SessionStatus.WAITING
                await holder.journal.enter(status, *(asks if is_wait else []))
                if is_gradual:
                    await holder.journal.flush()
        finally:
            await holder.journal.flush()

    @precondition(lambda self: self.holders)
    @rule(which=WHICH)
    def begin(self, which: int) -> None:
        self.enter(which, [SessionStatus.RUNNING], is_gradual=False)

    @precondition(lambda self: self.holders)
    @rule(which=WHICH, status=st.sampled_from(sorted(AT_REST)), is_forced=st.booleans())
    def end(self, which: int, status: str, is_forced: bool) -> None:
        holder = self._holder(which)
        wanted = [SessionStatus.RUNNING, SessionStatus(status)]
        self.enter(which, wanted, is_gradual=True)
        if holder in self.holders:
            self._release(holder, is_forced)

    @precondition(lambda self: self.holders)
    @rule(which=WHICH)
    def heed_commands(self, which: int) -> None:
        holder = self._holder(which)
        pending = Command.objects.filter(session=holder.session.id, applied_at=None)
        ids = list(pending.values_list("pk", flat=True))
        before = self._statuses()
        self._wait(self._apply(holder, ids))
        assert self._statuses() == before

    async def _apply(self, holder: Holder, ids: list[int]) -> None:
        try:
            await holder.journal.append(applies=ids)
            await holder.journal.flush()
        except HostClosed:
            self.holders.remove(holder)

    @precondition(lambda self: self.holders)
    @rule(which=WHICH, is_forced=st.booleans())
    def release(self, which: int, is_forced: bool) -> None:
        holder = self._holder(which)
        if not holder.journal.status.is_active:
            self._release(holder, is_forced)

    def _release(self, holder: Holder, is_forced: bool) -> None:
        """Release a lease as runners do, at rest; forced, if they stop."""
        id_, before = holder.session.id, self._statuses()
        if is_forced:
            lease.let_go(id_, holder.session.lease)
        elif not lease.release(id_, holder.session.lease):
            return
        self.holders.remove(holder)
        after = self._statuses()
        assert after.pop(id_) in {before.pop(id_), "queued"}
        assert after == before

    @precondition(lambda self: self.holders)
    @rule(which=WHICH)
    def crash(self, which: int) -> None:
        """The process dies; what wakes later of it has a lease that is no longer so."""
        holder = self._holder(which)
        mine = Lease.parse(holder.session.lease)
        dead = Lease(mine.host, mine.space, mine.pid, 1, f"dead{next(self.keys)}")
        held = AgentSession.objects.filter(
            id=holder.session.id, lease=holder.session.lease
        )
        held.update(lease=str(dead))

    @rule()
    def reap(self) -> None:
        before = self._statuses()
        dead = [b.session_id for b in lease.held() if b.is_dead_after(0)]
        if not dead:
            return
        self._wait(self._reap(dead))
        after = self._statuses()
        for id_ in dead:
            was, now = before.pop(id_), after.pop(id_)
            if was in ACTIVE:
                assert now in {"interrupted", "queued"}
            else:
                assert now in {was, "queued"}
        assert after == before

    async def _reap(self, dead: list[str]) -> None:
        reaper = Reaper(self.log, self.reader, lambda: True)
        task = asyncio.create_task(reaper.run())
        while await elsewhere(self._are_held, dead):
            assert not task.done(), task
        task.cancel()
        await asyncio.wait([task])

    def _are_held(self, session_ids: list[str]) -> bool:
        held = AgentSession.objects.filter(id__in=session_ids).exclude(lease="")
        return held.exists()

    @rule(which=WHICH)
    def the_runner_that_lost_it_queues_it(self, which: int) -> None:
        session = self._session(which)
        allowed = {session.status}
        if session.status == "interrupted" and session.parent_id is None:
            allowed = {"queued"}
        try:
            done = lease.requeue_interrupted(session.id)
        except lease.NotFree:
            assert session.lease
            return
        assert row(session.id).status in allowed
        assert done is (allowed == {"queued"} and session.status != "queued")

    # --- people -----------------------------------------------------------------

    @rule(which=WHICH, command=st.sampled_from(FROM_PEOPLE))
    def say(self, which: int, command: FromPeople) -> None:
        session, before = self._session(which), self._statuses()
        main = self._main(session)
        expected = dict(before)
        goes_on = not isinstance(command, commands.Interrupt | commands.Cancel)
        if goes_on and session.status in AT_REST and before[main.id] in AT_REST:
            expected[main.id] = "queued"
        try:
            submit_command(session.id, None, str(next(self.keys)), command)
        except Refused:
            expected = before
        assert self._statuses() == expected

    @rule(which=WHICH)
    def resume(self, which: int) -> None:
        session, before = self._session(which), self._statuses()
        is_main = session.parent_id is None
        can_go_on = is_main and not session.lease and session.status in CUT_SHORT
        try:
            requeue.resume(session.id)
            assert can_go_on
            before[session.id] = "queued"
        except Refused:
            assert not can_go_on
        assert self._statuses() == before

    @rule(which=WHICH)
    def requeue(self, which: int) -> None:
        session, expected = self._session(which), self._statuses()
        if session.lease and session.parent_id is None:
            self._cut(session, expected)
        is_over = session.status in {"completed", "cancelled"}
        has_words = lease.with_pending_messages(
            AgentSession.objects.filter(id=session.id)
        ).exists()
        if session.lease and session.parent_id is None and is_over and has_words:
            expected[session.id] = "queued"
        try:
            requeue.requeue(session.id, by="root")
            assert not is_over
            assert row(session.id).lease == ""
        except Refused:
            assert is_over or not session.lease or session.parent_id
        assert self._statuses() == expected

    def _cut(self, session: AgentSession, statuses: dict[str, str]) -> None:
        """Note the statuses after a person has taken this tree from its runner."""
        is_main, status = session.parent_id is None, statuses[session.id]
        if is_main and status not in {"completed", "cancelled"}:
            statuses[session.id] = "queued"
        elif not is_main and status in ACTIVE:
            statuses[session.id] = "interrupted"
        for child in session.children.exclude(lease=""):
            self._cut(child, statuses)

    @rule(which=WHICH)
    def export_and_import(self, which: int) -> None:
        session, before = self._session(which), self._statuses()
        try:
            again = import_lines(export_lines(session), None, replace=True)
        except ImportFailed:
            assert self._statuses() == before
            return
        self.imported |= {one.id for one in again}
        for one in again:
            was, now = before.pop(one.id), row(one.id).status
            keeps = was in AT_REST or (was == "queued" and one.parent_id)
            assert now == (was if keeps else "interrupted")
        after = self._statuses()
        assert {id_: after[id_] for id_ in before} == before

    # --- what must hold ---------------------------------------------------------

    @invariant()
    def what_runs_has_a_lease(self) -> None:
        active = AgentSession.objects.filter(status__in=ACTIVE)
        assert not active.filter(lease="").exists()

    @invariant()
    def the_log_says_the_status_unless_a_person_has_queued_it(self) -> None:
        for session in AgentSession.objects.exclude(id__in=self.imported):
            lines = [json.loads(line) for _, line in stored(session.id)]
            said = [line["status"] for line in lines if line["type"] == "status"]
            if said and session.status != "queued":
                assert said[-1] == session.status

    def _hold(self, session: AgentSession) -> None:
        records = SessionRecords(self.reader, session.id)
        budget = Budget(session.model)

        async def journal() -> Journal:
            return Journal(self.log, session, records, budget, always_room)

        self.holders.append(Holder(session, self._wait(journal())))

    def _holder(self, which: int) -> Holder:
        return self.holders[which % len(self.holders)]

    def _session(self, which: int) -> AgentSession:
        return row(self.ids[which % len(self.ids)])

    def _main(self, session: AgentSession) -> AgentSession:
        return self._main(session.parent) if session.parent else session

    def _statuses(self) -> dict[str, str]:
        return dict(AgentSession.objects.values_list("id", "status"))

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run(work)
