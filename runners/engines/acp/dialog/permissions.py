import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from runners.engines.acp.dialog import elicitation
from runners.engines.acp.dialog.permission import (
    CANCELLED,
    actions_of,
    answers_in_words,
    chosen,
    options_of,
    outcome_of,
    pick,
    question_name,
    request_line,
    why_not,
)
from runners.engines.acp.rpc import (
    INVALID_PARAMS,
    NAMES,
    REQUEST_CANCELLED,
    AgentCall,
    RpcPeer,
)
from runners.engines.acp.updates.tool_call import AgentToolCall
from runners.engines.json_lines.transcript.asked_questions import questions_in
from runners.permissions.rules import Rules
from runners.port.engine import SessionBrief
from sessions_app.protocol.commands import Approve, Deny
from sessions_app.protocol.wire import Json

WITHDRAWN = "The agent no longer asks this."
EDITS = ("edit", "delete", "move")
QUIET = ("read", "search", "think")  # tool kinds that the mode `plan` allows


class RuleSource(Protocol):
    """Reads the permission rules of a session's tree."""

    async def rules(self) -> Rules: ...


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A request of the agent that is waiting for a person's answer."""

    id: NAMES
    params: Json
    session: str  # name of the session that asks
    about: str  # what is asked, in the agent's words
    is_form: bool = False


class Permissions:
    """Answers an agent's requests by Ringside's rules and mode, otherwise asks people.

    A deny rule outranks everything else. `say` logs a line for one of the agent's
    sessions.
    """

    def __init__(
        self,
        brief: SessionBrief,
        rules: RuleSource,
        peer: RpcPeer,
        say: Callable[[str, Json], None],
    ) -> None:
        self._brief = brief
        self._rules = rules
        self._peer = peer
        self._say = say
        self._open: dict[tuple[str, str], OpenRequest] = {}  # by session and question
        self._names: set[str] = set()
        self._judging: set[asyncio.Task[None]] = set()
        self.has_mode = True  # False: the agent offers no mode like the session's

    @property
    def is_waiting(self) -> bool:
        return bool(self._open or self._judging)

    def ask(self, call: AgentCall, tool: AgentToolCall, session: str) -> None:
        """Handle a session/request_permission request."""
        task = asyncio.create_task(self._judge(call, tool, session))
        self._judging.add(task)
        task.add_done_callback(self._judging.discard)

    def ask_form(self, call: AgentCall, tool: str, session: str) -> None:
        """Handle an elicitation/create request."""
        assert call.id is not None  # noqa: S101 the caller answers requests alone
        if call.params.get("mode") != "form":
            self._peer.refuse(call.id, INVALID_PARAMS, "mode: only form is supported")
            return
        name = self._name(call.params)
        line = elicitation.request_line(name, tool, call.params)
        self._keep(call, session, line, is_form=True)

    def answer(self, answer: Approve | Deny, session: str) -> str:
        """Pass a person's answer to the agent; ignore it if the request is closed.

        Returns the message that must follow it: the protocol's answer to a permission
        has no place for the reason of a no, nor for answers to questions.
        """
        asked = self._open.pop((session, answer.tool_use_id), None)
        if asked is None:
            return ""
        if asked.is_form:
            self._peer.answer(asked.id, elicitation.response_of(answer, asked.params))
            return why_not(answer, asked.about)
        self._peer.answer(asked.id, outcome_of(answer, options_of(asked.params)))
        return why_not(answer, asked.about) or answers_in_words(answer)

    def cancel(self) -> None:
        """Answer all open requests as cancelled, because the prompt is."""
        for task in self._judging:
            task.cancel()
        left, self._open = self._open, {}
        for asked in left.values():
            result = {"action": "cancel"} if asked.is_form else CANCELLED
            self._peer.answer(asked.id, result)

    def withdraw(self, request: object) -> None:
        """Close a request that the agent has withdrawn."""
        for (session, name), asked in [*self._open.items()]:
            if asked.id == request:
                del self._open[session, name]
                self._peer.refuse(asked.id, REQUEST_CANCELLED, "cancelled")
                line = {"type": "tool_result", "toolUseId": name, "isError": True}
                self._say(session, line | {"output": WITHDRAWN})

    async def _judge(self, call: AgentCall, tool: AgentToolCall, session: str) -> None:
        assert call.id is not None  # noqa: S101 the caller answers requests alone
        options = options_of(call.params)
        try:
            verdict = await self._verdict(tool)
        except asyncio.CancelledError:
            self._peer.answer(call.id, CANCELLED)
            raise
        if verdict is None:
            name = self._name(call.params)
            self._keep(call, session, request_line(tool, name, call.params))
            return
        kinds = ("allow_once",) if verdict else ("reject_once", "reject_always")
        option = pick(options, *kinds)
        self._peer.answer(call.id, chosen(option) if option else CANCELLED)

    async def _verdict(self, tool: AgentToolCall) -> bool | None:
        """Decide whether a call may run; None leaves it to a person."""
        kind = tool.said.get("kind", "")
        rules = await self._rules.rules()
        actions = actions_of(tool, self._brief.workdir)
        if any(rules.denying(action) for action in actions):
            return False
        if questions_in(tool.said.get("input", {})):
            return None
        match self._brief.permission_mode:
            case "bypass":
                return True
            case _ if kind == "switch_mode":
                return None
            case "plan" if not self.has_mode and kind not in QUIET:
                return False
            case "acceptEdits" if kind in EDITS and not any(
                action.protected_by for action in actions
            ):
                return True
        is_allowed = bool(actions) and all(rules.allows(action) for action in actions)
        return True if is_allowed else None

    def _keep(
        self, call: AgentCall, session: str, line: Json, *, is_form: bool = False
    ) -> None:
        """Ask people; their answer goes to the agent's request."""
        assert call.id is not None  # noqa: S101 the callers answer requests alone
        asked = OpenRequest(call.id, call.params, session, line["reason"], is_form)
        self._open[session, line["toolUseId"]] = asked
        self._say(session, line)

    def _name(self, params: Json) -> str:
        name = question_name(params, self._names, len(self._names) + 1)
        self._names.add(name)
        return name
