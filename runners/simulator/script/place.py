import re
from collections.abc import Sequence
from typing import Any

from msgspec import Struct, structs

from runners.simulator.api.error import InvalidRequestReply
from runners.simulator.api.request import Message
from runners.simulator.script.call_id import call_position
from runners.simulator.script.directive import Directive
from runners.simulator.script.library import FOLLOW_UP, SHOWPIECE, Library
from runners.simulator.script.pieces import filled
from runners.simulator.script.scenario import Script, ScriptedBlock, ScriptedTurn

WORKDIR = "{workdir}"
# Tools that start a sub-agent: Ringside's, Claude Code's (two names), opencode's.
_SPAWNING = ("spawn_agent", "Agent", "Task", "task")


class ScriptPosition(Struct, frozen=True):
    """The position of a conversation in its script."""

    directive: Directive
    # The script's turn, and how many of its blocks the conversation has already.
    number: int
    turn: ScriptedTurn
    skip: int
    # Number of messages before the turn's first answer.
    began: int

    def summary(self) -> "ScriptPosition":
        """A position that answers with a summary of the conversation."""
        text = f"What has been said is summed up here. {self.directive.at(self.number)}"
        turn = ScriptedTurn(blocks=(ScriptedBlock(text=text),))
        return structs.replace(self, turn=turn, skip=0)

    def blocks(self) -> list[tuple[int, ScriptedBlock]]:
        """The blocks still to be sent, with their index in the turn."""
        return list(enumerate(self.turn.blocks))[self.skip :]


def find_place(
    messages: Sequence[Message], library: Library, default: str, workdir: str = "."
) -> ScriptPosition:
    """Derive the position from the conversation alone.

    `default` names the scenario for prompts that name none; if it is empty, a word of
    the prompt decides. `workdir` replaces {workdir} in scripts.
    """
    walk = _Walk(library, default, workdir)
    for index, message in enumerate(messages):
        if message.role == "user":
            _read_prompt(walk, message, is_last=index == len(messages) - 1)
        elif message.role == "assistant":
            walk.read_assistant(message, index)
    return walk.place(len(messages))


def _read_prompt(walk: "_Walk", message: Message, is_last: bool) -> None:
    try:
        walk.read_user(message)
    except InvalidRequestReply:
        # A refused prompt stays in the conversation; later prompts still count.
        if is_last:
            raise


class _Walk:
    """Follows a conversation through its scripts.

    A turn is complete once all its texts and calls are in the conversation. Until then
    the missing ones are sent again, so that no call lost with a broken stream and no
    interrupted text is skipped. Calls are matched by id, texts by content.
    """

    def __init__(self, library: Library, default: str, workdir: str) -> None:
        self._library = library
        self._default = default
        self._workdir = workdir
        self._directive: Directive | None = None
        self._turns: tuple[ScriptedTurn, ...] = ()
        self._number = 0
        self._skip = 0
        self._began: int | None = None

    def read_user(self, message: Message) -> None:
        """Process a user message: a prompt or tool results."""
        prompt = message.text()
        results = message.blocks("tool_result")
        directive = Directive.find(prompt) or (None if results else self._guess(prompt))
        if directive is not None:
            self._start(directive)
        if self._skip == 0:
            self._pass_over(message.results_text())

    def read_assistant(self, message: Message, index: int) -> None:
        """Process an answer; the blocks it lacks of its turn are still to be sent."""
        content = message.blocks()
        # A client may append the continuation after a pause to the paused message.
        while self._advance(content, index) and self._paused(self._number - 1):
            if self._done() or not self._sent(content):
                return

    def place(self, length: int) -> ScriptPosition:
        """The position at the end of the walk, after `length` messages."""
        directive = self._directive
        if directive is None:
            raise InvalidRequestReply("messages: there is no prompt to answer")
        turns, number = self._turns, self._number
        if self._done():
            turns = self._applied(self._library.script(FOLLOW_UP), directive)
            number = (self._number - len(self._turns)) % len(turns)
        began = length if self._began is None else self._began
        return ScriptPosition(directive, self._number, turns[number], self._skip, began)

    def _advance(self, content: list[dict[str, Any]], index: int) -> bool:
        if not self._done():
            blocks = self._turns[self._number].blocks
            self._skip = self._sent(content)
            if any(block.kind in ("text", "tool") for block in blocks[self._skip :]):
                self._began = index if self._began is None else self._began
                return False
        self._number, self._skip, self._began = self._number + 1, 0, None
        return True

    def _paused(self, number: int) -> bool:
        turns = self._turns[number : number + 1]
        return any(turn.stop == "pause_turn" for turn in turns)

    def _done(self) -> bool:
        return self._number >= len(self._turns)

    def _guess(self, prompt: str) -> Directive | None:
        if self._directive is not None and (self._default or not self._done()):
            return None
        name = self._default or self._library.named_by_keyword(prompt)
        if name is None and self._directive is not None:
            return None
        return Directive(scenario=name or SHOWPIECE)

    def _start(self, directive: Directive) -> None:
        script = self._library.script(directive.scenario)
        self._directive = directive
        self._turns = self._applied(script, directive)
        self._number, self._skip, self._began = directive.turn, 0, None

    def _applied(
        self, script: Script, directive: Directive
    ) -> tuple[ScriptedTurn, ...]:
        return tuple(
            structs.replace(
                turn,
                blocks=tuple(
                    _with_workdir(_option_applied(block, directive), self._workdir)
                    for block in turn.blocks
                ),
            )
            for turn in script.turns
        )

    def _pass_over(self, output: str) -> None:
        while not self._done():
            when = self._turns[self._number].when
            if when is None or re.search(when, output):
                return
            self._number += 1

    def _sent(self, content: list[dict[str, Any]]) -> int:
        blocks = self._turns[self._number].blocks
        for number in reversed(range(self._skip, len(blocks))):
            if any(self._is_sent(blocks[number], number, sent) for sent in content):
                return number + 1
        return self._skip

    def _is_sent(self, block: ScriptedBlock, number: int, sent: dict[str, Any]) -> bool:
        if sent["type"] == "tool_use":
            return call_position(sent["id"]) == (self._number, number)
        if sent["type"] == "text" and block.text is not None:
            return bool(sent["text"].strip() == block.text.strip())
        return block.raw is not None and block.raw["type"] == sent["type"]


def _option_applied(block: ScriptedBlock, directive: Directive) -> ScriptedBlock:
    if block.text is not None and block.tokens is not None:
        text = filled(block.text, directive.tokens or block.tokens)
        return structs.replace(block, text=text, tokens=None)
    if block.tool in _SPAWNING and isinstance(block.input.get("prompt"), str):
        prompt = directive.pass_on(block.input["prompt"])
        return structs.replace(block, input=block.input | {"prompt": prompt})
    return block


def _with_workdir(block: ScriptedBlock, workdir: str) -> ScriptedBlock:
    if block.tool is None:
        return block
    return structs.replace(block, input=_filled_in(block.input, workdir))


def _filled_in(value: Any, workdir: str) -> Any:
    """Replace {workdir} in every string of a tool's input."""
    match value:
        case str():
            return value.replace(WORKDIR, workdir)
        case dict():
            return {name: _filled_in(one, workdir) for name, one in value.items()}
        case list():
            return [_filled_in(one, workdir) for one in value]
    return value
