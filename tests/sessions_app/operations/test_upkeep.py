import json
import os
import time
from datetime import timedelta
from importlib import import_module
from io import StringIO
from pathlib import Path

import pytest
from axes.models import AccessAttempt
from django.conf import LazySettings, settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone

from sessions_app.models import AgentSession, Share, SigninLink
from sessions_app.operations.expired_rows import expired_rows
from sessions_app.operations.static_files import stale_static_files

DAY_S = 86_400
SignIn = import_module(settings.SESSION_ENGINE).SessionStore.get_model_class()


def upkeep(**options: object) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("upkeep", stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def age(path: Path, days: int) -> None:
    when = time.time() - days * DAY_S
    os.utime(path, (when, when))


@pytest.fixture
def places(settings: LazySettings, tmp_path: Path) -> Path:
    settings.WORKDIRS_DIR = tmp_path / "workdirs"
    settings.STATIC_ROOT = tmp_path / "static"
    return tmp_path


@pytest.fixture
def rows(db: None) -> None:
    """Of every kind one row that has had its time, and one that has not."""
    user = User.objects.create_user("anna")
    session = AgentSession.objects.create(title="t", prompt="p")
    now = timezone.now()
    SignIn.objects.create(session_key="new", expire_date=now + timedelta(1))
    SignIn.objects.create(session_key="old", expire_date=now - timedelta(1))
    for number, days in enumerate((1, 400)):
        then = now - timedelta(days=days)
        expires = now + timedelta(days=1) if days == 1 else then
        SigninLink.objects.create(token_hash=str(number), user=user, expires_at=expires)
        share = Share.objects.create(session=session, user=user, expires_at=then)
        share.people.add(user)
        attempt = AccessAttempt.objects.create(
            username=str(number), failures_since_start=1
        )
        AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=then)
        entry = LogEntry.objects.create(
            user=user, action_flag=CHANGE, object_repr=str(number)
        )
        LogEntry.objects.filter(pk=entry.pk).update(action_time=then)
    Share.objects.create(session=session, user=user)
    Share.objects.create(session=session, user=user, revoked_at=now - timedelta(31))


def test_rows_that_have_expired_go_and_no_others(rows: None, places: Path) -> None:
    expected = {
        "sign-ins that have expired": 1,
        "links to sign in that have expired": 1,
        "old wrong passwords": 1,
        "old entries of the admin's history": 1,
        "shares that ended long ago": 2,
    }
    said, _ = upkeep(dry_run=True)
    assert {kind.what: kind.count() for kind in expired_rows() if kind.count()} == (
        expected
    )
    assert upkeep()[0] == said
    assert [kind.count() for kind in expired_rows()] == [0] * len(expired_rows())
    left = (SignIn, SigninLink, AccessAttempt, LogEntry)
    assert [model.objects.count() for model in left] == [1, 1, 1, 1]
    assert Share.objects.count() == 2
    assert upkeep() == ("", "")


def test_more_rows_than_one_step_go_as_well(
    db: None, places: Path, settings: LazySettings
) -> None:
    settings.UPKEEP_ROWS = 3
    then = timezone.now() - timedelta(days=1)
    for number in range(10):
        SignIn.objects.create(session_key=f"k{number}", expire_date=then)
    assert upkeep() == ("10 sign-ins that have expired\n", "")
    assert not SignIn.objects.exists()


@pytest.fixture
def collected(places: Path, settings: LazySettings) -> Path:
    """Static files of two releases, of which the manifest names the second."""
    settings.STATIC_COLLECTED = True
    root = places / "static"
    (root / "app").mkdir(parents=True)
    for name in ("a.js", "a.111.js", "a.111.js.gz", "a.222.js", "a.222.js.gz"):
        (root / "app" / name).write_text(name)
        age(root / "app" / name, 31)
    paths = {"app/a.js": "app/a.222.js"}
    (root / "staticfiles.json").write_text(json.dumps({"paths": paths}))
    return root


def test_static_files_go_that_no_page_has_named_for_long(
    db: None, collected: Path
) -> None:
    said, _ = upkeep(dry_run=True)
    assert said == upkeep()[0] == "2 static files that no page names\n"
    left = sorted(path.name for path in (collected / "app").iterdir())
    assert left == ["a.222.js", "a.222.js.gz", "a.js"]


def test_a_page_that_is_open_during_an_upgrade_keeps_its_files(
    db: None, collected: Path
) -> None:
    upkeep()
    paths = {"app/a.js": "app/a.333.js"}
    (collected / "staticfiles.json").write_text(json.dumps({"paths": paths}))
    assert stale_static_files() == []
    age(collected / "app" / "a.222.js", 31)
    assert [path.name for path in stale_static_files()] == ["a.222.js"]


def test_without_a_manifest_no_file_is_touched(db: None, collected: Path) -> None:
    (collected / "staticfiles.json").unlink()
    assert upkeep() == ("", "")
    assert len(list((collected / "app").iterdir())) == 5


@pytest.fixture
def workdirs(places: Path, db: None) -> Path:
    AgentSession.objects.create(id="s_here", title="t", prompt="p")
    inside = str(places / "workdirs" / "s_shared")
    AgentSession.objects.create(id="s_guest", title="t", prompt="p", workdir=inside)
    for name in ("s_here", "s_gone", "s_fresh", "s_shared", "not an id", "notes"):
        path = places / "workdirs" / name
        path.mkdir(parents=True)
        (path / "file").write_text("work")
        age(path, 1 if name == "s_fresh" else 31)
    return places / "workdirs"


def test_directories_of_sessions_that_are_gone_go_after_a_while(workdirs: Path) -> None:
    said = upkeep(dry_run=True)
    assert (workdirs / "s_gone").exists()
    assert said == upkeep() == ("1 directories of deleted sessions\n", "")
    left = sorted(path.name for path in workdirs.iterdir())
    assert left == ["not an id", "notes", "s_fresh", "s_here", "s_shared"]


def test_a_database_that_knows_none_of_the_directories_removes_none(
    workdirs: Path,
) -> None:
    AgentSession.objects.all().delete()
    said, complaint = upkeep()
    assert said == ""
    assert "Is it the right one?" in complaint
    assert len(list(workdirs.iterdir())) == 6
