import asyncio
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TWICE_S = 0.3  # a second signal within this time is ignored


@contextmanager
def stop_signals(
    on_interrupt: Callable[[], None], on_terminate: Callable[[], None]
) -> Iterator[None]:
    """Call one of the callbacks at the first signal; a second ends the process at once.

    A second signal within TWICE_S is ignored, because shells and supervisors often send
    two. SIGHUP, from a closed terminal, counts as SIGTERM unless it is ignored
    (`nohup`).
    """
    loop = asyncio.get_running_loop()
    terminals = [descriptor for descriptor in (0, 1, 2) if os.isatty(descriptor)]
    signals = [n for n in SIGNALS if signal.getsignal(n) is not signal.SIG_IGN]

    def end(number: signal.Signals, after: float) -> None:
        if loop.time() > after:
            os._exit(128 + number)

    def handle(number: signal.Signals) -> None:
        for each in signals:
            loop.add_signal_handler(each, end, each, loop.time() + TWICE_S)
        if number is signal.SIGHUP:
            _leave(terminals)
        if number is signal.SIGINT:
            on_interrupt()
        else:
            on_terminate()

    for number in signals:
        loop.add_signal_handler(number, handle, number)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


def _leave(terminals: Sequence[int]) -> None:
    """Replace the descriptors of a closed terminal by /dev/null."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in terminals:
        os.dup2(nothing, descriptor)
    os.close(nothing)
