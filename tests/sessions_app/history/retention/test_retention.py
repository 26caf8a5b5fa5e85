import io
import subprocess
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from sessions_app.history.retention.retention import erase, prune, surplus
from sessions_app.history.search import table as search_table
from sessions_app.history.search.indexer import index
from sessions_app.models import AgentSession, Event, Output
from sessions_app.protocol.events import Text
from tests.sessions_app.logbook import (
    change,
    closing_its_connection,
    held_session,
    held_up,
    write_log,
)

pytestmark = pytest.mark.conformance


@pytest.fixture
def sessions(db: None) -> None:
    """A session with a child, of 10, 20, 30 and 40 days ago."""
    search_table.forget_all()
    for days in (10, 20, 30, 40):
        top = AgentSession.objects.create(
            id=f"s_{days}", title=f"of {days}", status="completed"
        )
        child = AgentSession.objects.create(
            id=f"s_{days}c", parent=top, status="completed"
        )
        write_log(top, Text(block="m1.0", text="x" * 500))
        write_log(child, Text(block="m1.0", text="x" * 500))
        Output.objects.create(session=child, data=b"x" * 100, total_bytes=100)
        change(top.id, updated_at=timezone.now() - timedelta(days=days))
        while index(top.pk):
            pass


def run(**options: object) -> str:
    out = io.StringIO()
    call_command("prune", stdout=out, **options)
    return out.getvalue()


def left() -> set[str]:
    return set(AgentSession.objects.values_list("id", flat=True))


def searchable() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM sessions_app_search_terms")
        (count,) = cursor.fetchone()
    return int(count)


@pytest.mark.usefixtures("sessions")
def test_what_is_older_goes_with_all_that_is_its() -> None:
    assert "2 sessions" in run(older_than="25d")
    assert left() == {"s_10", "s_10c", "s_20", "s_20c"}
    assert Event.objects.count() == 4
    assert Output.objects.count() == 2
    assert searchable() == 2


@pytest.mark.usefixtures("sessions")
def test_the_oldest_go_until_the_rest_is_small_enough() -> None:
    run(larger_than="3KB")
    assert left() == {"s_10", "s_10c", "s_20", "s_20c"}
    run(larger_than="0")
    assert left() == set()


@pytest.mark.usefixtures("sessions")
def test_dry_run_deletes_nothing() -> None:
    said = run(older_than="5w", larger_than="3KB", dry_run=True)
    assert "s_40" in said
    assert "s_30" in said
    assert "would go" in said
    assert len(left()) == 8


@pytest.mark.usefixtures("sessions")
def test_what_is_alive_stays_whatever_its_age() -> None:
    change("s_40", status="queued")
    change("s_30c", lease="a/b/1/2/c")
    change("s_20", status="waiting")
    run(older_than="1d")
    assert left() == {"s_40", "s_40c", "s_30", "s_30c", "s_20", "s_20c"}


@pytest.fixture
def workdirs(tmp_path: Path, settings: Settings) -> Path:
    """The fresh directories of all sessions."""
    settings.WORKDIRS_DIR = tmp_path / "workdirs"
    for days in (10, 20, 30, 40):
        (settings.WORKDIRS_DIR / f"s_{days}" / "deep").mkdir(parents=True)
        (settings.WORKDIRS_DIR / f"s_{days}" / "deep" / "file").write_text("made here")
        change(f"s_{days}", workdir=str(settings.WORKDIRS_DIR / f"s_{days}"))
    return tmp_path / "workdirs"


@pytest.mark.usefixtures("sessions")
def test_the_fresh_directories_of_what_is_gone_go_too(workdirs: Path) -> None:
    run(older_than="25d")
    assert {path.name for path in workdirs.iterdir()} == {"s_10", "s_20"}


