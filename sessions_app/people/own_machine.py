from ipaddress import ip_address

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest

from sessions_app.people.rights import may_administer

# A proxy on this machine would make everybody look as if they were here.
FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_VIA")


def is_own_machine(request: HttpRequest) -> bool:
    """Whether the person is at the machine, and is the one whose server this is.

    `make run` says that a server is somebody's own (RINGSIDE_OWN_MACHINE), and `serve`
    refuses that for a server which other machines reach. Besides, the request must come
    from this machine, from no proxy, and from the only user that there is.
    """
    if not settings.RINGSIDE_OWN_MACHINE or settings.BEHIND_PROXY:
        return False
    if any(name in request.META for name in FORWARDED) or not _is_here(request):
        return False
    user = request.user
    if not isinstance(user, User) or not may_administer(user):
        return False
    return not User.objects.filter(is_active=True).exclude(pk=user.pk).exists()


def _is_here(request: HttpRequest) -> bool:
    try:
        return ip_address(request.META.get("REMOTE_ADDR") or "").is_loopback
    except ValueError:
        return False
