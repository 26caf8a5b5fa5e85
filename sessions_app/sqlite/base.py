import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from django.db.backends.sqlite3 import base

TURN_STEP_S = 0.0005  # between two tries to be the one writer


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL as SQLite has it, its values, and how many rows it should change."""

    sql: str
    values: Sequence[object]
    rows: int


class PatientCursor(base.SQLiteCursorWrapper):
    """Waits for the one writer's turn by itself, in short steps.

    SQLite's own waiting is turned off. Its steps grow to 100 ms, and whoever sleeps so
    long is passed by all others: with eight writers commits took that long though the
    file was idle. And it holds the connection's mutex, which whoever frees a cursor of
    that connection needs: a garbage collection amid another thread's transaction, for
    one. Then each waited for the other until the waiting had lasted too long.
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
            # Its statement would live on in the error's traceback, a cycle. Whichever
            # thread frees that resets the connection's last error, and what has failed
            # there at that moment passes for done (CPython's sqlite3 asks for it late).
            self.close()
            raise

    def run(self, sql: str, values: Sequence[object] = ()) -> None:
        """Execute SQL as SQLite has it, with question marks."""
        self._in_turn(lambda: sqlite3.Cursor.execute(self, sql, values))

    def executemany(self, query: str, param_list: Iterable[Any]) -> Any:
        """Each is a statement of its own, and so may have to wait."""
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
    """Tell whether waiting helps: it makes no snapshot new."""
    code = error.sqlite_errorcode
    return code & 0xFF == sqlite3.SQLITE_BUSY and code != sqlite3.SQLITE_BUSY_SNAPSHOT


class DatabaseWrapper(base.DatabaseWrapper):
    """SQLite kept open between queries, unless its file was replaced meanwhile.

    To open it costs a millisecond, ten times a query; but a connection to a file
    that was moved away (a restore) would go on reading the old one for ever.
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
        """Run statements as one transaction, past Django's layers.

        Those take longer than the statements, and each call of SQLite's gives Python's
        lock away: here are as few as can be. False: one of them changed another number
        of rows than it should, and nothing is written. Raises DatabaseError, and of
        values that SQLite cannot hold OverflowError or UnicodeEncodeError.
        """
        self.ensure_connection()
        try:
            return self._write(statements)
        finally:
            # If even the rollback failed, nobody could write while this is open.
            if self.connection.in_transaction and not self.in_atomic_block:
                self.close()

    def _write(self, statements: Sequence[Statement]) -> bool:
        with self.wrap_database_errors, closing(self.create_cursor()) as cursor:
            cursor.run("BEGIN IMMEDIATE")  # refused amid somebody else's transaction
            try:
                for statement in statements:
                    cursor.run(statement.sql, statement.values)
                    if cursor.rowcount != statement.rows:
                        return False
                cursor.run("COMMIT")
            finally:  # also where Python refused a value: nobody else could write
                if self.connection.in_transaction:
                    self.connection.rollback()
        return True

    def _inode_now(self) -> int:
        try:
            # Asked before each query: a Path of it would cost more than the query.
            return os.stat(self.settings_dict["NAME"]).st_ino  # noqa: PTH116 as said
        except FileNotFoundError:
            return 0
