import asyncio
import logging
from collections.abc import Iterable, Sequence

from django.conf import settings

from runners.budget import Budget
from runners.children import Child, Children
from runners.command_events import user_messages
from runners.dialogue import Dialogue
from runners.ending import RUNNER_STOPPED
from runners.engine.agent import Agent, RunResult
from runners.engine.conversation import Conversation
from runners.engine.outlet import OutletClosed
from runners.engine.workdir import Workdir
from runners.external.agent import OutsideAgent
from runners.external.closing import closing, unanswered
from runners.halt import Halt
from runners.held_session import HeldSession
from runners.left_processes import end_left_processes, forget_own
from runners.past import Past
from runners.pending_command import PendingCommand, pending_commands
from runners.run_failed import RunFailed
from runners.runner_context import RunnerContext
from runners.session_options import engine_options
from runners.session_outlet import SessionOutlet
from runners.session_row import (
    create_child,
    ended_child,
    read_log,
    turns_below,
    username,
)
from runners.session_workdir import prepare_workdir
from runners.takeover import Takeover
from runners.worker import Worker, halt_worker
from runners.worktrees.watch import WorktreeWatch
from runners.worktrees.worktree import Worktree
from sessions_app.budget_limits import budget_limits
from sessions_app.engine_choice import OUTSIDE
from sessions_app.log import lease
from sessions_app.models import AgentSession
from sessions_app.operations.log_lines import SESSION
from sessions_app.protocol.commands import Cancel, Interrupt, Prompt
from sessions_app.protocol.events import (
    Error,
    Event,
    SessionStarted,
    UserMessage,
)
from sessions_app.protocol.status import SessionStatus

logger = logging.getLogger(__name__)
NOT_HERE = "its program runs on a command line alone: manage.py runagent --session {id}"


class SessionRun(HeldSession):
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
        self._dialogue = Dialogue(self.journal, self.mailbox, self.records)
        self._children = Children(self.journal, self._create_child, self._find_child)
        self._outlet = SessionOutlet(
            self.ending, self.records, self._dialogue, self._children, self._budget
        )
        self._takeover = Takeover(self._dialogue, self.records)
        if parent is None:
            self._budget.ask_through(self._dialogue.ask_aside)
        self._conversation = Conversation()
        self._agent: Worker | None = None
        self._is_first = session.head_seq == 0
        self._said: list[str] = []  # that no run of an outside agent has answered
        self._worktree: WorktreeWatch | None = None
        self._rest = SessionStatus.INTERRUPTED  # where its runner stops
        self._result = RunResult("error", "")

    @property
    def status(self) -> SessionStatus:
        return self.journal.status

    async def run(self) -> RunResult:
        """Run the session until nobody wants more of it now, and let go of it."""
        SESSION.set(self.session_id)
        try:
            await self._rounds()
        except OutletClosed:
            logger.warning("event=lease_lost session=%s", self.session_id)
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
        self.ending.halt = max(Halt.SHUTDOWN, self.ending.halt or Halt.SHUTDOWN)
        self._takeover.given_up.set()
        if self._agent:
            self._agent.leave()

    def stop(self, halt: Halt) -> None:
        """Stop the agent and its sub-agents; it still says its last words."""
        self.ending.halt = max(halt, self.ending.halt or halt)
        self._children.stopping(self.ending.halt)
        self._takeover.given_up.set()
        if self._agent:
            halt_worker(self._agent, self.ending.halt)

    def lose(self) -> None:
        self.journal.close()
        self.stop(Halt.LOSS)

    def _stop_for(self, command: PendingCommand) -> None:
        is_cancel = isinstance(command.command, Cancel)
        self.stop(Halt.CANCEL if is_cancel else Halt.INTERRUPT)

    def _throttle(self, delay_ms: int) -> None:
        if self._agent:
            self._agent.throttle(delay_ms)

    async def _rounds(self) -> None:
        log = await self.context.reader.read(read_log, self.session_id)
        past = Past.of(log)
        self._children.recall(past.children)
        self._dialogue.recall(past.asked)
        await self._look()
        self.context.held[self.session_id] = self
        left = await self.context.reader.read(end_left_processes, self.session_id)
        await self._open(log)
        if left and not await self._takeover.ask(
            left, past.asked, self.session.head_seq
        ):
            self.ending.halt = self.ending.halt or Halt.INTERRUPT
        while True:
            self._result = await self._round()
            if self._result.is_left:
                await self.journal.enter(self._rest, detail=RUNNER_STOPPED)
            if await self._released():
                return
            self._take(await self._dialogue.messages())
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
        self._conversation = Conversation.from_log(log)
        if self._top is self.session:
            await self._recall_budget(log)
        by = await self.context.reader.read(username, self.session)
        prompts = self.mailbox.prompts
        said = [message for p in prompts for message in user_messages(p)]
        is_told = any(isinstance(event, UserMessage) for event in log)
        if self.session.prompt and not is_told:
            said = [UserMessage(text=self.session.prompt, by=by), *said]
        if self.session.engine in OUTSIDE:
            self._said = unanswered(log)
            left_open = closing(log)
        else:
            left_open = self._conversation.closing()
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
        if self.ending.halt:  # before it began
            halt_worker(agent, self.ending.halt)
        self._agent = agent
        if self._top is self.session:
            self._budget.begin()
        try:
            return await agent.run()
        finally:
            self._agent = None

    async def _new_agent(self) -> Worker:
        session = self.session
        if session.engine in OUTSIDE:
            return self._outside_agent()
        return Agent(
            await self.context.claudes.get(session.engine),
            self._outlet,
            Workdir(session.workdir),
            engine_options(session, self._top.options, self._depth),
            self._conversation,
        )

    def _outside_agent(self) -> Worker:
        if self.context.outside is None:
            raise RunFailed("not_here", NOT_HERE.format(id=self.session_id))
        said, self._said = self._said, []
        is_first, self._is_first = self._is_first, False
        return OutsideAgent(self, self.context.outside, said, first=is_first)

    def _take(self, events: Iterable[Event]) -> None:
        for event in events:
            self._conversation.apply(event)
            if isinstance(event, UserMessage):
                self._said.append(event.text)

    async def _pending(self) -> list[PendingCommand]:
        return await self.context.reader.read(pending_commands, [self.session_id])

    async def _released(self) -> bool:
        """Let go of the lease, unless somebody has said something meanwhile."""
        while self.ending.halt is not Halt.SHUTDOWN:
            self.ending.halt = None
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
        except OutletClosed:
            logger.warning("event=lease_lost session=%s", self.session_id)

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
        async with asyncio.timeout(2 * settings.LEASE_TIMEOUT_S):
            while True:
                session = await self.context.reader.read(lease.claim, session_id)
                if session:
                    return SessionRun(self.context, session, self)
                await asyncio.sleep(settings.REAP_INTERVAL_S)
