from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Tell from where a request comes; behind a proxy, what that says last.

    What stands before it in the header is the client's own word.
    """
    if settings.BEHIND_PROXY:
        said: str = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2]
        if said.strip():
            return said.strip()
    return str(request.META.get("REMOTE_ADDR") or "")
