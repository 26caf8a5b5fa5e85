"""What the pages know of programs and worktrees, which runners deal with."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client

from sessions_app.api.start_form import StartForm
from sessions_app.commands.requeue import requeue, resume
from sessions_app.commands.submit import Refused, submit_command
from sessions_app.log.leases.lease import claim_queued
from sessions_app.models import AgentSession
from sessions_app.outputs.diagnostics import keep_diagnostics
from sessions_app.protocol.commands import Approve, Deny, Prompt

pytestmark = pytest.mark.django_db


def test_what_a_program_said_aside_is_shown_in_the_admin(
    as_root: Client, session: AgentSession
) -> None:
    keep_diagnostics(session.pk, "<b>disk</b> full", 16)
    keep_diagnostics(session.pk, "<b>disk</b> fuller", 18)
    listed = as_root.get("/admin/sessions_app/diagnostics/", {"q": session.pk})
    assert session.pk in listed.content.decode()
    page = as_root.get(f"/admin/sessions_app/diagnostics/{session.pk}/change/")
    assert "&lt;b&gt;disk&lt;/b&gt; fuller" in page.content.decode()


@pytest.mark.parametrize(
    ("engine", "reason"), [("exec", "command line alone"), ("recording", "recording")]
)
def test_nothing_that_people_say_starts_a_program_or_wakes_a_recording(
    alice: User, engine: str, reason: str
) -> None:
    session = AgentSession.objects.create(
        owner=alice, title="t", prompt="p", engine=engine, status="interrupted"
    )
    child = AgentSession.objects.create(
        parent=session, title="t", prompt="p", engine=engine, status="interrupted"
    )
    # The questions that its log left open are answered to nobody.
    said = (Prompt(text="go on"), Approve(tool_use_id="a"), Deny(tool_use_id="a"))
    for asked in (session, child):
        for command in said:
            with pytest.raises(Refused, match=reason):
                submit_command(asked.pk, alice, "key", command)
    for act in (resume, lambda id_: requeue(id_, "alice")):
        with pytest.raises(Refused, match=reason):
            act(session.pk)
    AgentSession.objects.filter(pk=session.pk).update(status="queued")
    assert claim_queued(10) == []


def test_a_worktree_is_asked_for_with_a_directory(
    alice: User, settings: LazySettings, tmp_path: Path
) -> None:
    settings.RINGSIDE_WORKDIR_ROOTS = [str(tmp_path)]
    settings.RINGSIDE_SIMULATE = False
    said = {"prompt": "p", "worktree": "on"}
    assert "worktree" in StartForm(alice, said).errors
    form = StartForm(alice, said | {"workdir": str(tmp_path)})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["worktree"] is True


def test_the_session_page_shows_the_branch(
    as_root: Client, session: AgentSession
) -> None:
    AgentSession.objects.filter(pk=session.pk).update(
        worktree={
            "path": "/there", "branch": "ringside/x", "added": 12, "removed": 3,
            "files": 1,
        }
    )  # fmt: skip
    page = as_root.get(f"/sessions/{session.pk}/").content.decode()
    assert "ringside/x" in page
    assert "+12" in page
