import contextlib
import threading
from collections.abc import Callable, Iterator

Flip = Callable[[], None]


@contextlib.contextmanager
def flipping(*flips: Flip) -> Iterator[None]:
    """Change what names mean, over and over, on a thread beside the test."""
    ended = threading.Event()

    def flip() -> None:
        while not ended.is_set():
            for act in flips:
                with contextlib.suppress(OSError):  # a tool was quicker
                    act()
                ended.wait(0.0002)  # s; let the tools have their turn

    thread = threading.Thread(target=flip)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
