from django.contrib.auth.models import User
from django.http import HttpRequest

from sessions_app.api.inbox import count_asks
from sessions_app.people.rights import may_administer

# What a person may choose of the look, by the cookie that the page sets; without a
# choice the system's theme and contrast apply.
LOOK = {
    "theme": ("light", "dark"),
    "contrast": ("more",),
    "density": ("compact",),
}
FRAME_HEADER = "X-Ringside-Frame"  # set by the page that reads another in place
SIDEBAR_COOKIE = "ringside_sidebar"  # set by the page; "closed", or it is missing


def page_context(request: HttpRequest) -> dict[str, object]:
    """Template context for every page; values that need a query are callables."""
    chosen = {name: request.COOKIES.get(f"ringside_{name}", "") for name in LOOK}

    def asks() -> int:
        user = request.user
        # A page that is read for a frame around it is shown without its bar.
        if not isinstance(user, User) or FRAME_HEADER in request.headers:
            return 0
        return count_asks(user)

    return {
        "may_administer": lambda: may_administer(request.user),
        "look": [(name, chosen[name]) for name in LOOK if chosen[name] in LOOK[name]],
        "sidebar_is_closed": request.COOKIES.get(SIDEBAR_COOKIE) == "closed",
        "asks": asks,
    }
