from dataclasses import dataclass
from typing import Protocol

from runners.port.stop_reason import StopReason
from sessions_app.protocol.events import Outcome


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended, with the agent's last words in it."""

    status: Outcome
    text: str
    # The runner stopped in mid-run; another runner goes on with this session.
    is_handed_over: bool = False


class Run(Protocol):
    """One run of an agent: from a person's words to the agent's rest.

    Only `run` awaits; the other methods may be called at any time, from the same
    event loop.
    """

    async def run(self) -> RunResult:
        """Run to the end. Raises HostClosed, and then has written nothing more."""
        ...

    def interrupt(self) -> None:
        """Stop what runs; the session can go on."""
        ...

    def cancel(self) -> None:
        """Stop what runs, for good."""
        ...

    def leave(self) -> None:
        """Stop after the current step, for another runner to go on."""
        ...

    def break_away(self) -> None:
        """Stop at once, for another runner to go on."""
        ...

    def throttle(self, delay_ms: int) -> None:
        """Keep this delay between two API calls; 0 ends the throttle."""
        ...


def stop_run(run: Run, reason: StopReason) -> None:
    """Stop a run in the way that a reason asks for."""
    if reason is StopReason.CANCEL:
        run.cancel()
    elif reason is StopReason.SHUTDOWN:
        run.break_away()
    else:
        run.interrupt()
