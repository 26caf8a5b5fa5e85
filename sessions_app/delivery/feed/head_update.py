from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from sessions_app.log.head import Head, read_heads
from sessions_app.log.page import Page, read_page


@dataclass(frozen=True, slots=True)
class HeadUpdate:
    """A watched session's head, and the page of events after its window's head."""

    head: Head
    page: Page | None


def read_head_update(windows: Mapping[str, int]) -> list[HeadUpdate]:
    """Read the heads of sessions, and the events after each window's head.

    `windows`: the windows' heads by session id. All of it is one job of a reader,
    because handing a query to a thread and back costs more than the query. At most
    NEWS_MAX_PAGES pages are read. Sessions that do not exist are left out.
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
