import json
import logging
import re
from ast import literal_eval
from contextvars import ContextVar
from datetime import UTC, datetime

from sessions_app.operations.redacted import RedactedFormatter

# The session that a task works for: what it logs, and what libraries log for it,
# carries the id.
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
    """One line of JSON an entry: what our own messages say as `key=value` as fields."""

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
        # Value by value: stars over a backslash of JSON's would spoil the line.
        clean = {key: self.redacted(text) for key, text in entry.items()}
        return json.dumps(clean, ensure_ascii=False)

    def format(self, record: logging.LogRecord) -> str:
        # The first line is the JSON, tracebacks included; below it would come again.
        return super().format(record).partition("\n")[0]


def _value(text: str) -> str:
    return str(literal_eval(text)) if text[0] in "'\"" else text
