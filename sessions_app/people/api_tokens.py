from datetime import timedelta
from enum import StrEnum

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone

from sessions_app.masking.originals import masked_words
from sessions_app.models import ApiToken
from sessions_app.people.token import hash_of, new_token

PREFIX = "ringside_"  # people and secret scanners recognise a token by its prefix
SCHEME = "bearer"
KEPT_FOR = timedelta(days=30)  # an expired token stays listed in the admin so long
USE_STEP = timedelta(minutes=1)  # `last_used_at` is written at most once in this time


class Scope(StrEnum):
    """What a token may do at most; its user's rights hold as well."""

    READ = "read"  # sessions, events, outputs, approvals
    CONTROL = "control"  # messages, interrupts, answers to approvals
    START = "start"  # new sessions
    WEBHOOKS = "webhooks"  # the user's own webhooks, and their log


def issue(user: User, name: str, scopes: set[Scope], days: int | None) -> str:
    """Make a token for a user and return it; it cannot be read again later.

    `days`: how long the token works; None: until it is revoked.
    """
    expired = ApiToken.objects.filter(expires_at__lt=timezone.now() - KEPT_FOR)
    expired.delete()
    token = PREFIX + new_token()
    ApiToken.objects.create(
        token_hash=hash_of(token),
        user=user,
        name=masked_words(name),
        scopes=" ".join(scope for scope in Scope if scope in scopes),
        expires_at=None if days is None else timezone.now() + timedelta(days=days),
    )
    return token


def token_in(header: str) -> str:
    """Return the token of an Authorization header; "" if it holds none of ours."""
    scheme, _, token = header.strip().partition(" ")
    is_ours = scheme.lower() == SCHEME and token.strip().startswith(PREFIX)
    return token.strip() if is_ours else ""


def find_token(token: str) -> ApiToken | None:
    """Return the live token with this text, and note that it is in use."""
    live = ApiToken.objects.live().select_related("user")
    found = live.filter(token_hash=hash_of(token)).first()
    if found is not None:
        now = timezone.now()
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_STEP)
        ApiToken.objects.filter(stale, pk=found.pk).update(last_used_at=now)
    return found


def scopes_of(token: ApiToken) -> set[Scope]:
    """Return a token's scopes; a name that this version does not know is left out."""
    return {scope for scope in Scope if scope in token.scopes.split()}
