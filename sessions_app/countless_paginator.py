from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet

PAGE_MAX = 1_000_000


class CountlessPaginator(Paginator):  # type: ignore[type-arg]
    """Looks one row ahead of its page instead of counting: a log may be very long."""

    def __init__(self, rows: QuerySet[Any], per_page: int, page: int) -> None:
        super().__init__(rows, per_page)
        self._rows = rows
        self._page = min(max(page, 1), PAGE_MAX)

    @cached_property
    def count(self) -> int:
        """The rows up to this page's end, and one more where there is one."""
        start = (self._page - 1) * self.per_page
        ahead = self._rows.values_list("pk")[start : start + self.per_page + 1]
        return start + len(ahead)
