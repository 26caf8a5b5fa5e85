from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from sessions_app.commands.continuation import CannotContinue, continue_here
from sessions_app.models import AgentSession
from sessions_app.protocol.engine_kind import ACP, CLAUDE_TRANSCRIPT

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    return User.objects.create_superuser("ada")


@pytest.fixture
def followed(admin: User, tmp_path: Path) -> AgentSession:
    return AgentSession.objects.create(
        owner=admin,
        title="Followed",
        prompt="",
        status="completed",
        model="claude-opus-5-5",
        engine=CLAUDE_TRANSCRIPT.name,
        workdir=str(tmp_path),
        permission_mode="bypass",
        options={"agent": "claude", "transcript": {"position": {}}},
    )


def test_a_followed_session_is_continued_by_its_agent(followed: AgentSession) -> None:
    session = continue_here(followed.pk)
    assert (session.engine, session.options) == (ACP.name, {"agent": "claude"})
    assert session.permission_mode == "default"
    with pytest.raises(CannotContinue):
        continue_here(followed.pk)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"lease": "host/space/1/1/n"}, "works now"),
        ({"workdir": "/nowhere/at/all"}, "gone"),
        ({"engine": "recording"}, "Only a followed"),
    ],
)
def test_what_cannot_be_continued_says_why(
    followed: AgentSession, changes: dict[str, Any], why: str
) -> None:
    AgentSession.objects.filter(pk=followed.pk).update(**changes)
    with pytest.raises(CannotContinue, match=why):
        continue_here(followed.pk)


def test_the_page_continues_where_its_directory_may_be_used(
    client: Client, admin: User, followed: AgentSession, settings: Any
) -> None:
    client.force_login(admin)
    url = reverse("session_continue", args=[followed.pk])
    settings.RINGSIDE_WORKDIR_ROOTS = []
    refused = client.post(url)
    assert refused.status_code == 409
    assert "runagent --session" in refused.content.decode()
    settings.RINGSIDE_WORKDIR_ROOTS = [Path(followed.workdir)]
    page = client.get(reverse("session_detail", args=[followed.pk])).content.decode()
    assert "Continue here" in page
    assert "Claude Code transcript" in page
    assert client.post(url).status_code == 303
    followed.refresh_from_db()
    assert followed.engine == ACP.name


def test_nobody_else_continues_a_session(
    client: Client, followed: AgentSession
) -> None:
    url = reverse("session_continue", args=[followed.pk])
    assert client.post(url).status_code == 302
    client.force_login(User.objects.create_user("guest"))
    assert client.post(url).status_code == 404
    followed.refresh_from_db()
    assert followed.engine == CLAUDE_TRANSCRIPT.name


def test_the_list_filters_by_origin(
    client: Client, admin: User, followed: AgentSession
) -> None:
    AgentSession.objects.create(owner=admin, title="Other", engine="simulator")
    client.force_login(admin)
    page = client.get("/", {"engine": CLAUDE_TRANSCRIPT.name}).content.decode()
    assert "Followed" in page
    assert "Other" not in page


def test_an_empty_list_says_how_transcripts_are_taken_in(
    client: Client, admin: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    client.force_login(admin)
    assert "ringside follow" not in client.get("/").content.decode()
    (tmp_path / ".claude" / "projects" / "one").mkdir(parents=True)
    assert "ringside follow" in client.get("/").content.decode()
