import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from runners.mailbox.pending_command import PendingCommand
from sessions_app.protocol.commands import (
    Approve,
    Cancel,
    Deny,
    Errand,
    Interrupt,
    Prompt,
    SetOption,
)

Answer = Approve | Deny
Answered = asyncio.Future[PendingCommand]


class Mailbox:
    """The commands of one session that its log has not answered yet."""

    def __init__(
        self, *, takes_prompts: bool = True, takes_choices: bool = False
    ) -> None:
        self._takes_prompts = takes_prompts
        self._takes_choices = takes_choices
        self._seen: set[int] = set()
        self._open: dict[int, PendingCommand] = {}
        self._questions: dict[str, Answered] = {}  # by tool_use_id
        # requests of an earlier runner, to be asked again
        self._expected: frozenset[str] = frozenset()
        self._arrived = asyncio.Event()  # set when a command arrives

    def put(self, command: PendingCommand) -> bool:
        """Add a command once; returns whether it was new."""
        if command.id in self._seen:
            return False
        self._seen.add(command.id)
        self._open[command.id] = command
        self._arrived.set()
        if isinstance(command.command, Answer):
            question = self._questions.get(command.command.tool_use_id)
            if question and not question.done():
                question.set_result(command)
        return True

    async def arrival(self) -> None:
        """Wait until a command has arrived since the last call returned."""
        await self._arrived.wait()
        self._arrived.clear()

    def expect(self, tool_use_ids: frozenset[str]) -> None:
        """Keep answers to requests that an earlier process made."""
        self._expected = tool_use_ids

    def done(self, commands: Iterable[PendingCommand]) -> None:
        """Remove commands that the log has answered."""
        for command in commands:
            self._open.pop(command.id, None)

    @contextmanager
    def question(self, tool_use_id: str) -> Iterator[Answered]:
        """Yield a future for the answer about a tool call, while the context is open.

        The context manager removes the question again.
        """
        answer: Answered = asyncio.get_running_loop().create_future()
        self._questions[tool_use_id] = answer
        for command in self._open.values():
            if _answers(command, tool_use_id) and not answer.done():
                answer.set_result(command)
        try:
            yield answer
        finally:
            del self._questions[tool_use_id]

    @property
    def prompts(self) -> list[PendingCommand]:
        return [c for c in self._open.values() if isinstance(c.command, Prompt)]

    @property
    def choices(self) -> list[PendingCommand]:
        """Choices of the agent's settings; those not taken wait for the next runner."""
        return [c for c in self._open.values() if isinstance(c.command, SetOption)]

    @property
    def stops(self) -> list[PendingCommand]:
        stop = Interrupt | Cancel
        return [c for c in self._open.values() if isinstance(c.command, stop)]

    @property
    def strays(self) -> list[PendingCommand]:
        """Answers that nobody waits for, and commands that a session does not take."""
        return [c for c in self._open.values() if self._is_stray(c)]

    def _is_stray(self, command: PendingCommand) -> bool:
        if isinstance(command.command, Answer):
            asked = {*self._questions, *self._expected}
            return command.command.tool_use_id not in asked
        if isinstance(command.command, Prompt):
            return not self._takes_prompts
        if isinstance(command.command, SetOption):
            return not self._takes_choices
        # An errand waits until the session is released.
        return not isinstance(command.command, Interrupt | Cancel | Errand)


def _answers(command: PendingCommand, tool_use_id: str) -> bool:
    answer = command.command
    return isinstance(answer, Answer) and answer.tool_use_id == tool_use_id
