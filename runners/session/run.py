import asyncio
import logging

from django.conf import settings

from runners.mailbox.approvals import ApprovalGateway
from runners.port.engine import EngineSession, SessionBrief
from runners.port.errors import RunFailed
from runners.port.host import HostClosed
from runners.port.run import Run, RunResult, stop_run
from runners.port.stop_reason import StopReason
from runners.records.rows import create_child
from runners.records.tool_processes import end_orphans
from runners.review.place import ReviewPlace
from runners.review.remotes import note_remotes
from runners.review.watch import ChangesWatch
from runners.session.children import Child, Children, ended_child
from runners.session.context import RunnerContext
from runners.session.finish import RUNNER_STOPPED
from runners.session.host import SessionHost
from runners.session.leased import LeasedSession
from runners.session.release import SessionRelease
from runners.session.resume import SessionResume
from runners.session.resume_state import ResumeState
from runners.session.takeover import TakeoverConfirmation
from runners.session.tree_state import TreeState
from runners.worktrees.git import GitFailed
from sessions_app.log.leases import lease
from sessions_app.models import AgentSession
from sessions_app.operations.log_lines import SESSION
from sessions_app.protocol.events import Event
from sessions_app.protocol.status import SessionStatus

logger = logging.getLogger(__name__)

MESSAGE_LOOK_S = 0.1  # between looks for a message, while the last changes are read


