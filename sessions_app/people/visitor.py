import re
from collections.abc import Mapping

from django.contrib.auth.models import AnonymousUser, User
from django.core import signing
from django.http import HttpRequest, HttpResponse

COOKIE = "ringside_share"
LINKS_MAX = 20  # links that one browser's cookie holds; the oldest is dropped
HASH_CHARS = 16  # how much of a token's hash the cookie holds
NAMED = re.compile(rf"\b([0-9]{{1,18}})-([0-9a-f]{{{HASH_CHARS}}})\b", re.ASCII)
MAX_AGE_S = 400 * 24 * 3600  # the browsers' maximum; links have their own expiry


class Visitor(AnonymousUser):
    """Somebody who is not signed in and has opened share links.

    `links` are ids of shares. `hashes` are the token hashes from the browser's cookie;
    they must be compared with those in the database (see `rights`).
    """

    def __init__(
        self, links: frozenset[int], hashes: Mapping[int, str] | None = None
    ) -> None:
        super().__init__()
        self.links = links
        self.hashes = hashes


Person = User | AnonymousUser


def person_of(request: HttpRequest) -> Person:
    """Return who makes a request: a user, a visitor by share link, or nobody."""
    if isinstance(request.user, User):
        return request.user
    return visitor_of(request.COOKIES) or AnonymousUser()


def visitor_of(cookies: Mapping[str, str]) -> Visitor | None:
    links = _links(cookies)
    return Visitor(frozenset(links), links) if links else None


def remember_link(
    request: HttpRequest, response: HttpResponse, link: int, token_hash: str
) -> None:
    """Add a share link to the browser's signed cookie.

    The cookie holds the link's id and its token's hash, because after a restore of the
    database another link may have the same id.
    """
    links = {k: v for k, v in _links(request.COOKIES).items() if k != link}
    links[link] = token_hash[:HASH_CHARS]
    text = ".".join(f"{id_}-{hash_}" for id_, hash_ in [*links.items()][-LINKS_MAX:])
    response.set_cookie(
        COOKIE,
        signing.Signer(salt=COOKIE).sign(text),
        max_age=MAX_AGE_S,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def _links(cookies: Mapping[str, str]) -> dict[int, str]:
    try:
        text = signing.Signer(salt=COOKIE).unsign(cookies.get(COOKIE, ""))
    except signing.BadSignature:
        return {}
    return {int(id_): hash_ for id_, hash_ in NAMED.findall(text)}
