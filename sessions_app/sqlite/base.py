import os
import time
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

TURN_STEP_S = 0.0005  # between two tries to be the one writer


class DatabaseWrapper(base.DatabaseWrapper):
    """SQLite kept open between queries, unless its file was replaced meanwhile.

    To open it costs a millisecond, ten times a query; but a connection to a file
    that was moved away (a restore) would go on reading the old one for ever.
    """

    _inode = 0

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        opened = super().get_new_connection(conn_params)
        self._inode = self._inode_now()
        return opened

    def close_if_unusable_or_obsolete(self) -> None:
        is_idle = self.connection is not None and not self.in_atomic_block
        if is_idle and self._inode != self._inode_now():
            self.close()
        super().close_if_unusable_or_obsolete()

    def _start_transaction_under_autocommit(self) -> None:
        """Wait for the one writer's turn in short steps.

        SQLite's own steps grow to 100 ms, and whoever sleeps so long is passed by all
        others: with eight writers commits took that long though the file was idle.
        """
        seconds = self.settings_dict["OPTIONS"].get("timeout", 5)
        latest = time.monotonic() + seconds
        self.connection.execute("PRAGMA busy_timeout = 0")
        try:
            while not self._begins(is_last=time.monotonic() > latest):
                time.sleep(TURN_STEP_S)
        finally:
            self.connection.execute(f"PRAGMA busy_timeout = {int(1000 * seconds)}")

    def _begins(self, is_last: bool) -> bool:
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # not in the stub
        except OperationalError as error:
            if is_last or "locked" not in str(error):
                raise
            return False
        return True

    def _inode_now(self) -> int:
        try:
            # Asked before each query: a Path of it would cost more than the query.
            return os.stat(self.settings_dict["NAME"]).st_ino  # noqa: PTH116 as said
        except FileNotFoundError:
            return 0
