import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM)
TWICE_S = 0.3


@contextmanager
def stop_signals(
    on_interrupt: Callable[[], None], on_terminate: Callable[[], None]
) -> Iterator[None]:
    """Call one of these at the first signal; the second ends the process at once.

    Within TWICE_S it is no second one: shells and supervisors like to send two.
    """
    loop = asyncio.get_running_loop()

    def end(number: signal.Signals, after: float) -> None:
        if loop.time() > after:
            os._exit(128 + number)

    def hear(number: signal.Signals) -> None:
        for each in SIGNALS:
            loop.add_signal_handler(each, end, each, loop.time() + TWICE_S)
        if number is signal.SIGINT:
            on_interrupt()
        else:
            on_terminate()

    for number in SIGNALS:
        loop.add_signal_handler(number, hear, number)
    try:
        yield
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
