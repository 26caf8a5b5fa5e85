"""The whole of a small, known call in one line, for a person to judge at a glance."""

from django.conf import settings

from sessions_app.protocol.events import ApprovalRequest

# The tools whose calls are known, with the only field that their input may have. What
# else a call says (a time limit, a part of a file) is read on the session's page.
FIELDS = {"bash": "command", "read_file": "path"}
STARS = "**"  # what was masked shows as so many


def whole_call(request: ApprovalRequest) -> str | None:
    """Return all of a call as a line; None: it has to be looked at on the page.

    Letters of ASCII alone: no text looks like another, none hides or turns around.
    """
    field = FIELDS.get(request.tool)
    is_plain = not (request.options or request.questions or request.plan)
    # A call with a whole id was too large: the request has a part of it.
    if field is None or not is_plain or request.diffs or request.whole_id:
        return None
    given = request.input
    if not isinstance(given, dict) or set(given) != {field}:
        return None
    text = given[field]
    if not isinstance(text, str) or not text.strip() or STARS in text:
        return None
    line = f"{request.tool}: {text}"
    fits = len(line) <= settings.PUSH_CALL_MAX_CHARS
    is_clear = text.isascii() and text.isprintable() and "  " not in text
    return line if fits and is_clear else None
