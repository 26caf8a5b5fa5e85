import json
import logging
import sys
from contextvars import copy_context

import pytest

from sessions_app.operations.log_lines import SESSION, JsonFormatter, LineFormatter


def record(message: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord("sessions_app.x", 30, "x.py", 1, message, args, None)


def failed() -> logging.LogRecord:
    one = record("event=failed")
    try:
        raise ValueError("no\nway")
    except ValueError:
        one.exc_info = sys.exc_info()
    return one


def read(one: logging.LogRecord) -> dict[str, str]:
    line = JsonFormatter().format(one)
    assert "\n" not in line
    fields: dict[str, str] = json.loads(line)
    return fields


def test_values_of_a_message_are_fields() -> None:
    fields = read(record("event=gone session=%s error=%r", "s_a", 'it\'s "no"\n'))
    assert fields["event"] == "gone"
    assert fields["session"] == "s_a"
    assert fields["error"] == 'it\'s "no"\n'
    assert (fields["level"], fields["logger"]) == ("WARNING", "sessions_app.x")


def test_other_peoples_messages_stay_whole() -> None:
    assert read(record("GET %s", "/a=1"))["message"] == "GET /a=1"


@pytest.mark.parametrize("message", ["event=x at=/signin/abc-1/", "/signin/abc-1/"])
def test_sign_in_tokens_stay_out(message: str) -> None:
    for formatter in (LineFormatter(), JsonFormatter()):
        assert "abc-1" not in formatter.format(record(message))


def test_traceback_is_part_of_the_json_and_below_the_line() -> None:
    assert "ValueError: no\nway" in read(failed())["traceback"]
    first, _, below = LineFormatter().format(failed()).partition("\n")
    assert first == "event=failed"
    assert below.endswith("ValueError: no\nway")


def test_a_message_cannot_forge_a_line() -> None:
    assert "\n" not in LineFormatter().format(record("x %s", "\nlevel=ERROR forged"))


def test_what_a_sessions_task_logs_carries_its_id() -> None:
    def log() -> tuple[str, str, str]:
        SESSION.set("s_a")
        line = LineFormatter().format
        return (
            line(record("x")),
            line(record("session=s_b")),
            read(record("x"))["session"],
        )

    assert copy_context().run(log) == ("x session=s_a", "session=s_b", "s_a")
