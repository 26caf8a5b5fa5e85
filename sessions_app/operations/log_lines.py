import json
import logging
import re
from ast import literal_eval
from contextvars import ContextVar
from datetime import UTC, datetime

from sessions_app.operations.redacted import RedactedFormatter

# The session that the current task works for. Its id is added to every line that the
# task, or a library that it calls, logs.
SESSION: ContextVar[str] = ContextVar("session", default="")
PAIR = re.compile(r"""\b([a-z_]+)=('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\S+)""")


class LineFormatter(RedactedFormatter):
    """One line of `key=value` an entry; a traceback follows on lines of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        line = super().formatMessage(record).replace("\r", "\\r").replace("\n", "\\n")
        session = SESSION.get()
        if session and "session=" not in line:
            line += f" session={session}"
        return line


class JsonFormatter(RedactedFormatter):
    """Formats an entry as a line of JSON; the `key=value` of messages become fields."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, UTC)
        entry = {
            "time": when.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
        }
        if SESSION.get():
            entry["session"] = SESSION.get()
        if record.message.startswith("event="):
            entry |= {key: _value(text) for key, text in PAIR.findall(record.message)}
        else:
            entry["message"] = record.message
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        # Secrets are masked value by value: stars over a backslash would break the
        # JSON.
        clean = {key: self.redacted(text) for key, text in entry.items()}
        return json.dumps(clean, ensure_ascii=False)

    def format(self, record: logging.LogRecord) -> str:
        # The JSON line contains the traceback already; drop the one that logging
        # appends.
        return super().format(record).partition("\n")[0]


def _value(text: str) -> str:
    return str(literal_eval(text)) if text[0] in "'\"" else text
