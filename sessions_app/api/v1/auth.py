from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.security import APIKeyCookie, HttpBearer

from sessions_app.api.v1.problems import Problem
from sessions_app.people.api_tokens import Scope, find_token, scopes_of


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller of the API: a user with a token or with a browser's cookie."""

    user: User
    scopes: frozenset[Scope]


class TokenAuth(HttpBearer):
    """An API token in the Authorization header."""

    openapi_name = "token"

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        found = find_token(token)
        if found is None:
            return None
        return Caller(found.user, frozenset(scopes_of(found)))


class BrowserAuth(APIKeyCookie):
    """The sign-in of a browser; writes need Django's CSRF token as well."""

    openapi_name = "browser"
    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Caller | None:
        # Whoever is not signed in, with a wrong token for instance, is told that; no
        # CSRF token is asked of them.
        if not isinstance(request.user, User):
            return None
        found: Caller | None = super().__call__(request)
        return found

    def _get_key(self, request: HttpRequest) -> str | None:
        try:
            return super()._get_key(request)
        except HttpError:
            raise Problem(
                403, "The page's CSRF token is missing or old: reload the page."
            ) from None

    def authenticate(self, request: HttpRequest, key: str | None) -> Caller | None:
        if not isinstance(request.user, User):
            return None
        return Caller(request.user, frozenset(Scope))


class CallerRequest(HttpRequest):
    """A request that has passed the API's authentication."""

    auth: Caller


def require(request: CallerRequest, scope: Scope) -> User:
    """Return the caller's user; raises Problem if the token lacks the scope."""
    if scope not in request.auth.scopes:
        raise Problem(403, f"This token may not {scope}: make one with that scope.")
    return request.auth.user
