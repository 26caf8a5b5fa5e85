from collections.abc import Mapping

from django.contrib.auth.models import AnonymousUser, User
from django.core import signing
from django.http import HttpRequest, HttpResponse

COOKIE = "ringside_share"
LINKS_MAX = 20  # of one browser; the oldest goes
MAX_AGE_S = 400 * 24 * 3600  # browsers keep none longer; a link's own end counts


class Visitor(AnonymousUser):
    """Somebody not signed in who came by share links."""

    def __init__(self, links: frozenset[int]) -> None:
        super().__init__()
        self.links = links


Person = User | AnonymousUser


def person_of(request: HttpRequest) -> Person:
    """Tell who asks; a browser that came by a share link is a visitor."""
    if isinstance(request.user, User):
        return request.user
    return visitor_of(request.COOKIES) or AnonymousUser()


def visitor_of(cookies: Mapping[str, str]) -> Visitor | None:
    links = _links(cookies)
    return Visitor(frozenset(links)) if links else None


def remember_link(request: HttpRequest, response: HttpResponse, link: int) -> None:
    """Let the browser in by this link from now on; the cookie names it, signed."""
    links = [known for known in _links(request.COOKIES) if known != link]
    text = ".".join(str(known) for known in [*links, link][-LINKS_MAX:])
    response.set_cookie(
        COOKIE,
        signing.Signer(salt=COOKIE).sign(text),
        max_age=MAX_AGE_S,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def _links(cookies: Mapping[str, str]) -> list[int]:
    try:
        text = signing.Signer(salt=COOKIE).unsign(cookies.get(COOKIE, ""))
    except signing.BadSignature:
        return []
    return [int(link) for link in text.split(".")]
