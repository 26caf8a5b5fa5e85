import shutil
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.db.models import Max

from sessions_app.models import Event, Output

SQLITE = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
POSTGRES = "SELECT pg_database_size(current_database())"


@dataclass(frozen=True, slots=True)
class StorageUse:
    """How much the database holds, and what is left on the disk of the data directory.

    In bytes; `events` counts all that were ever written, also those deleted since.
    """

    database: int
    events: int
    outputs: int
    free: int
    total: int


def storage_use() -> StorageUse:
    """Measure the storage, without reading any table: sizes and last numbers alone."""
    sql = SQLITE if connection.vendor == "sqlite" else POSTGRES
    with connection.cursor() as cursor:
        cursor.execute(sql)
        size = int(cursor.fetchone()[0])
    disk = shutil.disk_usage(settings.DATA_DIR)
    events = Event.objects.order_by().aggregate(last=Max("pk"))["last"] or 0
    outputs = Output.objects.order_by()[: settings.CONSOLE_COUNT_MAX].count()
    return StorageUse(size, events, outputs, disk.free, disk.total)
