from ipaddress import ip_address

from django.conf import settings
from django.http.request import split_domain_port, validate_host


def is_own_host(host: str) -> bool:
    """Return whether a Host header names this server: by an address or an allowed name.

    A browser sends the name in the page's URL, even if DNS rebinding has made that name
    resolve to this machine. A missing header is accepted: every browser sends one.
    """
    if not host:
        return True
    domain, _ = split_domain_port(host)
    try:
        return bool(ip_address(domain.strip("[]")))
    except ValueError:
        allowed = [name for name in settings.ALLOWED_HOSTS if name != "*"]
        return validate_host(domain, ["localhost", *allowed])
