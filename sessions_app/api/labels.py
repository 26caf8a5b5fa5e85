import unicodedata

from django.conf import settings
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from sessions_app.api.errors import ApiError, session_api
from sessions_app.masking.secret_spans import has_secret
from sessions_app.models import AgentSession, Tag
from sessions_app.people.rights import may_control
from sessions_app.people.visitor import Person
from sessions_app.protocol.hidden_characters import spell_out


@require_http_methods(["PUT", "DELETE"])
@session_api
def session_tag(
    request: HttpRequest, person: Person, session: AgentSession, name: str
) -> HttpResponse:
    """Add a tag to a session (PUT), or remove it (DELETE); idempotent."""
    _check_may(person, session)
    longest = settings.TAG_MAX_CHARS
    name = unicodedata.normalize("NFC", name)
    if not is_tag(name) or len(name) > longest:
        raise ApiError(
            400,
            f"A tag is one word of letters, digits, . - _, at most {longest} long.",
        )
    if request.method == "PUT" and has_secret(name):
        raise ApiError(400, "A tag is stored in clear, and this one holds a secret.")
    if request.method == "DELETE":
        Tag.objects.filter(session=session, name=name).delete()
        return _changed(session)
    Tag.objects.get_or_create(session=session, name=name)
    return _changed(session)


@require_http_methods(["PUT", "DELETE"])
@session_api
def session_archive(
    request: HttpRequest, person: Person, session: AgentSession
) -> HttpResponse:
    """Archive a session (PUT), which hides it in the list, or restore it (DELETE)."""
    _check_may(person, session)
    if request.method == "DELETE":
        return _changed(session, archived_at=None)
    if not session.is_at_rest:
        raise ApiError(
            409, f"The session is {session.status}: cancel it first, or let it end."
        )
    return _changed(session, archived_at=session.archived_at or timezone.now())


def is_tag(name: str) -> bool:
    """Return whether a text is one word: letters with their marks, digits, and . - _

    In many scripts vowel signs and accents are separate combining marks. Invisible
    marks are refused, because with them two different tags would look the same.
    """
    if not name or is_mark(name[0]) or spell_out(name) != name:
        return False
    return all(char.isalnum() or char in "._-" or is_mark(char) for char in name)


def is_mark(char: str) -> bool:
    return unicodedata.category(char) in {"Mn", "Mc"}


def _check_may(person: Person, session: AgentSession) -> None:
    if not may_control(person, session):
        raise ApiError(403, "You may watch this session, but not change it.")


def _changed(session: AgentSession, **fields: object) -> HttpResponse:
    """Update the row; the new `updated_at` makes open lists show the change."""
    rows = AgentSession.objects.filter(pk=session.pk)
    rows.update(updated_at=Now(), **fields)
    return HttpResponse(status=204)
