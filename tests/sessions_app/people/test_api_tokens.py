from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from sessions_app.masking.originals import masked_words
from sessions_app.models import ApiToken
from sessions_app.people.api_tokens import (
    PREFIX,
    Scope,
    find_token,
    issue,
    scopes_of,
    token_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def carol(db: None) -> User:
    return User.objects.create_user("carol")


def command(*words: str) -> str:
    out = StringIO()
    call_command("token", *words, stdout=out, stderr=StringIO())
    return out.getvalue().strip()


def test_token_is_found_until_it_is_revoked(carol: User) -> None:
    token = command("create", "cron", "--user", "carol", "--scope", "control")
    found = find_token(token)
    assert found is not None
    assert (found.user, scopes_of(found)) == (carol, {Scope.CONTROL})
    command("revoke", str(found.pk))
    assert find_token(token) is None
    with pytest.raises(CommandError, match="token list"):
        command("revoke", str(found.pk))


def test_only_the_hash_is_stored(carol: User) -> None:
    token = issue(carol, "t", {Scope.READ}, None)
    stored = ApiToken.objects.values_list().get()
    assert not any(token.removeprefix(PREFIX) in str(value) for value in stored)


@pytest.mark.parametrize(
    "change",
    [
        {"expires_at": timezone.now() - timedelta(seconds=1)},
        {"revoked_at": timezone.now()},
    ],
)
def test_dead_token_is_not_found(carol: User, change: dict[str, Any]) -> None:
    token = issue(carol, "t", {Scope.READ}, None)
    ApiToken.objects.update(**change)
    assert find_token(token) is None


def test_token_of_a_deactivated_user_is_not_found(carol: User) -> None:
    token = issue(carol, "t", {Scope.READ}, None)
    User.objects.update(is_active=False)
    assert find_token(token) is None


def test_use_is_noted_once_a_minute(carol: User) -> None:
    token = issue(carol, "t", {Scope.READ}, None)
    find_token(token)
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    find_token(token)
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
    find_token(token)
    last = ApiToken.objects.get().last_used_at
    assert last is not None
    assert last >= first


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer ringside_x", "ringside_x"),
        ("bearer   ringside_x ", "ringside_x"),
        ("Basic ringside_x", ""),
        ("Bearer other", ""),
        ("ringside_x", ""),
        ("", ""),
    ],
)
def test_header_is_read(header: str, token: str) -> None:
    assert token_in(header) == token


def test_token_is_masked_where_somebody_says_it(carol: User) -> None:
    token = issue(carol, "t", {Scope.READ}, None)
    assert token not in masked_words(f"curl -H 'X: {token}'")


@pytest.mark.parametrize("days", ["-1", "x", "99999", "1.5"])
def test_days_must_be_a_number(carol: User, days: str) -> None:
    with pytest.raises(CommandError, match="days"):
        command("create", "t", "--user", "carol", f"--days={days}")
