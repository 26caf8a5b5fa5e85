from dataclasses import dataclass
from typing import Protocol

from runners.port.stop_reason import StopReason
from sessions_app.protocol.events import Outcome


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended, and the agent's last words in it."""

    status: Outcome
    text: str
    is_handed_over: bool = False  # its runner stopped; another one goes on with it


class Run(Protocol):
    """What a session's words come from; only `run` awaits."""

    async def run(self) -> RunResult: ...

    def interrupt(self) -> None: ...

    def cancel(self) -> None: ...

    def leave(self) -> None:
        """Stop soon, for another runner to go on."""
        ...

    def break_away(self) -> None:
        """Stop at once, for another runner to go on."""
        ...

    def throttle(self, delay_ms: int) -> None: ...


def stop_run(worker: Run, stop_reason: StopReason) -> None:
    """Stop it in the way that a reason asks for."""
    if stop_reason is StopReason.CANCEL:
        worker.cancel()
    elif stop_reason is StopReason.SHUTDOWN:
        worker.break_away()
    else:
        worker.interrupt()
