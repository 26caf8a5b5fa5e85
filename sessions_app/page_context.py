from collections.abc import Callable

from django.http import HttpRequest

from sessions_app.rights import may_administer


def page_context(request: HttpRequest) -> dict[str, Callable[[], bool]]:
    """What every page may ask of who looks at it; asked only where it does."""
    return {"may_administer": lambda: may_administer(request.user)}
