import logging
import threading

import pytest
from django.conf import LazySettings

from sessions_app.log.database.repeated_warning import RepeatedWarning

logger = logging.getLogger(__name__)


def test_what_fails_for_long_is_said_at_first_and_then_at_intervals_with_a_count(
    settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.LOG_REPEAT_S = 3600.0
    warning = RepeatedWarning(logger, "read_retry")

    def fail() -> None:
        for _ in range(500):
            warning.note(OSError("no 'route'"))

    threads = [threading.Thread(target=fail) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first = "event=read_retry times=1 error=\"no 'route'\""
    assert caplog.messages == [first]
    settings.LOG_REPEAT_S = 0.0
    warning.note(OSError("again"))
    assert caplog.messages == [first, "event=read_retry times=4000 error='again'"]
