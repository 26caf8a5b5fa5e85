from django.contrib.auth.models import User
from django.http import HttpRequest

from sessions_app.api.inbox import count_asks
from sessions_app.people.rights import may_administer

THEMES = ("light", "dark")  # without a choice the system's theme applies
THEME_COOKIE = "ringside_theme"  # set by the page's theme switch
FRAME_HEADER = "X-Ringside-Frame"  # set by the page that reads another in place
SIDEBAR_COOKIE = "ringside_sidebar"  # set by the page; "closed", or it is missing


def page_context(request: HttpRequest) -> dict[str, object]:
    """Template context for every page; values that need a query are callables."""
    theme = request.COOKIES.get(THEME_COOKIE, "")

    def asks() -> int:
        user = request.user
        # A page that is read for a frame around it is shown without its bar.
        if not isinstance(user, User) or FRAME_HEADER in request.headers:
            return 0
        return count_asks(user)

    return {
        "may_administer": lambda: may_administer(request.user),
        "theme": theme if theme in THEMES else "",
        "sidebar_is_closed": request.COOKIES.get(SIDEBAR_COOKIE) == "closed",
        "asks": asks,
    }
