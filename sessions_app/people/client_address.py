from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """Tell from where a request comes: an IP address, None where none can tell.

    Behind a proxy it is what that has added to X-Forwarded-For, at its end; what
    stands before it in the header is the client's own word.
    """
    text: str = request.META.get("REMOTE_ADDR") or ""
    if settings.BEHIND_PROXY:
        said: str = request.META.get("HTTP_X_FORWARDED_FOR", "")
        text = said.rpartition(",")[2].strip() or text
    try:
        return str(ip_address(text))
    except ValueError:
        return None