class SessionRun:
    """One session in this process, from its claim to its release.

    Each round is one run of the engine; another round follows while messages wait. An
    error fails this session only.
    """

    def __init__(
        self,
        context: RunnerContext,
        session: AgentSession,
        tree: TreeState | None = None,
    ) -> None:
        self._context = context
        self._session = session
        self._tree = tree or TreeState.at_top(session)
        self._leased = leased = LeasedSession(context, session, self._tree.budget, self)
        self._approvals = ApprovalGateway(
            leased.journal, leased.mailbox, leased.records
        )
        self._children = Children(leased.journal, self._create_child, self._find_child)
        self._takeover = TakeoverConfirmation(self._approvals, leased.records)
        self._resume = SessionResume(leased)
        self._release = SessionRelease(leased)
        if self._is_top:
            self._tree.budget.ask_through(self._approvals.ask_aside)
        self._run: Run | None = None  # while a round runs
        self._changes: ChangesWatch | None = None
        # status of the session when it is handed over
        self._rest = SessionStatus.INTERRUPTED
        self.has_lost_lease = False  # from then on, another process writes the log

    @property
    def session_id(self) -> str:
        return self._session.id

    @property
    def status(self) -> SessionStatus:
        return self._leased.journal.status

    @property
    def _is_top(self) -> bool:
        return self._tree.top is self._session

    async def run(self) -> RunResult:
        """Run the session until no message waits, and release its lease."""
        SESSION.set(self.session_id)
        try:
            return await self._rounds()
        except HostClosed:
            logger.warning("event=lease_lost session=%s", self.session_id)
            self.has_lost_lease = True
            return RunResult("interrupted", "")
        except RunFailed as error:
            return await self._fail(error.code, str(error))
        except Exception as error:
            logger.exception("event=run_failed session=%s", self.session_id)
            name = type(error).__name__
            return await self._fail("internal", f"{name}: see the runner's log")
        finally:
            self._leased.close()
            if self._changes:
                await self._changes.close()

    def leave(self, rest: SessionStatus) -> None:
        """Finish the current step, then hand the session over to another runner.

        `rest` is the status in which the session waits for that runner.
        """
        self._rest = rest
        self._leased.stop_request.rise(StopReason.SHUTDOWN)
        self._takeover.given_up.set()
        if self._run:
            self._run.leave()

    def stop(self, stop_reason: StopReason) -> None:
        """Stop the agent and its sub-agents; each still logs how it ended."""
        reason = self._leased.stop_request.rise(stop_reason)
        self._children.stopping(reason)
        self._takeover.given_up.set()
        if self._run:
            stop_run(self._run, reason)

    def throttle(self, delay_ms: int) -> None:
        if self._run:
            self._run.throttle(delay_ms)

    async def _rounds(self) -> RunResult:
        log = await self._resume.read_log()
        past = ResumeState.of(log)
        self._children.recall(past.children)
        self._approvals.recall(past.asked)
        await self._resume.receive_pending()
        self._leased.open()
        left = await self._context.reader.read(end_orphans, self.session_id)
        engine = await self._begin(log)
        if left and not await self._takeover.ask(
            left, past.asked, self._session.head_seq
        ):
            self._leased.stop_request.rise(StopReason.INTERRUPT)
        while True:
            result = await self._round(engine)
            if result.is_handed_over:
                await self._leased.journal.enter(self._rest, detail=RUNNER_STOPPED)
            goes_on = result.has_unanswered and not self._leased.stop_request.reason
            if not goes_on:
                await self._settle_changes()
            if not goes_on and await self._release.release():
                return result
            engine.receive(await self._approvals.messages())
            await self._leased.journal.enter(SessionStatus.RUNNING)

    async def _begin(self, log: list[Event]) -> EngineSession:
        """Prepare the engine's session, and log that the session starts or resumes."""
        if self._is_top:
            await self._resume.recall_budget(self._tree.budget, log)
        await self._resume.recall_options()
        await self._resume.prepare_workdir()
        try:
            engine = await self._context.engines.get(self._session.kind.name)
            brief = self._brief(await self._leased.records.variables())
            session = engine.session(brief, self._host(), log)
        except RunFailed:
            await self._resume.open([], log)  # people's messages must still be logged
            raise
        session.receive(await self._resume.open(session.closing(), log))
        await self._watch_changes(log)
        return session

    def _host(self) -> SessionHost:
        return SessionHost(
            self._leased, self._approvals, self._children, self._tree.budget
        )

    def _brief(self, variables: tuple[str, ...]) -> SessionBrief:
        session = self._session
        if variables:
            names = ",".join(variables)
            logger.info("event=tool_variables session=%s names=%s", session.id, names)
        return SessionBrief(
            session_id=session.id,
            engine=session.engine,
            model=session.model,
            permission_mode=session.permission_mode,
            workdir=session.workdir,
            options=session.options,
            tree_options=self._tree.top.options,
            depth=self._tree.depth,
            is_resumed=session.head_seq > 0,
            has_budget=self._tree.budget.is_limited,
            variables=variables,
        )

    async def _watch_changes(self, log: list[Event]) -> None:
        """Compare the repository after each turn; sub-agents work in the same one."""
        if not self._is_top:
            return
        try:
            place = await asyncio.to_thread(ReviewPlace.of, self._session)
            if place and not log:
                # Before the agent begins, who can change them.
                await asyncio.to_thread(note_remotes, place)
        except GitFailed as error:
            logger.info(
                "event=no_review session=%s error=%r", self.session_id, str(error)
            )
            return
        if place is None:
            return
        self._changes = ChangesWatch(
            place, self._leased.journal, self._leased.records, log
        )
        self._leased.journal.after_turns(self._changes.stale)
        await self._changes.begin()

    @property
    def _is_called_away(self) -> bool:
        leaves = {StopReason.SHUTDOWN, StopReason.LOSS}
        prompts = self._leased.mailbox.prompts
        return bool(prompts) or self._leased.stop_request.reason in leaves

    async def _settle_changes(self) -> None:
        """Have the last changes in the log before the lease is released.

        A runner that stops, or a message that waits, is not kept waiting.
        """
        if self._changes is None:
            return
        self._changes.stale()
        most_s: float = settings.REVIEW_LAST_WAIT_S
        settled = asyncio.create_task(self._changes.settled(most_s))
        while not (settled.done() or self._is_called_away):
            await asyncio.wait({settled}, timeout=MESSAGE_LOOK_S)
        settled.cancel()

    async def _round(self, engine: EngineSession) -> RunResult:
        """Run the engine for one round."""
        run = await engine.run()
        run.throttle(self._leased.delay_ms)
        reason = self._leased.stop_request.reason
        if reason:  # the stop arrived before the run began
            stop_run(run, reason)
        self._run = run
        if self._is_top:
            self._tree.budget.begin()
        try:
            return await run.run()
        finally:
            self._run = None

    async def _fail(self, code: str, message: str) -> RunResult:
        try:
            await self._release.fail(code, message)
        except HostClosed:
            logger.warning("event=lease_lost session=%s", self.session_id)
            self.has_lost_lease = True
        return RunResult("error", message)

    async def _create_child(self, description: str, prompt: str) -> Child:
        session = await self._context.reader.read(
            create_child, self._session, description, prompt
        )
        return self._below(session)

    async def _find_child(self, session_id: str) -> Child:
        """Claim an earlier runner's sub-agent, or return its result if it ended."""
        reader = self._context.reader
        ended = await reader.read(ended_child, session_id)
        if ended:
            return ended
        async with asyncio.timeout(2 * settings.LEASE_TIMEOUT_S):
            while True:
                session = await reader.read(lease.claim, session_id)
                if session:
                    return self._below(session)
                await asyncio.sleep(settings.REAP_INTERVAL_S)

    def _below(self, session: AgentSession) -> "SessionRun":
        return SessionRun(self._context, session, self._tree.below())
