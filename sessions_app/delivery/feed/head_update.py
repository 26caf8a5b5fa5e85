from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from sessions_app.log.head import Head, read_heads
from sessions_app.log.page import Page, read_page


@dataclass(frozen=True, slots=True)
class HeadUpdate:
    """How far a watched log goes, and the page after what is known of it."""

    head: Head
    page: Page | None


def read_head_update(windows: Mapping[str, int]) -> list[HeadUpdate]:
    """Read the heads of sessions, and what has come since those that are known.

    All in one turn of a reader: handing a query to a thread and back costs more than
    the query. Sessions that do not exist are left out.
    """
    left = settings.NEWS_MAX_PAGES
    found: list[HeadUpdate] = []
    for head in read_heads(windows.keys()):
        known = windows[head.session_id]
        page = None
        if head.seq > known and left:
            left -= 1
            page = read_page(head.session_id, known)
        found.append(HeadUpdate(head, page))
    return found
