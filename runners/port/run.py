from dataclasses import dataclass
from typing import Protocol

from runners.port.stop_reason import StopReason
from sessions_app.protocol.events import Outcome


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended, with the agent's last text."""

    status: Outcome
    text: str
    # The runner stopped during the run; another runner resumes the session.
    is_handed_over: bool = False
    # A message came after the agent's last word: another run begins with it.
    has_unanswered: bool = False


class Run(Protocol):
    """One run of an agent: from a person's message until nothing is left to do.

    Only `run` awaits; the other methods may be called at any time, from the same event
    loop.
    """

    async def run(self) -> RunResult:
        """Run to the end. After it raises HostClosed, nothing more is written."""
        ...

    def interrupt(self) -> None:
        """Stop the current run; the session can be continued."""
        ...

    def cancel(self) -> None:
        """Stop the current run and end the session."""
        ...

    def leave(self) -> None:
        """Stop after the current step, so that another runner can take over."""
        ...

    def break_away(self) -> None:
        """Stop at once, so that another runner can take over."""
        ...

    def throttle(self, delay_ms: int) -> None:
        """Set the minimum pause between two API calls, in ms; 0 ends throttling."""
        ...


def stop_run(run: Run, reason: StopReason) -> None:
    """Stop a run with the method that matches the reason."""
    if reason is StopReason.CANCEL:
        run.cancel()
    elif reason is StopReason.SHUTDOWN:
        run.break_away()
    else:
        run.interrupt()
