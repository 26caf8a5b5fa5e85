import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.core import signing
from django.test import Client
from django.utils import timezone

from sessions_app.delivery.connection.session_list import read_rows
from sessions_app.history.export.formats import FORMATS
from sessions_app.models import AgentSession, Share, WebProcess
from sessions_app.people.rights import Principal, principal_of
from sessions_app.people.share_link import make_link
from sessions_app.protocol import events
from tests.sessions_app.logbook import write_log

LINK = re.compile(r"https?://[^/]+(/share/[-\w]{43}/)")
TOMORROW = timedelta(days=1)


@pytest.fixture
def token(alice: User, session: AgentSession) -> str:
    return make_link(session, alice, timezone.now() + TOMORROW)


def share(client: Client, session: AgentSession, **fields: str) -> str:
    fields = {"share_with": "link", "days": "7"} | fields
    answer = client.post(f"/sessions/{session.pk}/share/", fields, follow=True)
    return str(answer.content.decode())


def test_owner_makes_a_link_that_is_shown_once(
    as_alice: Client, session: AgentSession, client: Client
) -> None:
    found = LINK.search(share(as_alice, session))
    assert found is not None
    assert not LINK.search(
        as_alice.get(f"/sessions/{session.pk}/share/").content.decode()
    )
    assert client.get(found[1]).status_code == 302
    assert found[1].split("/")[2] not in str(Share.objects.values().get())


def test_link_is_exchanged_for_a_cookie(
    client: Client, session: AgentSession, token: str
) -> None:
    answer = client.get(f"/share/{token}/")
    assert answer["Location"] == f"/sessions/{session.pk}/"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    cookie = answer.cookies["ringside_share"]
    assert cookie["httponly"]
    assert token not in cookie.value
    page = client.get(answer["Location"])
    assert page.status_code == 200
    assert not page.context["can_control"]
    assert client.get(f"/sessions/{session.pk}/events").status_code == 200


def test_forged_cookie_opens_nothing(
    client: Client, session: AgentSession, token: str
) -> None:
    client.cookies["ringside_share"] = f"{Share.objects.get().pk}:forged"
    assert client.get(f"/sessions/{session.pk}/events").status_code == 401


def test_cookie_names_the_link_and_not_a_row(
    client: Client, alice: User, session: AgentSession, token: str
) -> None:
    client.get(f"/share/{token}/")
    number = Share.objects.get().pk
    Share.objects.all().delete()
    secret = AgentSession.objects.create(owner=alice, title="o", prompt="p")
    make_link(secret, alice, timezone.now() + TOMORROW)
    # As after a restore: another session's link has the number.
    Share.objects.update(id=number)
    assert client.get(f"/sessions/{secret.pk}/events").status_code == 401
    assert client.get(f"/sessions/{secret.pk}/").status_code == 302
    opened = Client()
    opened.cookies["ringside_share"] = signing.Signer(salt="ringside_share").sign(
        str(number)
    )
    assert opened.get(f"/sessions/{secret.pk}/events").status_code == 401


def test_who_is_shown_a_sub_agent_is_not_told_what_is_above_it(
    alice: User, client: Client
) -> None:
    top = AgentSession.objects.create(
        id="s_above", owner=alice, title="SECRET PARENT", prompt="SECRET PROMPT"
    )
    kid = AgentSession.objects.create(
        id="s_kid", owner=alice, parent=top, title="kid", prompt="p", status="waiting"
    )
    AgentSession.objects.create(id="s_below", parent=kid, title="below", prompt="p")
    sibling = AgentSession.objects.create(parent=top, title="SIBLING", prompt="p")
    request = events.ApprovalRequest(
        tool_use_id="t1", tool="bash", input={"command": "ls"}, reason="x"
    )
    write_log(kid, request)
    viewer = User.objects.create_user("viewer")
    Share.objects.create(session=kid, user=viewer)
    token = make_link(kid, alice, timezone.now() + TOMORROW)
    client.get(f"/share/{token}/")
    signed_in = Client()
    signed_in.force_login(viewer)
    ends = ("", "transcript/", "events", "family")
    hidden = ("SECRET", "SIBLING", top.pk, sibling.pk)
    for export, _ in FORMATS.values():
        written = "".join(export(kid))
        assert not [word for word in hidden if word in written]
    for person in (client, signed_in):
        for path in [
            "/", "/inbox/asks", "/inbox/", "/sessions/list", "/search/?q=ls",
            *(f"/sessions/s_kid/{end}" for end in ends),
        ]:  # fmt: skip
            answer = person.get(path)
            body = answer.content.decode()
            assert not [word for word in hidden if word in body], path
    inbox = signed_in.get("/inbox/asks").json()["asks"]
    assert [(ask["root"], ask["rootTitle"]) for ask in inbox] == [("s_kid", "kid")]
    (below,) = signed_in.get("/sessions/s_kid/family").json()["sessions"]
    assert (below["root"], below["parent"]) == ("s_kid", "s_kid")
    rows = read_rows(AgentSession.objects.filter(id__in=["s_kid", "s_below"]))
    seen = {}
    for row in rows:
        summary = row.seen_by(principal_of(viewer))
        assert summary is not None
        seen[summary.id] = (summary.root, summary.parent)
    assert seen == {"s_kid": ("s_kid", ""), "s_below": ("s_kid", "s_kid")}
    assert rows[0].seen_by(Principal()) is None
    whole = [row.seen_by(principal_of(alice)) for row in rows]
    assert {summary.root for summary in whole if summary} == {top.pk}


