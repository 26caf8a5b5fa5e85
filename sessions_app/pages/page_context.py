from django.contrib.auth.models import User
from django.http import HttpRequest

from sessions_app.api.inbox import read_inbox
from sessions_app.people.rights import may_administer

THEMES = ("light", "dark")  # without a choice the system's theme applies
THEME_COOKIE = "ringside_theme"  # set by the page's theme switch
SIDEBAR_COOKIE = "ringside_sidebar"  # set by the page; "closed", or it is missing


def page_context(request: HttpRequest) -> dict[str, object]:
    """Template context for every page; values that need a query are callables."""
    theme = request.COOKIES.get(THEME_COOKIE, "")

    def asks() -> int:
        user = request.user
        return read_inbox(user).total if isinstance(user, User) else 0

    return {
        "may_administer": lambda: may_administer(request.user),
        "theme": theme if theme in THEMES else "",
        "sidebar_is_closed": request.COOKIES.get(SIDEBAR_COOKIE) == "closed",
        "asks": asks,
    }
