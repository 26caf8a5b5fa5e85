from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """Return the client's IP address, or None if it is unknown.

    Behind a proxy this is the last entry of X-Forwarded-For, which the proxy has
    added. Earlier entries come from the client and cannot be trusted.
    """
    text: str = request.META.get("REMOTE_ADDR") or ""
    if settings.BEHIND_PROXY:
        forwarded: str = request.META.get("HTTP_X_FORWARDED_FOR", "")
        text = forwarded.rpartition(",")[2].strip() or text
    try:
        return str(ip_address(text))
    except ValueError:
        return None
