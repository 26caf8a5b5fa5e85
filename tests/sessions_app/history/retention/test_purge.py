import io
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from sessions_app.history.retention.redaction import redact_text
from sessions_app.models import (
    AgentSession,
)
from tests.sessions_app.history.retention.conftest import SECRET

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]


def files() -> dict[str, bytes]:
    """Read the database's files, as they lie on the disk."""
    if connection.vendor == "sqlite":
        path = Path(connection.settings_dict["NAME"])
        found = path.parent.glob(f"{path.name}*")
        return {file.name: file.read_bytes() for file in found}
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute(
            "SELECT relname, pg_read_binary_file(pg_relation_filepath(oid)) "
            "FROM pg_class WHERE pg_relation_filepath(oid) LIKE 'base/%'"
        )
        return {name: bytes(data) for name, data in cursor.fetchall()}


def test_purge_leaves_no_byte_in_the_files(session: AgentSession) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # what a planner notes down quotes what rows say
    assert [name for name, data in files().items() if b"hunter2" in data]
    redact_text(session, SECRET, None)
    call_command("purge", stdout=io.StringIO())
    left = files()
    assert [name for name, data in left.items() if b"hunter2" in data] == []
    assert b"password" in b"".join(left.values())


def test_purge_waits_for_who_reads_at_that_moment(session: AgentSession) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL waits by itself")
    path = connection.settings_dict["NAME"]
    with closing(sqlite3.connect(path, check_same_thread=False)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sessions_app_event").fetchall()
        end = threading.Timer(0.5, reader.rollback)
        end.start()
        call_command("purge", stdout=io.StringIO())
        end.join()
