from typing import Protocol

from runners.engine.agent import RunResult
from runners.halt import Halt


class Worker(Protocol):
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


def halt_worker(worker: Worker, halt: Halt) -> None:
    """Stop it in the way that a reason asks for."""
    if halt is Halt.CANCEL:
        worker.cancel()
    elif halt is Halt.SHUTDOWN:
        worker.break_away()
    else:
        worker.interrupt()
