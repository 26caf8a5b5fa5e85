from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings

LOCAL_URL = "http://127.0.0.1:8000"  # where `make run` serves


def public_url() -> str:
    """The address by which people reach this installation, as its settings tell it.

    Behind a TLS proxy that is the first host in ALLOWED_HOSTS, with the port that
    CSRF_TRUSTED_ORIGINS gives it, if any. Without HTTPS no setting names a port.
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
    """Tell whether a name in ALLOWED_HOSTS is one host, and another machine's way."""
    if "*" in host or host.startswith(".") or host == "localhost":
        return False
    try:
        return not ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return True
