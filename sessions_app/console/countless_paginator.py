from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

PAGE_MAX = 1_000_000


class CountlessPaginator(Paginator):  # type: ignore[type-arg]  # generic in the stub alone
    """A paginator that looks one row ahead and does not count, for very long logs."""

    def __init__(self, rows: QuerySet[Any], per_page: int, page: int) -> None:
        super().__init__(rows, per_page)
        self._rows = rows
        self._page = min(max(page, 1), PAGE_MAX)

    @cached_property
    def count(self) -> int:
        """The number of rows up to this page's end, plus one if there are more."""
        return self._start + len(self._keys)

    def page(self, number: Any) -> Any:
        if self.validate_number(number) != self._page:
            return super().page(number)
        keys = self._keys[: self.per_page]
        # Rows are read by key, so skipped rows cost only their key. Without an order:
        # for an order SQLite would read all rows.
        rows = self._rows.order_by().in_bulk(keys)
        return Page([rows[key] for key in keys if key in rows], self._page, self)

    @property
    def _start(self) -> int:
        return (self._page - 1) * self.per_page

    @cached_property
    def _keys(self) -> list[Any]:
        keys = self._rows.values_list("pk", flat=True)
        return list(keys[self._start : self._start + self.per_page + 1])
