import unicodedata

from django.contrib.auth.models import User


def same_but_for_case(name: str, besides: User | None = None) -> str:
    """Return an existing username that looks the same except for case; "" if none.

    All names are compared in Python, because databases differ in how they fold
    non-ASCII letters, and SQLite does not fold them at all.
    """
    wanted = _folded(name)
    others = User.objects.exclude(pk=besides.pk) if besides else User.objects.all()
    for other in others.values_list("username", flat=True):
        if _folded(other) == wanted:
            return other
    return ""


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
