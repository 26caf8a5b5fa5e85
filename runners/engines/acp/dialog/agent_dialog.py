import asyncio
import time

from django.conf import settings

from runners.engines.acp.dialog.agent_report import AgentReport, Say
from runners.engines.acp.dialog.agent_settings import AgentSettings
from runners.engines.acp.dialog.permissions import Permissions
from runners.engines.acp.dialog.prompts import Prompts, stop_reason, usage_of
from runners.engines.acp.dialog.quiet_watch import QuietWatch, runs_hidden_agent
from runners.engines.acp.handshake import AgentHandshake, AgentUnusable, OpenedSession
from runners.engines.acp.memory import GO_ON, EarlierRuns
from runners.engines.acp.rpc import (
    METHOD_NOT_FOUND,
    AgentCall,
    AgentRefused,
    Answer,
    RpcPeer,
)
from runners.engines.acp.shape import name_of, object_of, text_of
from runners.port.engine import SessionBrief
from runners.port.host import AgentHost
from sessions_app.protocol.commands import (
    Approve,
    Cancel,
    Command,
    Deny,
    Interrupt,
    Prompt,
    SetOption,
)
from sessions_app.protocol.events import Outcome
from sessions_app.protocol.wire import Json

ENDS: dict[str, Outcome] = {"cancelled": "interrupted", "refusal": "error"}
QUIET = (
    "The agent has said nothing for {s:g} seconds, while a sub-agent works that it "
    "does not report. The sub-agent may wait for an answer that the agent does not ask "
    "for: interrupt it, or allow in the agent's own settings what it wants."
)
ENDED = "The agent's sub-agent was ended: nothing was heard of it for {s:g} seconds."
UNBOUNDED = (
    "The agent alone decides when it calls its model: a budget pauses it between "
    "prompts, never within one."
)
UNRULED = (
    "Deny rules hold where the agent asks; what it does without asking they do not see."
)


