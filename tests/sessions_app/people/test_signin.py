import logging
import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from sessions_app.models import SigninLink
from sessions_app.operations.redacted import RedactedFormatter
from sessions_app.people import signin


def link(*words: str, **options: Any) -> str:
    """The path that `manage.py signin` prints."""
    out = StringIO()
    call_command("signin", *words, stdout=out, stderr=StringIO(), **options)
    return out.getvalue().strip().removeprefix("http://127.0.0.1:8000")


def signed_in(client: Client) -> str | None:
    """Who the pages take the browser's person for."""
    page = client.get("/")
    return page.context["user"].username if page.status_code == 200 else None


# --- the command ------------------------------------------------------------


@pytest.mark.django_db
def test_first_user_may_do_everything() -> None:
    link()
    user = User.objects.get()
    assert (user.username, user.is_superuser, user.is_staff) == ("admin", True, True)
    assert not user.has_usable_password()


@pytest.mark.django_db
def test_first_user_may_have_a_name() -> None:
    link("carol")
    assert User.objects.get(username="carol").is_superuser


def test_later_users_are_ordinary_and_made_on_purpose(root: User) -> None:
    with pytest.raises(CommandError, match="--create"):
        link("carol")
    link("carol", create=True)
    carol = User.objects.get(username="carol")
    assert not carol.is_superuser
    assert not carol.is_staff
    assert not carol.has_usable_password()


@pytest.mark.parametrize("other", ["Carol", "CAROL", "Émile", "\uff23AROL"])
def test_names_do_not_differ_by_case_alone(root: User, other: str) -> None:
    User.objects.create_user("carol")
    User.objects.create_user("émile")
    with pytest.raises(CommandError, match=r"There is a user \w+ already: names"):
        link(other, create=True)


def test_a_link_leads_to_the_root_of_a_host(root: User) -> None:
    with pytest.raises(CommandError, match="must be at the root of a host"):
        link(base_url="https://example.com/ringside")


def test_without_a_name_the_only_superuser_is_meant(root: User, alice: User) -> None:
    assert signin.look_up(link().split("/")[2]) == root


def test_without_a_name_several_superusers_are_listed(root: User) -> None:
    User.objects.create_superuser("zoe")
    with pytest.raises(CommandError, match="root, zoe"):
        link()


def test_inactive_user_gets_no_link(root: User, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    with pytest.raises(CommandError, match="not active"):
        link("alice")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["a b", "x" * 151, "a\0b", ""])
def test_unfit_name_is_refused(root: User, name: str) -> None:
    with pytest.raises(CommandError, match="name"):
        link(name, create=True)


def test_base_url_begins_the_link(root: User) -> None:
    url = link(base_url="https://ring.example/")
    assert re.fullmatch(r"https://ring\.example/signin/[-\w]{43}/", url)
    with pytest.raises(CommandError, match="base-url"):
        link(base_url="ring.example")


# --- the link ---------------------------------------------------------------


def test_link_signs_in_after_a_confirmation(client: Client, root: User) -> None:
    path = link()
    page = client.get(path)
    assert page.status_code == 200
    assert b"root" in page.content
    assert signed_in(client) is None
    answer = client.post(path)
    assert answer.status_code == 302
    assert answer["Location"] == "/"
    assert signed_in(client) == "root"


def test_looking_at_a_link_does_not_use_it(client: Client, root: User) -> None:
    path = link()
    for _ in range(3):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
    assert client.post(path).status_code == 302


def test_link_works_once(client: Client, root: User) -> None:
    path = link()
    client.post(path)
    other = Client()
    for answer in (other.get(path), other.post(path)):
        assert answer.status_code == 410
        assert answer.context["reason"] == "used"
    assert signed_in(other) is None


def test_old_link_says_so(client: Client, root: User) -> None:
    path = link()
    SigninLink.objects.update(expires_at=timezone.now())
    for answer in (client.get(path), client.post(path)):
        assert answer.status_code == 410
        assert answer.context["reason"] == "expired"
    assert signed_in(client) is None


@pytest.mark.django_db
def test_unknown_link_says_so(client: Client) -> None:
    for answer in (client.get("/signin/abc/"), client.post("/signin/abc/")):
        assert answer.status_code == 404
        assert answer.context["reason"] == "unknown"


def test_link_of_a_user_who_may_no_longer_come_is_unknown(
    client: Client, root: User
) -> None:
    path = link()
    User.objects.update(is_active=False)
    assert client.post(path).status_code == 404


def test_link_outlives_no_other_links(root: User) -> None:
    first, second = link(), link()
    token = first.split("/")[2]
    assert signin.use(token) == root
    assert signin.use(second.split("/")[2]) == root


def test_forgotten_links_are_deleted(root: User) -> None:
    link()
    SigninLink.objects.update(expires_at=timezone.now() - timedelta(days=8))
    link()
    assert SigninLink.objects.count() == 1


def test_token_is_kept_as_a_hash_only(root: User) -> None:
    token = link().split("/")[2]
    row = SigninLink.objects.values().get()
    assert token not in str(row)
    assert re.fullmatch(r"[0-9a-f]{64}", row["token_hash"])


def test_signing_in_changes_the_session_key(client: Client, root: User) -> None:
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    client.post(link())
    assert client.session.session_key != planted


def test_signing_in_as_another_ends_the_first_ones_session(
    as_alice: Client, root: User
) -> None:
    before = as_alice.session.session_key
    as_alice.post(link())
    assert signed_in(as_alice) == "root"
    assert as_alice.session.session_key != before


def test_link_cannot_be_spent_from_another_site(root: User) -> None:
    client = Client(enforce_csrf_checks=True)
    path = link()
    answer = client.post(path)
    assert answer.status_code == 403
    assert b"Nothing was changed" in answer.content
    assert Client().get(path).status_code == 200


def test_token_does_not_leave_in_a_referer(client: Client, root: User) -> None:
    path = link()
    for answer in (client.get(path), client.get("/signin/abc/")):
        assert answer["Referrer-Policy"] == "strict-origin"
        assert "no-store" in answer["Cache-Control"]


def test_token_is_not_logged(root: User, caplog: pytest.LogCaptureFixture) -> None:
    client = Client(enforce_csrf_checks=True)
    path = link()
    token = path.split("/")[2]
    with caplog.at_level(logging.DEBUG):
        client.post(path)  # refused: no CSRF token
        Client().post(path)
        Client().get(path)  # gone
    lines = [RedactedFormatter().format(record) for record in caplog.records]
    assert any("/signin/…/" in line for line in lines)
    assert not any(token in line for line in lines)


# --- passwords and leaving --------------------------------------------------


def test_password_signs_in_too(client: Client, alice: User) -> None:
    alice.set_password("correct horse")
    alice.save()
    answer = client.post("/signin/", {"username": "alice", "password": "correct horse"})
    assert answer["Location"] == "/"
    assert signed_in(client) == "alice"


def test_signing_out_takes_a_post(as_alice: Client) -> None:
    assert as_alice.get("/signout/").status_code == 405
    assert as_alice.post("/signout/").status_code == 302
    assert signed_in(as_alice) is None
