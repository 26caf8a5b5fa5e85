from datetime import datetime
from enum import StrEnum

from django.contrib.auth.models import User

from sessions_app.models import AgentSession, Share
from sessions_app.people.token import hash_of, new_token


class Dead(StrEnum):
    """Why a share link does not work."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    REVOKED = "revoked"


def make_link(session: AgentSession, by: User, expires_at: datetime) -> str:
    """Create a share link and return its token; only the token's hash is stored."""
    token = new_token()
    Share.objects.create(
        session=session, made_by=by, token_hash=hash_of(token), expires_at=expires_at
    )
    return token


def follow(token: str) -> Share | Dead:
    share = Share.objects.filter(token_hash=hash_of(token)).first()
    if share is None:
        return Dead.UNKNOWN
    if share.revoked_at is not None:
        return Dead.REVOKED
    return share if share.is_live else Dead.EXPIRED
