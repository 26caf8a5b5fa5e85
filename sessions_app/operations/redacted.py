import logging
import re

from sessions_app.masking.secret_spans import without_secrets

TOKEN = re.compile(r"(/(?:signin|share)/)[-\w]+")


class RedactedFormatter(logging.Formatter):
    """Removes secrets and the tokens of sign-in and share links from log lines."""

    def format(self, record: logging.LogRecord) -> str:
        return self.redacted(super().format(record))

    def redacted(self, text: str) -> str:
        return without_secrets(TOKEN.sub(r"\1…", text))
