import json
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string

from sessions_app.log.database.errors import is_disk_full, is_read_only


@dataclass(frozen=True, slots=True)
class Unavailable:
    """An answer to a request that cannot be served now, and may be soon."""

    title: str
    text: str
    status: int = 503

    def body(self, accepts: str) -> tuple[str, bytes]:
        """Return content type and body: a page for browsers, JSON for others."""
        if "text/html" in accepts:
            page = render_to_string(
                "503.html", {"title": self.title, "text": self.text}
            )
            return "text/html; charset=utf-8", page.encode()
        # `error` is for the pages, the rest a problem document (RFC 9457).
        problem = {"type": "about:blank", "title": self.title, "status": self.status}
        problem |= {"detail": self.text, "error": self.text}
        return "application/problem+json", json.dumps(problem).encode()


DATABASE_AWAY = Unavailable(
    "The database does not answer",
    "The database of this server does not answer. Running sessions go on, and no event "
    "is lost: try again in a moment.",
)
DISK_FULL = Unavailable(
    "The disk is full",
    "The disk of the database is full, so nothing can be changed and nobody can sign "
    "in. Running sessions wait, and no event is lost: who looks after this server has "
    "to make room.",
)
READ_ONLY = Unavailable(
    "The database cannot be written",
    "The database of this server cannot be written for now: it may be a standby, or "
    "under maintenance. Nothing can be changed until it is open again.",
)
BUSY = Unavailable(
    "The server is busy",
    "The server has more requests than it can serve. Try again in a moment.",
)
TOO_MANY = Unavailable(
    "Too many requests",
    "You have too many requests under way at once. Wait until some of them have ended, "
    "then try again.",
    status=429,
)


def unavailable_for(error: BaseException) -> Unavailable:
    """Say why the database could not do what was asked of it."""
    if is_disk_full(error):
        return DISK_FULL
    return READ_ONLY if is_read_only(error) else DATABASE_AWAY


def headers(content_type: str, body: bytes) -> dict[str, str]:
    return {
        "content-type": content_type,
        "content-length": str(len(body)),
        "retry-after": str(settings.RETRY_AFTER_S),
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
