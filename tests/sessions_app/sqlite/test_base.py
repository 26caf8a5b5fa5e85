import gc
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Timer

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.db.utils import load_backend

from sessions_app.sqlite.base import DatabaseWrapper, Statement

pytestmark = pytest.mark.django_db


def write(path: Path, word: str) -> None:
    """Make a database that holds one word."""
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE words (word TEXT)")
        database.execute("INSERT INTO words VALUES (?)", (word,))
    database.close()


def read(database: DatabaseWrapper) -> str:
    """Read the word as the project's readers do."""
    database.close_if_unusable_or_obsolete()
    with database.cursor() as cursor:
        cursor.execute("SELECT word FROM words")
        (word,) = cursor.fetchone()
    return str(word)


def update(database: DatabaseWrapper) -> None:
    with database.cursor() as cursor:
        cursor.execute("UPDATE words SET word = %s", ["second"])


@pytest.fixture
def database(tmp_path: Path) -> Iterator[DatabaseWrapper]:
    settings = connection.settings_dict | {
        "NAME": str(tmp_path / "words.sqlite3"),
        "OPTIONS": {"transaction_mode": "IMMEDIATE"},
        "CONN_MAX_AGE": None,
    }
    write(tmp_path / "words.sqlite3", "first")
    backend = load_backend("sessions_app.sqlite")
    database = backend.DatabaseWrapper(settings)
    yield database
    database.close()


def test_a_connection_stays_open_between_queries(database: DatabaseWrapper) -> None:
    assert read(database) == "first"
    opened = database.connection
    assert read(database) == "first"
    assert database.connection is opened


def test_a_restored_file_is_read_by_the_next_query(
    database: DatabaseWrapper, tmp_path: Path
) -> None:
    assert read(database) == "first"
    write(tmp_path / "restored.sqlite3", "second")
    (tmp_path / "restored.sqlite3").rename(tmp_path / "words.sqlite3")
    assert read(database) == "second"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Have another writer hold the file, for a moment."""
    other = sqlite3.connect(path, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    turn = Timer(0.05, other.rollback)
    turn.start()
    yield
    turn.join()
    other.close()


def test_a_writer_waits_for_its_turn(database: DatabaseWrapper, tmp_path: Path) -> None:
    with locked(tmp_path / "words.sqlite3"):
        database.set_autocommit(
            False, force_begin_transaction_with_broken_autocommit=True
        )
    database.rollback()


def test_a_writer_does_not_wait_for_ever(
    database: DatabaseWrapper, tmp_path: Path
) -> None:
    database.settings_dict["OPTIONS"]["timeout"] = 0.05
    with closing(sqlite3.connect(tmp_path / "words.sqlite3")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"):
            database.set_autocommit(
                False, force_begin_transaction_with_broken_autocommit=True
            )
    assert read(database) == "first"


def test_a_statement_of_its_own_waits_for_its_turn(
    database: DatabaseWrapper, tmp_path: Path
) -> None:
    assert read(database) == "first"
    with locked(tmp_path / "words.sqlite3"):
        update(database)
    assert read(database) == "second"


def word(new: str, rows: int) -> Statement:
    return Statement("UPDATE words SET word = ?", [new], rows)


def test_a_write_waits_for_its_turn(database: DatabaseWrapper, tmp_path: Path) -> None:
    assert read(database) == "first"
    with locked(tmp_path / "words.sqlite3"):
        assert database.write(word("second", 1), word("third", 1))
    assert read(database) == "third"


def test_a_write_of_other_rows_than_it_should_writes_nothing(
    database: DatabaseWrapper,
) -> None:
    assert not database.write(word("second", 1), word("third", 2))
    assert read(database) == "first"


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (Statement("DELETE FROM nowhere", [], 0), OperationalError),
        (Statement("UPDATE words SET word = ?", [2**70], 1), OverflowError),
        (Statement("UPDATE words SET word = ?", ["\ud83d"], 1), UnicodeEncodeError),
    ],
)
def test_a_write_that_fails_writes_nothing_and_lets_others_write(
    database: DatabaseWrapper, tmp_path: Path, bad: Statement, error: type[Exception]
) -> None:
    with pytest.raises(error):
        database.write(word("second", 1), bad)
    assert read(database) == "first"
    with closing(sqlite3.connect(tmp_path / "words.sqlite3", timeout=0)) as other:
        other.execute("BEGIN IMMEDIATE")
    assert database.write(word("second", 1))


def test_a_write_whose_rollback_fails_lets_others_write(
    database: DatabaseWrapper, tmp_path: Path
) -> None:
    database.ensure_connection()
    database.connection.set_authorizer(
        lambda action, what, *_: (
            sqlite3.SQLITE_DENY
            if (action, what) == (sqlite3.SQLITE_TRANSACTION, "ROLLBACK")
            else sqlite3.SQLITE_OK
        )
    )
    with pytest.raises(DatabaseError):
        database.write(word("second", 1), word("third", 2))
    with closing(sqlite3.connect(tmp_path / "words.sqlite3", timeout=0)) as other:
        other.execute("BEGIN IMMEDIATE")
    assert database.write(word("second", 1))
    assert read(database) == "second"


def test_many_statements_wait_for_their_turn(
    database: DatabaseWrapper, tmp_path: Path
) -> None:
    assert read(database) == "first"
    with locked(tmp_path / "words.sqlite3"), database.cursor() as cursor:
        cursor.executemany("UPDATE words SET word = %s", [["second"], ["third"]])
    assert read(database) == "third"


def test_who_waits_does_not_hold_up_the_writer_who_frees_its_cursor(
    database: DatabaseWrapper, tmp_path: Path
) -> None:
    """As a garbage collection does that happens to run amid a transaction."""
    database.inc_thread_sharing()
    database.settings_dict["OPTIONS"]["timeout"] = 5
    unread = [database.cursor()]
    unread[0].execute("VALUES (1), (2)")
    is_trying = Event()
    database.connection.set_trace_callback(lambda statement: is_trying.set())
    with (
        closing(sqlite3.connect(tmp_path / "words.sqlite3")) as writer,
        ThreadPoolExecutor(1) as thread,
    ):
        writer.execute("BEGIN IMMEDIATE")
        waiting = thread.submit(update, database)
        is_trying.wait()
        unread.clear()
        writer.rollback()
        waiting.result()


def test_a_cursor_that_failed_leaves_no_statement_to_who_frees_it(
    database: DatabaseWrapper,
) -> None:
    with database.cursor() as cursor:
        with pytest.raises(OperationalError, match="overflow"):
            cursor.execute("SELECT abs(-9223372036854775808)")
        held = gc.get_referents(cursor.cursor)
    assert "Statement" not in {type(each).__name__ for each in held}


def test_who_reads_an_old_state_does_not_wait_to_write(
    database: DatabaseWrapper, tmp_path: Path
) -> None:
    write_row = "INSERT INTO words VALUES ('another')"
    other = sqlite3.connect(tmp_path / "words.sqlite3", isolation_level=None)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute(write_row)
    tries: list[str] = []
    with database.cursor() as reading, database.cursor() as writing:
        reading.execute("SELECT word FROM words")
        other.execute(write_row)
        database.connection.set_trace_callback(tries.append)
        with pytest.raises(OperationalError, match="locked"):
            writing.execute(write_row)
    assert len(tries) == 1
    other.close()
