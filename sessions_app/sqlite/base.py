import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from django.db.backends.sqlite3 import base

TURN_STEP_S = 0.0005  # seconds between two attempts to get the write lock


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with `?` placeholders, its values, and how many rows it must change."""

    sql: str
    values: Sequence[object]
    rows: int


class PatientCursor(base.SQLiteCursorWrapper):
    """A cursor that waits for the write lock itself, in short steps.

    SQLite's own busy handler is turned off, for two reasons. Its sleeps grow to 100 ms,
    and a writer that sleeps so long is overtaken by all others: with eight writers,
    commits took that long although the file was idle. Also, it sleeps while holding
    the connection's mutex, which is needed to free a cursor of that connection. A
    garbage collection in another thread's transaction may free one. Then the two
    threads waited for each other until the timeout.
    """

    def __init__(self, connection: sqlite3.Connection, patience_s: float) -> None:
        super().__init__(connection)
        self._patience_s = patience_s

    def execute(self, query: str, params: Any = None) -> Any:
        return self._in_turn(lambda: super(PatientCursor, self).execute(query, params))

    def _in_turn(self, execute: Callable[[], Any]) -> Any:
        try:
            return self._wait_for(execute)
        except sqlite3.Error:
            # Close the cursor now: otherwise its statement stays alive in the error's
            # traceback, a reference cycle. The thread that frees the cycle resets the
            # connection's last error. CPython's sqlite3 reads that error late, so a
            # statement failing at that moment would be taken for successful.
            self.close()
            raise

    def run(self, sql: str, values: Sequence[object] = ()) -> None:
        """Execute SQL with SQLite's own `?` placeholders."""
        self._in_turn(lambda: sqlite3.Cursor.execute(self, sql, values))

    def executemany(self, query: str, param_list: Iterable[Any]) -> Any:
        """Execute one statement per item, each of which may wait for the lock."""
        for params in param_list:
            self.execute(query, params)
        return self

    def _wait_for(self, execute: Callable[[], Any]) -> Any:
        latest = None
        while True:
            try:
                return execute()
            except sqlite3.OperationalError as error:
                now = time.monotonic()
                latest = latest or now + self._patience_s
                if not _is_busy(error) or now > latest:
                    raise
            time.sleep(TURN_STEP_S)


def _is_busy(error: sqlite3.OperationalError) -> bool:
    """Return whether waiting can help; it does not renew a stale snapshot."""
    code = error.sqlite_errorcode
    return code & 0xFF == sqlite3.SQLITE_BUSY and code != sqlite3.SQLITE_BUSY_SNAPSHOT


class DatabaseWrapper(base.DatabaseWrapper):
    """SQLite whose connection stays open between queries until its file is replaced.

    Opening the file takes a millisecond, ten times as long as a query. But a
    connection to a file that a restore has replaced would read the old file for ever.
    """

    _inode = 0

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        opened = super().get_new_connection(conn_params)
        opened.execute("PRAGMA busy_timeout = 0")
        self._inode = self._inode_now()
        return opened

    def create_cursor(self, name: str | None = None) -> Any:
        patience_s = self.settings_dict["OPTIONS"].get("timeout", 5)
        return self.connection.cursor(lambda opened: PatientCursor(opened, patience_s))

    def close_if_unusable_or_obsolete(self) -> None:
        is_idle = self.connection is not None and not self.in_atomic_block
        if is_idle and self._inode != self._inode_now():
            self.close()
        super().close_if_unusable_or_obsolete()

    def write(self, *statements: Statement) -> bool:
        """Run statements as one transaction, bypassing Django's layers.

        Django's layers take longer than the statements, and every call into SQLite
        releases the GIL, so this makes as few calls as possible. Returns False, with
        nothing written, if a statement did not change the expected number of rows.
        Raises DatabaseError, and OverflowError or UnicodeEncodeError for values that
        SQLite cannot store.
        """
        self.ensure_connection()
        try:
            return self._write(statements)
        finally:
            # If the rollback has failed too, close the connection: its open transaction
            # would block all other writers.
            if self.connection.in_transaction and not self.in_atomic_block:
                self.close()

    def _write(self, statements: Sequence[Statement]) -> bool:
        with self.wrap_database_errors, closing(self.create_cursor()) as cursor:
            cursor.run("BEGIN IMMEDIATE")  # fails if the caller has a transaction open
            try:
                for statement in statements:
                    cursor.run(statement.sql, statement.values)
                    if cursor.rowcount != statement.rows:
                        return False
                cursor.run("COMMIT")
            finally:  # also if Python rejected a value: others must be able to write
                if self.connection.in_transaction:
                    self.connection.rollback()
        return True

    def _inode_now(self) -> int:
        try:
            # Called before each query: building a Path would take longer than a query.
            return os.stat(self.settings_dict["NAME"]).st_ino  # noqa: PTH116 as said
        except FileNotFoundError:
            return 0