@pytest.mark.usefixtures("sessions")
def test_a_directory_that_was_not_made_for_it_stays(
    workdirs: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    change("s_40", workdir=str(own))
    (workdirs / "s_30").rename(tmp_path / "elsewhere")
    (workdirs / "s_30").symlink_to(tmp_path / "elsewhere")
    run(older_than="25d")
    assert own.is_dir()
    assert (tmp_path / "elsewhere" / "deep" / "file").is_file()
    assert left() == {"s_10", "s_10c", "s_20", "s_20c"}


@pytest.mark.usefixtures("sessions")
def test_a_directory_in_which_another_session_works_stays(workdirs: Path) -> None:
    change("s_10", workdir=str(workdirs / "s_40" / "deep"))
    run(older_than="25d")
    assert (workdirs / "s_40" / "deep" / "file").is_file()
    assert not (workdirs / "s_30").exists()


@pytest.mark.usefixtures("sessions")
def test_a_session_stays_as_long_as_it_has_a_worktree(
    capsys: pytest.CaptureFixture[str],
) -> None:
    worktree = {"git_dir": "/repository/.git/worktrees/s_40"}
    change("s_40", worktree=worktree)
    assert "1 sessions" in run(older_than="25d")
    assert "s_40 stays" in capsys.readouterr().err
    assert {"s_40", "s_40c"} < left()
    change("s_40", worktree=worktree | {"gone": True})
    assert "1 sessions" in run(older_than="25d")
    assert "s_40" not in left()


@pytest.mark.usefixtures("sessions")
def test_what_was_resumed_since_it_was_found_stays() -> None:
    found = {one.session.pk: one.session for one in surplus(timezone.now(), None)}
    change("s_40", status="queued")
    pruned = prune([found["s_40"], found["s_30"], found["s_20"]])
    assert pruned.gone == {"s_30", "s_20"}
    assert not pruned.obstacles
    assert not prune([found["s_30"]]).gone
    assert left() == {"s_10", "s_10c", "s_40", "s_40c"}


@pytest.mark.usefixtures("sessions")
def test_a_directory_that_cannot_be_removed_keeps_its_session_and_no_other(
    workdirs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = workdirs / "s_30" / "mounted"
    elsewhere.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(elsewhere)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("may not mount a file system")
    try:
        assert "1 sessions" in run(older_than="25d")
    finally:
        subprocess.run(["umount", str(elsewhere)], check=True)
    assert "s_30 stays: " in capsys.readouterr().err
    assert left() == {"s_10", "s_10c", "s_20", "s_20c", "s_30", "s_30c"}
    assert AgentSession.objects.get(id="s_30").lease == ""
    assert Event.objects.filter(session="s_30c").exists()


@pytest.mark.usefixtures("sessions")
def test_many_sessions_go_in_few_statements() -> None:
    for number in range(40):
        one = AgentSession.objects.create(id=f"s_m{number}", status="completed")
        write_log(one, *[Text(block=f"m{n}.0", text="word") for n in range(5)])
        change(one.id, updated_at=timezone.now() - timedelta(days=99))
    with CaptureQueriesContext(connection) as asked:
        assert "42 sessions" in run(older_than="25d")
    assert len(asked) < 60


@pytest.mark.usefixtures("transactional_db")
def test_what_is_made_searchable_while_it_is_deleted_goes_too() -> None:
    search_table.forget_all()
    session = held_session(lease="", status="completed")
    write_log(session, Text(block="m1.0", text="found"))
    index(session.pk)
    write_log(session, Text(block="m1.1", text="found too"))
    deleting = threading.Thread(target=closing_its_connection(lambda: erase(session)))
    with held_up(lambda: index(session.pk)):
        deleting.start()
        deleting.join(1)  # or it waits for its turn
    deleting.join()
    assert not left()
    assert searchable() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "options", [{}, {"older_than": "90"}, {"older_than": "x"}, {"larger_than": "1TB"}]
)
def test_what_is_no_limit_is_explained(options: dict[str, str]) -> None:
    with pytest.raises(CommandError, match=r"--older-than|--larger-than"):
        run(**options)