class AgentDialog:
    """One run of an ACP agent: its messages become lines of Ringside's protocol.

    `take` receives the agent's requests and notifications, `command` people's
    commands; `say` is called with each line. `run` ends after the last prompt, with
    the line `agent_complete`.
    """

    def __init__(
        self,
        peer: RpcPeer,
        handshake: AgentHandshake,
        brief: SessionBrief,
        host: AgentHost,
        past: EarlierRuns,
        say: Say,
    ) -> None:
        self._peer = peer
        self._handshake = handshake
        self._brief = brief
        self._host = host
        self._past = past
        self._news = asyncio.Event()
        self._report = AgentReport(say, self._news.set)
        self._permissions = Permissions(brief, host, peer, self._report.say_of)
        self._prompts: Prompts | None = None
        self._session: OpenedSession | None = None
        self._settings: AgentSettings | None = None
        # Messages and settings that arrived before the session was open.
        self._early: list[Command] = []
        self._stopped: Outcome | None = None
        self._turn = 0
        self._cost_usd = past.cost_usd  # cumulative, at the last prompt's end
        self._outcome: Outcome = "success"
        self._is_over = False
        self._hung = False  # the prompt was cancelled after ACP_QUIET_MAX_S of silence
        self._quiet = QuietWatch(
            time.monotonic, settings.ACP_QUIET_S, settings.ACP_QUIET_MAX_S
        )

    @property
    def is_over(self) -> bool:
        return self._is_over

    @property
    def was_stopped(self) -> bool:
        """True if a person has interrupted or cancelled the run."""
        return self._stopped is not None

    async def run(self) -> None:
        """Open the agent's session and send prompts until the run ends."""
        try:
            await self._open()
        except AgentUnusable as error:
            self._fail(error.code, str(error))
            return
        await self._see_through()

    def take(self, call: AgentCall) -> None:
        """Handle a request or a notification of the agent."""
        params = call.params
        self._quiet.heard()
        if call.id is None:
            if call.method == "$/cancel_request":
                self._permissions.withdraw(params.get("requestId"))
            if call.method == "session/update":
                update = object_of(params.get("update"))
                self._update(text_of(params.get("sessionId")), update)
            return
        session = self._report.name_of_session(text_of(params.get("sessionId")))
        match call.method:
            case "session/request_permission":
                updates = self._report.of(session)
                tool, lines = updates.asked(object_of(params.get("toolCall")))
                self._report.say_all(session, lines)
                self._permissions.ask(call, tool, session)
            case "elicitation/create":
                updates = self._report.of(session)
                self._report.say_all(session, updates.settle())
                known = updates.calls.get(name_of(params.get("toolCallId")))
                self._permissions.ask_form(
                    call, known.tool if known else "ask", session
                )
            case _:
                text = f"Ringside does not offer {call.method} to agents"
                self._peer.refuse(call.id, METHOD_NOT_FOUND, text)

    def command(self, command: Command, session: str) -> None:
        """Carry out a person's command; `session` names a sub-agent or is ""."""
        match command:
            case Prompt() | SetOption() if self._prompts is None:
                self._early.append(command)
            case Prompt(text=text) if self._prompts:
                self._prompts.waiting.append(text)
                self._news.set()
            case SetOption(option_id=option, value=value) if self._settings:
                self._settings.choose(option, value)
            case Approve() | Deny():
                self._answer(command, session)
            case Interrupt() | Cancel() if session:
                self._cancel_child(session)
            case Interrupt():
                self._stop("interrupted")
            case Cancel():
                self._stop("cancelled")

    def _answer(self, answer: Approve | Deny, session: str) -> None:
        """Pass an answer to the agent; what has no place in it follows as a message."""
        more = self._permissions.answer(answer, session)
        if more and self._prompts:
            self._prompts.waiting.append(more)
            self._news.set()

    def gone(self, last_line: str) -> None:
        """Handle the end of the agent's program."""
        if self._prompts and self._prompts.is_idle and not self._works and self._turn:
            self._complete(self._stopped or self._outcome)
        self._peer.close("the agent is gone")
        if not self._is_over:
            said = f"; it last said: {last_line}" if last_line else ""
            self._fail("agent_gone", f"the agent ended before its answer did{said}")

    # --- opening -------------------------------------------------------------

    async def _open(self) -> None:
        session = await self._handshake.open()
        self._session = session
        can = session.abilities
        info: Json = {"agent": can.name or self._brief.model, "version": can.version}
        info["agentSessionId"] = session.id
        self._report.say_all("", self._report.root.introduce(info))
        if session.gap:
            reason, text = session.gap
            self._report.say({"type": "memory_gap", "reason": reason, "text": text})
        self._report.say_all("", self._report.root.offer(session.state))
        self._permissions.has_mode = await self._handshake.set_mode(session)
        if not self._permissions.has_mode:
            self._report.note("no_mode", self._no_mode(can.name))
        await self._say_limits()
        self._prompts = Prompts(
            self._peer,
            session.id,
            steers=can.steers,
            queues=can.queues,
            ended=self._prompt_ended,
            changed=self._news.set,
        )
        self._prompts.waiting.extend(session.unheard)
        self._settings = self._wanted(session)
        early, self._early = self._early, []
        for command in early:
            self.command(command, "")
        if not self._prompts.waiting and not session.is_new:
            self._prompts.waiting.append(GO_ON)

    def _wanted(self, session: OpenedSession) -> AgentSettings:
        """Request the session's model and effort; returns the settings."""
        root = self._report.root
        chosen = AgentSettings(
            self._peer,
            session.id,
            lambda: root.options,
            lambda update: self._report.take("", update),
            self._report.note,
        )
        if self._brief.model != self._brief.options.get("agent"):
            chosen.want("model", self._brief.model)
        if effort := self._brief.tree_options.get("effort"):
            chosen.want("effort", str(effort))
        return chosen

    def _no_mode(self, agent: str) -> str:
        wanted = self._brief.permission_mode
        return (
            f"{agent or 'The agent'} has no mode for {wanted!r}: it decides by itself "
            "what it asks, and Ringside answers by that mode."
        )

    async def _say_limits(self) -> None:
        """Note in the first run which limits bind only between prompts."""
        if self._past.agent_session_id:
            return
        if self._brief.has_budget:
            self._report.note("unbounded", UNBOUNDED)
        if (await self._host.rules()).deny:
            self._report.note("unbounded", UNRULED)

    # --- prompts -------------------------------------------------------------

    async def _see_through(self) -> None:
        """Send prompts until no message waits and no sub-agent works."""
        prompts = self._prompts
        assert prompts is not None  # noqa: S101 the session is open
        while not self._is_over:
            self._news.clear()
            if self._stopped:
                if not prompts.running:
                    self._complete(self._stopped)
                    return
            elif prompts.waiting and not prompts.running:
                if why := await self._host.afford():
                    self._report.note("budget", why)
                    self._complete("budget")
                    return
                self._begin_turn()
                prompts.send()
            elif prompts.waiting:
                prompts.send_into()
            elif prompts.is_idle and not self._works:
                self._complete(self._outcome)
                return
            await self._wait()

    async def _wait(self) -> None:
        """Wait for `_news`; check every ACP_LOOK_S whether a sub-agent hangs."""
        while not self._news.is_set():
            try:
                async with asyncio.timeout(settings.ACP_LOOK_S):
                    await self._news.wait()
            except TimeoutError:
                self._look()

    def _look(self) -> None:
        if self._permissions.is_waiting:
            self._quiet.heard()
        if self._report.children.live:
            self._look_at_children()
            return
        hidden = [c for c in self._report.root.calls.values() if runs_hidden_agent(c)]
        match self._quiet.check(hidden):
            case "warn":
                self._report.note("agent_quiet", QUIET.format(s=self._quiet.warn_s))
            case "end" if self._session and not self._stopped:
                self._report.note("agent_quiet", ENDED.format(s=self._quiet.max_s))
                self._quiet.heard()
                self._hung = True
                self._peer.notify("session/cancel", {"sessionId": self._session.id})

    def _look_at_children(self) -> None:
        """End sub-agents that stay silent for ACP_QUIET_MAX_S after the prompt."""
        if self._prompts and self._prompts.running:
            return
        if self._quiet.check(self._report.children.live) == "end":
            self._report.note("agent_quiet", ENDED.format(s=self._quiet.max_s))
            for child in self._report.children.live:
                self._peer.notify("session/cancel", {"sessionId": child.id})
                self._report.end_child(child, "error")

    @property
    def _works(self) -> bool:
        """True while sub-agents work or an approval is pending."""
        return bool(self._report.children.live) or self._permissions.is_waiting

    def _begin_turn(self) -> None:
        self._turn += 1
        self._outcome = "success"
        self._quiet.heard()
        self._report.say({"type": "turn_start", "messageId": self._turn_name()})

    def _prompt_ended(self, running: int, answer: Answer) -> None:
        if self._is_over:
            return
        self._report.end_prompt()
        if isinstance(answer, AgentRefused):
            if not self._stopped:
                self._report.note("agent_error", str(answer))
                self._outcome = "error"
            answer = {"stopReason": "cancelled" if self._stopped else "error"}
        if running:  # another prompt of the same turn goes on
            return
        reason = stop_reason(answer)
        self._outcome = ENDS.get(reason, self._outcome)
        if self._hung:
            self._outcome, self._hung = "error", False
        line: Json = {"type": "turn_end", "messageId": self._turn_name()}
        line |= {"stopReason": reason, "usage": usage_of(answer)}
        self._report.say(line | self._cost())

    def _cost(self) -> Json:
        """Return the prompt's cost: the growth of the agent's sum for the session."""
        total = self._report.root.cost_usd
        if total is None:
            return {}
        before, self._cost_usd = self._cost_usd, total
        return {"costUsd": total - before if total >= before else total}

    def _turn_name(self) -> str:
        return f"prompt{self._turn}"

    # --- stopping ------------------------------------------------------------

    def _stop(self, outcome: Outcome) -> None:
        if self._stopped != "cancelled":
            self._stopped = outcome
        prompts = self._prompts
        if prompts is not None and prompts.running and self._session is not None:
            prompts.waiting.clear()
            for child in self._report.children.live:
                self._peer.notify("session/cancel", {"sessionId": child.id})
            self._peer.notify("session/cancel", {"sessionId": self._session.id})
            self._permissions.cancel()
        else:
            self._complete(outcome)
        self._news.set()

    def _cancel_child(self, name: str) -> None:
        child = self._report.children.named(name)
        if child is not None and not child.call:
            self._peer.notify("session/cancel", {"sessionId": child.id})

    def _fail(self, code: str, message: str) -> None:
        if self._is_over:
            return
        line = {"type": "error", "code": code, "message": message, "fatal": True}
        if self._stopped is None:
            self._report.say(line)
        self._complete(self._stopped or "error")

    def _complete(self, outcome: Outcome) -> None:
        if self._is_over:
            return
        self._is_over = True
        self._permissions.cancel()
        for child in self._report.children.live:
            self._report.end_child(child, "cancelled" if self._stopped else "error")
        self._report.say_all("", self._report.root.end())
        self._report.say({"type": "agent_complete", "status": outcome})
        self._news.set()

    def _update(self, session: str, update: Json) -> None:
        if self._handshake.replay is not None:
            self._handshake.replay.take(update)
            return
        if self._is_over:
            return
        root = self._session is None or session == self._session.id
        name = "" if root else self._report.name_of_session(session)
        if root or name:
            self._report.take(name, update)
        else:  # a session that is unknown or has ended
            line = {"type": "acp_update", "update": update, "session": session}
            self._report.say(line)
