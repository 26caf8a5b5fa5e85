from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings

LOCAL_URL = "http://127.0.0.1:8000"  # where `make run` serves


def public_url() -> str:
    """Return the URL of this installation, derived from its settings.

    With HTTPS it is the first public host in ALLOWED_HOSTS, or such a host with the
    port that CSRF_TRUSTED_ORIGINS gives it. Without HTTPS it is LOCAL_URL, because no
    setting names a port.
    """
    hosts = [host for host in settings.ALLOWED_HOSTS if _is_public(host)]
    if not settings.HTTPS or not hosts:
        return LOCAL_URL
    for origin in settings.CSRF_TRUSTED_ORIGINS:
        parts = urlsplit(origin)
        if parts.scheme == "https" and parts.hostname in hosts:
            return f"https://{parts.netloc}"
    return f"https://{hosts[0]}"


def _is_public(host: str) -> bool:
    """Return whether an entry of ALLOWED_HOSTS is one host that is not loopback."""
    if "*" in host or host.startswith(".") or host == "localhost":
        return False
    try:
        return not ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return True
