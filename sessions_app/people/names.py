import unicodedata

from django.contrib.auth.models import User


def same_but_for_case(name: str, besides: User | None = None) -> str:
    """Find a user whose name people would take for this one; "" where there is none.

    All names are read: databases fold the case of other letters than ASCII's each in
    their own way, SQLite in none.
    """
    wanted = _folded(name)
    others = User.objects.exclude(pk=besides.pk) if besides else User.objects.all()
    for other in others.values_list("username", flat=True):
        if _folded(other) == wanted:
            return other
    return ""


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
