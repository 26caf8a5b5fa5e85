import logging
import re

TOKEN = re.compile(r"(/(?:signin|share)/)[-\w]+")


class RedactedFormatter(logging.Formatter):
    """Keeps tokens of sign-in and share links out of the logs, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return TOKEN.sub(r"\1…", super().format(record))
