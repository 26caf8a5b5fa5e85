from typing import Any

from django.db.backends.postgresql import base

from sessions_app.postgres.pooled import POOLED


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL with a connection pool for HTTP requests, and none for other threads.

    Each request has a thread of its own. With a connection per thread, a hundred
    concurrent requests would use up the server's connection limit, so requests share a
    pool of a configured size. Threads that live as long as the process (the log's, the
    readers') keep their connections: taking one from a pool and checking it for each
    commit would cost more than the commit's own round trip.
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
            self.close_at = None  # no maximum age; pooled ones are returned anyway
