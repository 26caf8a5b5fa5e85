import re
from collections.abc import Mapping

from django.contrib.auth.models import AnonymousUser, User
from django.core import signing
from django.http import HttpRequest, HttpResponse

COOKIE = "ringside_share"
LINKS_MAX = 20  # of one browser; the oldest goes
HASH_CHARS = 16  # of a token's hash, in the cookie
NAMED = re.compile(rf"\b([0-9]{{1,18}})-([0-9a-f]{{{HASH_CHARS}}})\b", re.ASCII)
MAX_AGE_S = 400 * 24 * 3600  # browsers keep none longer; a link's own end counts


class Visitor(AnonymousUser):
    """Somebody not signed in who came by share links.

    `links` are ids of shares; `hashes` are of their tokens, as the browser's cookie
    says, for whoever reads the shares to compare.
    """

    def __init__(
        self, links: frozenset[int], hashes: Mapping[int, str] | None = None
    ) -> None:
        super().__init__()
        self.links = links
        self.hashes = hashes


Person = User | AnonymousUser


def person_of(request: HttpRequest) -> Person:
    """Tell who asks; a browser that came by a share link is a visitor."""
    if isinstance(request.user, User):
        return request.user
    return visitor_of(request.COOKIES) or AnonymousUser()


def visitor_of(cookies: Mapping[str, str]) -> Visitor | None:
    links = _links(cookies)
    return Visitor(frozenset(links), links) if links else None


def remember_link(
    request: HttpRequest, response: HttpResponse, link: int, token_hash: str
) -> None:
    """Let the browser in by this link from now on; the cookie names it, signed.

    By its id and its token's hash: after a restore another link may have the id.
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
