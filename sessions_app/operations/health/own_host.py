from ipaddress import ip_address

from django.conf import settings
from django.http.request import split_domain_port, validate_host


def is_own_host(host: str) -> bool:
    """Tell whether a Host header names this server: an address, or an allowed name.

    A browser sends the name of the page that it thinks it talks to, whatever address
    that name was made to lead to (DNS rebinding). No header: no browser.
    """
    if not host:
        return True
    domain, _ = split_domain_port(host)
    try:
        return bool(ip_address(domain.strip("[]")))
    except ValueError:
        allowed = [name for name in settings.ALLOWED_HOSTS if name != "*"]
        return validate_host(domain, ["localhost", *allowed])
