from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

PAGE_MAX = 1_000_000


class CountlessPaginator(Paginator):  # type: ignore[type-arg]  # generic in the stub alone
    """Looks one row ahead of its page instead of counting: a log may be very long."""

    def __init__(self, rows: QuerySet[Any], per_page: int, page: int) -> None:
        super().__init__(rows, per_page)
        self._rows = rows
        self._page = min(max(page, 1), PAGE_MAX)

    @cached_property
    def count(self) -> int:
        """The rows up to this page's end, and one more where there is one."""
        return self._start + len(self._keys)

    def page(self, number: Any) -> Any:
        if self.validate_number(number) != self._page:
            return super().page(number)
        keys = self._keys[: self.per_page]
        # By their keys: what a row costs is not paid for those that are skipped. And
        # without an order, for whose sake SQLite would read all rows in it.
        rows = self._rows.order_by().in_bulk(keys)
        return Page([rows[key] for key in keys if key in rows], self._page, self)

    @property
    def _start(self) -> int:
        return (self._page - 1) * self.per_page

    @cached_property
    def _keys(self) -> list[Any]:
        keys = self._rows.values_list("pk", flat=True)
        return list(keys[self._start : self._start + self.per_page + 1])
