import logging
import math
import threading
import time

from django.conf import settings


class RepeatedWarning:
    """Logs a repeated failure the first time, then at intervals with a count.

    While a database is unreachable thousands of attempts fail; a line for each would
    fill the disk and hide everything else. Usable from any thread.
    """

    def __init__(self, logger: logging.Logger, event: str) -> None:
        self._logger = logger
        self._event = event
        self._lock = threading.Lock()
        self._logged_at = -math.inf  # time of the last line, by time.monotonic()
        self._count = 0  # failures since the last line

    def note(self, error: BaseException) -> None:
        """Count a failure; log it if LOG_REPEAT_S have passed since the last line."""
        now = time.monotonic()
        with self._lock:
            self._count += 1
            if now - self._logged_at < settings.LOG_REPEAT_S:
                return
            count, self._count, self._logged_at = self._count, 0, now
        self._logger.warning(
            "event=%s times=%d error=%r", self._event, count, str(error)
        )
