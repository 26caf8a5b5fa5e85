import os
import signal
import sys
import threading
import time

from django.core.management import execute_from_command_line

STOP_S = 15.0  # from SIGTERM to SIGKILL


def main() -> None:
    """Run a management command that ends when its stdin is closed.

    Stdin is a pipe that the parent holds and never writes to. On every system the
    kernel closes it when the parent ends, by kill -9 too.
    """
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    # The environment may name another project's settings.
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    execute_from_command_line(["manage.py", *sys.argv[1:]])


def _end_with_stdin() -> None:
    # Not sys.stdin: this thread would still hold its lock when Python exits.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_S)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
