import asyncio
import logging
from collections.abc import Iterable, Sequence

from django.conf import settings

from runners.engines.claude_api.agent import Agent
from runners.engines.claude_api.conversation.conversation import Conversation
from runners.engines.json_lines.closing import closing
from runners.engines.json_lines.run import ExternalRun
from runners.engines.json_lines.unanswered import Unanswered
from runners.journal.budget import Budget
from runners.mailbox.approvals import ApprovalGateway
from runners.mailbox.command_events import user_messages
from runners.mailbox.pending_command import PendingCommand, pending_commands
from runners.port.errors import RunFailed
from runners.port.host import HostClosed
from runners.port.run import Run, RunResult, stop_run
from runners.port.stop_reason import StopReason
from runners.records.rows import (
    create_child,
    read_log,
    turns_below,
    username,
)
from runners.records.tool_processes import end_orphans, forget_own
from runners.records.workdir import prepare_workdir
from runners.sandbox.workdir import Workdir
from runners.session.children import Child, Children, ended_child
from runners.session.context import RunnerContext
from runners.session.finish import RUNNER_STOPPED
from runners.session.host import SessionHost
from runners.session.leased import LeasedSession
from runners.session.lost_memory import left_masked, marked
from runners.session.options import engine_options
from runners.session.resume_state import ResumeState
from runners.session.takeover import TakeoverConfirmation
from runners.worktrees.watch import WorktreeWatch
from runners.worktrees.worktree import Worktree
from sessions_app.log import lease
from sessions_app.masking.lost import lost_masks
from sessions_app.masking.originals import prompt_of
from sessions_app.models import AgentSession
from sessions_app.operations.log_lines import SESSION
from sessions_app.protocol.commands import Cancel, Interrupt, Prompt
from sessions_app.protocol.engine_kind import EXTERNAL
from sessions_app.protocol.events import (
    Error,
    Event,
    SessionStarted,
    UserMessage,
)
from sessions_app.protocol.status import SessionStatus
from sessions_app.sessions.budget_limits import budget_limits

logger = logging.getLogger(__name__)
NOT_HERE = "its program runs on a command line alone: manage.py runagent --session {id}"


