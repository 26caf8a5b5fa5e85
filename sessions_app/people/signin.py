from datetime import timedelta
from enum import StrEnum

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from sessions_app.models import SigninLink
from sessions_app.people.token import hash_of, new_token

# How long a used or expired link is reported as such; afterwards it is unknown.
KEPT_FOR = timedelta(days=7)


class Unusable(StrEnum):
    """Why a sign-in link does not work."""

    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"


def signin_address(token: str) -> str:
    """The path of a sign-in link; without `reverse`, which imports every page."""
    return f"/signin/{token}/"


def mint(user: User) -> str:
    """Return a token that signs `user` in once; only the token's hash is stored."""
    now = timezone.now()
    SigninLink.objects.filter(expires_at__lt=now - KEPT_FOR).delete()
    token = new_token()
    age = timedelta(seconds=settings.SIGNIN_LINK_MAX_AGE_S)
    SigninLink.objects.create(
        token_hash=hash_of(token), user=user, expires_at=now + age
    )
    return token


def look_up(token: str) -> User | Unusable:
    """Return the user that the token would sign in, without using the token up."""
    links = SigninLink.objects.select_related("user")
    link = links.filter(token_hash=hash_of(token), user__is_active=True).first()
    if link is None:
        return Unusable.UNKNOWN
    if link.used_at is not None:
        return Unusable.USED
    if link.expires_at <= timezone.now():
        return Unusable.EXPIRED
    return link.user


def use(token: str) -> User | Unusable:
    """Use the token up; of two concurrent attempts only one succeeds."""
    found = look_up(token)
    if isinstance(found, Unusable):
        return found
    unused = SigninLink.objects.filter(token_hash=hash_of(token), used_at=None)
    now = timezone.now()
    if not unused.filter(expires_at__gt=now).update(used_at=now):
        return Unusable.USED
    return found
