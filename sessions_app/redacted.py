import logging
import re

TOKEN = re.compile(r"(/signin/)[-\w]+")


class RedactedFormatter(logging.Formatter):
    """Keeps sign-in tokens out of the logs, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return TOKEN.sub(r"\1…", super().format(record))
