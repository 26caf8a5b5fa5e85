from typing import Any

from django.db.backends.postgresql import base

from sessions_app.postgres.pooled import POOLED


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL by a pool for HTTP requests, and by lasting connections for the rest.

    Each request has a thread of its own, so a connection a thread would be one a
    request: a hundred requests at once would take all that the server allows. Requests
    share a pool of a stated size. The threads that live as long as the process (the
    log's, the readers') keep their connections: to fetch one from a pool and check it
    for each commit would cost more than the commit's own trip.
    """

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        super().__init__(settings_dict, alias)
        self.is_pooled = POOLED.get()

    @property
    def pool(self) -> Any:
        return super().pool if self.is_pooled else None

    def connect(self) -> None:
        super().connect()
        if not self.is_pooled:
            self.close_at = None  # never by age; a pooled one goes back at once
