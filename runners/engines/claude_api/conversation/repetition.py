"""Detects an agent that repeats itself, so that a person can be asked.

A turn is stale if each of its calls was made before, in the current stretch of work,
with the same outcome: the same output, or any error. A person's message, a compaction
and a person's "go on" begin a new stretch.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from runners.engines.claude_api.conversation.pending_call import LOST, NOT_RUN
from runners.port.host import LOOP
from sessions_app.protocol.encoding.numbers import encode_json
from sessions_app.protocol.events import ApprovalRequest
from sessions_app.protocol.wire import Json

SHOWN_CHARS = 200  # of a call's input, in the question


@dataclass(frozen=True, slots=True)
class FinishedCall:
    """A call with its result."""

    tool: str
    input: Json
    output: str
    is_error: bool

    @property
    def outcome(self) -> bytes:
        """A digest that is equal for calls with the same input and the same outcome."""
        output = None if self.is_error else self.output
        data = encode_json((self.tool, self.input, self.is_error, output))
        return hashlib.blake2b(data, digest_size=16).digest()

    @property
    def was_cut(self) -> bool:
        """True if a runner's end gave the result: the agent may well try again."""
        return self.is_error and self.output.startswith((LOST, NOT_RUN))

    def __str__(self) -> str:
        given = encode_json(self.input).decode()
        shown = given if len(given) <= SHOWN_CHARS else f"{given[:SHOWN_CHARS]}…"
        return f"{self.tool} {shown}"


class Repetition:
    """Counts consecutive stale turns: a fold of the calls of each turn."""

    def __init__(self) -> None:
        self._outcomes: set[bytes] = set()
        self._calls: tuple[FinishedCall, ...] = ()  # of the last turn
        self.stale = 0  # turns in a row
        self.failed = 0  # the latest of them in which every call failed

    def add(self, calls: Iterable[FinishedCall]) -> None:
        """Add the calls of one turn; each has its result.

        A turn that a runner's end has cut says nothing of the agent: it is left out.
        """
        made = tuple(calls)
        if any(call.was_cut for call in made):
            return
        self._calls = made
        outcomes = {call.outcome for call in self._calls}
        is_stale = outcomes <= self._outcomes
        self._outcomes |= outcomes
        self.stale = self.stale + 1 if is_stale else 0
        has_failed = all(call.is_error for call in self._calls)
        self.failed = self.failed + 1 if is_stale and has_failed else 0

    def clear(self) -> None:
        """Begin a new stretch of work."""
        self._outcomes.clear()
        self.stale = self.failed = 0

    def question(self, number: int) -> ApprovalRequest:
        """Make the question whether the agent shall go on; `number` makes its id."""
        last = self._calls[-1]
        what = "failed" if self.failed else "come to the same"
        times = 1 + (self.failed or self.stale)
        return ApprovalRequest(
            tool_use_id=f"{LOOP}_{number}",
            tool=LOOP,
            input={},
            reason=(
                f"The agent seems to go round in circles: {times} turns in a row have"
                f" {what}, the last with {last}. Go on? If not, it stops, and you can"
                " tell it what to do instead."
            ),
        )