def test_link_shows_one_subtree_only(
    client: Client, alice: User, session: AgentSession, token: str
) -> None:
    child = AgentSession.objects.create(parent=session, title="c", prompt="p")
    other = AgentSession.objects.create(owner=alice, title="o", prompt="p")
    client.get(f"/share/{token}/")
    assert client.get(f"/sessions/{child.pk}/").status_code == 200
    assert client.get(f"/sessions/{other.pk}/").status_code == 302
    assert client.get(f"/sessions/{other.pk}/events").status_code == 401
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("ended", ["revoked_at", "expires_at"])
def test_link_that_is_over_says_so_and_its_cookie_is_void(
    client: Client, session: AgentSession, token: str, ended: str
) -> None:
    client.get(f"/share/{token}/")
    Share.objects.update(**{ended: timezone.now()})
    page = client.get(f"/share/{token}/")
    assert page.status_code == 410
    assert "no-store" in page["Cache-Control"]
    assert client.get(f"/sessions/{session.pk}/events").status_code == 401
    assert client.get(f"/sessions/{session.pk}/").status_code == 302


@pytest.mark.django_db
def test_link_that_never_was_is_not_found(client: Client) -> None:
    assert client.get("/share/never/").status_code == 404


def test_who_opens_a_link_signed_in_keeps_it(
    as_bob: Client, bob: User, session: AgentSession, token: str
) -> None:
    as_bob.get(f"/share/{token}/")
    elsewhere = Client()
    elsewhere.force_login(bob)
    assert elsewhere.get(f"/sessions/{session.pk}/").status_code == 200
    Share.objects.update(revoked_at=timezone.now())
    assert elsewhere.get(f"/sessions/{session.pk}/").status_code == 404


def test_session_is_shared_with_a_user(
    as_alice: Client, as_bob: Client, session: AgentSession
) -> None:
    page = share(as_alice, session, share_with="user", name="bob", can_control="on")
    assert "bob, may steer" in page
    assert as_bob.get(f"/sessions/{session.pk}/").context["can_control"]
    share(as_alice, session, share_with="user", name="bob")
    assert not as_bob.get(f"/sessions/{session.pk}/").context["can_control"]
    revoke = str(Share.objects.live().get().pk)
    as_alice.post(f"/sessions/{session.pk}/share/", {"revoke": revoke})
    assert as_bob.get(f"/sessions/{session.pk}/").status_code == 404


def test_session_is_shared_with_a_group(
    as_alice: Client, as_bob: Client, bob: User, session: AgentSession
) -> None:
    bob.groups.add(Group.objects.create(name="team"))
    share(as_alice, session, share_with="group", name="team")
    assert as_bob.get(f"/sessions/{session.pk}/").status_code == 200
    assert b"Tidy up" in as_bob.get("/").content


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"share_with": "user", "name": "zoe"}, "There is no user zoe."),
        ({"share_with": "group", "name": ""}, "There is no group"),
        ({"can_control": "on"}, "A link allows watching only"),
        ({"days": "0"}, "greater than or equal to 1"),
        ({"share_with": "all"}, "not one of the available choices"),
    ],
)
def test_what_cannot_be_shared_is_explained(
    as_alice: Client, session: AgentSession, fields: dict[str, str], said: str
) -> None:
    assert said in share(as_alice, session, **fields)
    assert not Share.objects.exists()


def test_only_who_may_share_gets_the_page(
    as_alice: Client, as_bob: Client, bob: User, session: AgentSession
) -> None:
    path = f"/sessions/{session.pk}/share/"
    assert as_bob.get(path).status_code == 404
    Share.objects.create(session=session, user=bob, can_control=True)
    assert as_bob.get(path).status_code == 403
    assert as_bob.post(path, {"share_with": "link", "days": "1"}).status_code == 403
    assert as_alice.get(path).status_code == 200


def test_revoking_needs_a_share_of_this_session(
    as_alice: Client, bob: User, session: AgentSession
) -> None:
    other = AgentSession.objects.create(owner=bob, title="b", prompt="p")
    theirs = Share.objects.create(session=other, user=bob)
    path = f"/sessions/{session.pk}/share/"
    for said in (str(theirs.pk), "x", "", "²", "9" * 5000):
        assert as_alice.post(path, {"revoke": said}).status_code == 302
    assert Share.objects.live().count() == 1


def test_page_says_how_many_watch_by_a_link(
    as_alice: Client, session: AgentSession, token: str
) -> None:
    link = str(Share.objects.get().pk)
    for pid, viewers in ((1, {link: 2, "0": 5}), (2, {link: 1}), (3, {})):
        WebProcess.objects.create(
            name=str(pid), host="h", pid=pid, viewers={}, link_viewers=viewers
        )
    page = as_alice.get(f"/sessions/{session.pk}/share/").content.decode()
    assert "3 watching" in page
