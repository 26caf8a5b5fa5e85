import re
import secrets
import ssl
from datetime import timedelta
from types import TracebackType
from typing import Self

import httpx2
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone

from sessions_app.history.retention.retention import erase
from sessions_app.models import AgentSession
from sessions_app.people import signin
from sessions_app.protocol.engine_kind import SIMULATOR
from sessions_app.protocol.status import SessionStatus, StatusCause, first_status

PREFIX = "selftest-"
LEFT_BEHIND = timedelta(hours=1)  # age of leftovers of a killed selftest
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class CannotSignIn(Exception):
    """The installation answered a sign-in unexpectedly; the message says how."""


class Guest:
    """A temporary user for one selftest; the user's sessions are removed with it."""

    def __enter__(self) -> Self:
        long_ago = timezone.now() - LEFT_BEHIND
        for left in User.objects.filter(
            username__startswith=PREFIX, date_joined__lt=long_ago
        ):
            _remove(left)
        name = f"{PREFIX}{secrets.token_hex(4)}"
        self._user = User.objects.create_user(name)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _remove(self._user)

    def sign_in(self, url: str) -> str:
        """Sign in through a link, as a person does; returns the cookies."""
        link = url.rstrip("/") + signin.signin_address(signin.mint(self._user))
        headers = {"Origin": url.rstrip("/"), "Referer": link}
        try:
            with _client(headers) as client:
                page = client.get(link)
                token = CSRF.search(page.text)
                if page.status_code != 200 or token is None:
                    raise CannotSignIn(
                        f"{url} answers the link with {page.status_code}"
                    )
                answer = client.post(link, data={"csrfmiddlewaretoken": token[1]})
                if answer.status_code != 302:
                    raise CannotSignIn(f"{url} refuses the link: {answer.status_code}")
                return "; ".join(f"{k}={v}" for k, v in client.cookies.items())
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise CannotSignIn(f"{url}: {error}") from None

    def begin(self, prompt: str) -> str:
        """Create a session that no other runner claims, because it is not queued."""
        session = AgentSession.objects.create(
            owner=self._user,
            title=self._user.username,
            prompt=prompt,
            status=first_status(StatusCause.CREATION, SessionStatus.INTERRUPTED),
            model=settings.RINGSIDE_MODEL,
            engine=SIMULATOR.name,
            permission_mode=AgentSession.PermissionMode.BYPASS,
        )
        return session.id


def _client(headers: dict[str, str]) -> httpx2.Client:
    # Trust the system's certificates or SSL_CERT_FILE; ignore proxies of the
    # environment.
    trusted = ssl.create_default_context()
    return httpx2.Client(headers=headers, verify=trusted, trust_env=False, timeout=20)


def _remove(user: User) -> None:
    for top in AgentSession.objects.filter(owner=user, parent=None):
        erase(top)
    for session in Session.objects.filter(expire_date__gt=timezone.now()):
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
    user.delete()