class SessionRun(LeasedSession):
    """One session in this process, from its claim to its release.

    Rounds follow each other while people have more to say: each is one run of the
    agent. Whatever goes wrong fails this session and no other.
    """

    def __init__(
        self,
        context: RunnerContext,
        session: AgentSession,
        parent: "SessionRun | None" = None,
    ) -> None:
        self._budget: Budget = parent._budget if parent else Budget(session.model)
        super().__init__(context, session, self._budget)
        self._depth: int = parent._depth + 1 if parent else 0
        # Whose options hold for the whole tree.
        self._top: AgentSession = parent._top if parent else session
        self._approvals = ApprovalGateway(self.journal, self.mailbox, self.records)
        self._children = Children(self.journal, self._create_child, self._find_child)
        self._host = SessionHost(
            self.finisher, self.records, self._approvals, self._children, self._budget
        )
        self._takeover = TakeoverConfirmation(self._approvals, self.records)
        if parent is None:
            self._budget.ask_through(self._approvals.ask_aside)
        self._conversation = Conversation()
        self._agent: Run | None = None
        self._is_first = session.head_seq == 0
        self._said: list[str] = []  # that no run of an outside agent has answered
        self._worktree: WorktreeWatch | None = None
        self._rest = SessionStatus.INTERRUPTED  # where its runner stops
        self._result = RunResult("error", "")
        self.has_lost_lease = False  # what the log says from then on others write

    @property
    def status(self) -> SessionStatus:
        return self.journal.status

    async def run(self) -> RunResult:
        """Run the session until nobody wants more of it now, and let go of it."""
        SESSION.set(self.session_id)
        try:
            await self._rounds()
        except HostClosed:
            logger.warning("event=lease_lost session=%s", self.session_id)
            self.has_lost_lease = True
            self._result = RunResult("interrupted", "")
        except RunFailed as error:
            await self._fail(error.code, str(error))
        except Exception as error:
            logger.exception("event=run_failed session=%s", self.session_id)
            name = type(error).__name__
            await self._fail("internal", f"{name}: the runner's log says more")
        finally:
            self.context.held.pop(self.session_id, None)
            if self._worktree:
                await self._worktree.finish()
        return self._result

    def leave(self, rest: SessionStatus) -> None:
        """Finish the step, then let another runner go on; `rest` is how it is left."""
        self._rest = rest
        self.finisher.stop_reason = max(
            StopReason.SHUTDOWN, self.finisher.stop_reason or StopReason.SHUTDOWN
        )
        self._takeover.given_up.set()
        if self._agent:
            self._agent.leave()

    def stop(self, stop_reason: StopReason) -> None:
        """Stop the agent and its sub-agents; it still says its last words."""
        self.finisher.stop_reason = max(
            stop_reason, self.finisher.stop_reason or stop_reason
        )
        self._children.stopping(self.finisher.stop_reason)
        self._takeover.given_up.set()
        if self._agent:
            stop_run(self._agent, self.finisher.stop_reason)

    def lose(self) -> None:
        self.journal.close()
        self.stop(StopReason.LOSS)

    def _stop_for(self, command: PendingCommand) -> None:
        is_cancel = isinstance(command.command, Cancel)
        self.stop(StopReason.CANCEL if is_cancel else StopReason.INTERRUPT)

    def _throttle(self, delay_ms: int) -> None:
        if self._agent:
            self._agent.throttle(delay_ms)

    async def _rounds(self) -> None:
        log = await self.context.reader.read(read_log, self.session_id)
        past = ResumeState.of(log)
        self._children.recall(past.children)
        self._approvals.recall(past.asked)
        await self._look()
        self.context.held[self.session_id] = self
        left = await self.context.reader.read(end_orphans, self.session_id)
        await self._open(log)
        if left and not await self._takeover.ask(
            left, past.asked, self.session.head_seq
        ):
            self.finisher.stop_reason = (
                self.finisher.stop_reason or StopReason.INTERRUPT
            )
        while True:
            self._result = await self._round()
            if self._result.is_handed_over:
                await self.journal.enter(self._rest, detail=RUNNER_STOPPED)
            if await self._released():
                return
            if self.session.engine in EXTERNAL:
                await self._recall_said()
            self._take(await self._approvals.messages())
            await self.journal.enter(SessionStatus.RUNNING)

    async def _look(self) -> None:
        """Take what was asked before this runner came; old stops are void."""
        pending = await self._pending()
        last = max((c.id for c in pending if isinstance(c.command, Prompt)), default=0)
        was_queued = self.journal.status is SessionStatus.QUEUED
        void = [
            command
            for command in pending
            if isinstance(command.command, Interrupt | Cancel)
            and not (was_queued and command.id > last)
        ]
        await self.refuse(void)
        await self.hear(command for command in pending if command not in void)

    async def _open(self, log: Sequence[Event]) -> None:
        """Close what a dead runner left open, and say that the session goes on."""
        self._conversation = Conversation.from_log(map(marked, log))
        if self._top is self.session:
            await self._recall_budget(log)
        by = await self.context.reader.read(username, self.session)
        prompts = self.mailbox.prompts
        said = [message for p in prompts for message in user_messages(p)]
        is_told = any(isinstance(event, UserMessage) for event in log)
        if self.session.prompt and not is_told:
            prompt = await self.context.reader.read(prompt_of, self.session)
            said = [UserMessage(text=prompt, by=by), *said]
        if self.session.engine in EXTERNAL:
            unanswered = Unanswered.of(log)
            self._said = [*(unanswered.messages if said else unanswered.last)]
            left_open = closing(log)
        else:
            left_open = left_masked(self._conversation.closing(), log)
        self._conversation.lost = lost_masks([*log, *left_open])
        workdir = await self._prepare_workdir()
        started = SessionStarted(
            model=self.session.model,
            workdir=workdir,
            permission_mode=self.session.permission_mode,
            engine=self.session.engine,
            resumed=bool(log),
        )
        events = [*left_open, started, *said]
        await self.journal.enter(
            SessionStatus.RUNNING,
            *events,
            changes={"workdir": workdir, "worktree": self.session.worktree},
            applies=[p.id for p in prompts],
        )
        self.mailbox.done(prompts)
        self._take(events)

    async def _prepare_workdir(self) -> str:
        await asyncio.to_thread(prepare_workdir, self.session)
        worktree = Worktree.of(self.session)
        if worktree:
            self._worktree = WorktreeWatch(
                self.context.reader, self.session_id, worktree
            )
            self.journal.after_turns(self._worktree.stale)
        return self.session.workdir

    async def _recall_budget(self, log: Sequence[Event]) -> None:
        """Know what the tree may spend, and what its logs say that it has spent."""
        try:
            self._budget.limit(budget_limits(self.session.budget))
        except ValueError as error:
            raise RunFailed("bad_budget", str(error)) from error
        if self._budget.is_limited:
            self._budget.recall(log, at_top=True)
            below = await self.context.reader.read(turns_below, self.session_id)
            self._budget.recall(below, at_top=False)

    async def _round(self) -> RunResult:
        """Run the agent once."""
        agent = await self._new_agent()
        agent.throttle(self._delay_ms)
        if self.finisher.stop_reason:  # before it began
            stop_run(agent, self.finisher.stop_reason)
        self._agent = agent
        if self._top is self.session:
            self._budget.begin()
        try:
            return await agent.run()
        finally:
            self._agent = None

    async def _new_agent(self) -> Run:
        session = self.session
        if session.engine in EXTERNAL:
            return self._external_run()
        return Agent(
            await self.context.model_clients.get(session.engine),
            self._host,
            Workdir(session.workdir),
            engine_options(session, self._top.options, self._depth),
            self._conversation,
        )

    def _external_run(self) -> Run:
        if self.context.external is None:
            raise RunFailed("not_here", NOT_HERE.format(id=self.session_id))
        said, self._said = self._said, []
        is_first, self._is_first = self._is_first, False
        return ExternalRun(self, self.context.external, said, first=is_first)

    def _take(self, events: Iterable[Event]) -> None:
        for event in events:
            self._conversation.apply(event)
            if isinstance(event, UserMessage):
                self._said.append(event.text)

    async def _recall_said(self) -> None:
        """Find the messages that a program's runs have left unanswered."""
        await self.journal.flush()
        log = await self.context.reader.read(read_log, self.session_id)
        self._said = [*Unanswered.of(log).messages]

    async def _pending(self) -> list[PendingCommand]:
        return await self.context.reader.read(pending_commands, [self.session_id])

    async def _released(self) -> bool:
        """Let go of the lease, unless somebody has said something meanwhile."""
        while self.finisher.stop_reason is not StopReason.SHUTDOWN:
            self.finisher.stop_reason = None
            if self.mailbox.prompts:
                return False
            self.mailbox.expect(frozenset())
            await self.refuse([*self.mailbox.stops, *self.mailbox.strays])
            await self.journal.flush()
            await self.context.reader.read(forget_own, self.session_id)
            if await self._release():
                return True
            await self.hear(await self._pending())
        await self._let_go()
        return True

    async def _release(self) -> bool:
        return await self.context.reader.read(
            lease.release, self.session_id, self.lease
        )

    async def _let_go(self) -> None:
        await self.journal.flush()
        await self.context.reader.read(lease.let_go, self.session_id, self.lease)

    async def _fail(self, code: str, message: str) -> None:
        """Say in the log that the run is over, and let go."""
        self._result = RunResult("error", message)
        try:
            await self.journal.mend()
            await self.hear(await self._pending())
            await self.refuse(self.mailbox.stops)
            prompts = self.mailbox.prompts
            await self.journal.enter(
                SessionStatus.FAILED,
                # Else the same words would queue the session, to fail again.
                *[message for p in prompts for message in user_messages(p)],
                Error(code=code, message=message, fatal=True),
                applies=[p.id for p in prompts],
            )
            await self._let_go()
        except HostClosed:
            logger.warning("event=lease_lost session=%s", self.session_id)
            self.has_lost_lease = True

    async def _create_child(self, description: str, prompt: str) -> Child:
        session = await self.context.reader.read(
            create_child, self.session, description, prompt
        )
        return SessionRun(self.context, session, self)

    async def _find_child(self, session_id: str) -> Child:
        """Go on with a sub-agent of before, or take what it had come to."""
        ended = await self.context.reader.read(ended_child, session_id)
        if ended:
            return ended
        # Its holder, if dead, is found by this process's own reaper.
        async with asyncio.timeout(2 * settings.LEASE_TIMEOUT_S):
            while True:
                session = await self.context.reader.read(lease.claim, session_id)
                if session:
                    return SessionRun(self.context, session, self)
                await asyncio.sleep(settings.REAP_INTERVAL_S)
