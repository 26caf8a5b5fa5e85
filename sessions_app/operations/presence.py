from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.db.models import QuerySet
from django.db.models.functions import Now

from sessions_app.log.database.reader import Reader
from sessions_app.log.leases.process_identity import Lease
from sessions_app.models import RunnerProcess, WebProcess

Model = type[RunnerProcess] | type[WebProcess]


class Presence:
    """Keeps this process's row, which shows that the process runs, and its load."""

    def __init__(self, model: Model, reader: Reader) -> None:
        self._model = model
        self._reader = reader
        self._lease = Lease.new()

    async def beat(self, **facts: Any) -> None:
        await self._reader.read(self.write, facts)

    def touch(self) -> bool:
        """Renew the row's heartbeat; False if the row was not written yet."""
        return bool(self._rows().update(heartbeat_at=Now()))

    async def leave(self) -> None:
        """Delete the row; if the database is unavailable, the heartbeat simply ages."""
        with suppress(DatabaseError):
            await self._reader.read_once(self._rows().delete)

    def write(self, facts: dict[str, Any]) -> None:
        if not self._rows().update(heartbeat_at=Now(), **facts):
            lease = self._lease
            self._model._default_manager.create(
                name=lease.process, host=lease.host, pid=lease.pid, **facts
            )
            self._forget_old()

    def _forget_old(self) -> None:
        oldest = Now() - timedelta(seconds=settings.PROCESS_KEPT_S)
        self._model._default_manager.filter(heartbeat_at__lt=oldest).delete()

    def _rows(self) -> QuerySet[Any]:
        return self._model._default_manager.filter(name=self._lease.process)


def present(model: Model) -> QuerySet[Any]:
    """Return the rows of the processes with a recent heartbeat."""
    oldest = Now() - timedelta(seconds=settings.LEASE_TIMEOUT_S)
    return model._default_manager.filter(heartbeat_at__gte=oldest)
