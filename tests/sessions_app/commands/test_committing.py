import json

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sessions_app.commands.submit import Refused, submit_command
from sessions_app.log.leases.lease import claim_errands, release
from sessions_app.models import AgentSession, Command, Share
from sessions_app.protocol.commands import (
    CommitChanges,
    Errand,
    MergeBranch,
    OpenPullRequest,
    PushBranch,
    RebaseBranch,
    RestoreFiles,
)

pytestmark = pytest.mark.django_db
COMMIT = CommitChanges(message="Say it anew", tree="t")
BRANCH = [
    MergeBranch(head="h"),
    RebaseBranch(head="h"),
    PushBranch(head="h", remote="origin", name="n"),
    OpenPullRequest(head="h", remote="origin", name="n", title="t"),
]
DISCARD = RestoreFiles(source="b", tree="t", paths=["a.txt"])


@pytest.fixture
def resting(alice: User) -> AgentSession:
    return AgentSession.objects.create(
        owner=alice, title="t", prompt="p", engine="simulator", status="completed"
    )


@pytest.mark.parametrize("command", [COMMIT, DISCARD, *BRANCH])
def test_a_runner_takes_what_is_asked_of_files_at_rest_and_the_status_stays(
    resting: AgentSession, alice: User, command: Errand
) -> None:
    row = submit_command(resting.pk, alice, "k", command, "10.0.0.1")
    assert (row.by, row.address) == (alice, "10.0.0.1")
    (claimed,) = claim_errands(5)
    assert claimed.pk == resting.pk
    assert claimed.status == "completed"
    assert claim_errands(5) == []
    # A run that ends leaves it to whoever claims the session next.
    assert release(resting.pk, claimed.lease)
    assert [session.pk for session in claim_errands(5)] == [resting.pk]


@pytest.mark.parametrize("status", ["running", "waiting", "queued"])
def test_files_in_which_an_agent_works_are_left_to_it(
    resting: AgentSession, alice: User, status: str
) -> None:
    AgentSession.objects.filter(pk=resting.pk).update(status=status)
    with pytest.raises(Refused, match="wait until it rests"):
        submit_command(resting.pk, alice, "k", COMMIT)
    child = AgentSession.objects.create(
        owner=alice, parent=resting, title="t", prompt="p", status="completed"
    )
    with pytest.raises(Refused, match="go there"):
        submit_command(child.pk, alice, "k", DISCARD)


@pytest.mark.parametrize("kind", [c.wire_type() for c in (COMMIT, DISCARD, *BRANCH)])
def test_whoever_only_watches_commits_and_discards_nothing(
    as_bob: Client, resting: AgentSession, bob: User, kind: str
) -> None:
    Share.objects.create(session=resting, user=bob)
    state = {"message": "m", "source": "b", "tree": "t"}
    body = {"type": kind, **state, "head": "h", "remote": "origin", "name": "n"}
    body["title"] = "t"
    answer = as_bob.post(
        f"/api/v1/sessions/{resting.pk}/commands",
        json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": "k"},
    )
    assert answer.status_code == 403
    assert not Command.objects.exists()
