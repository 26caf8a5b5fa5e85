from typing import Any

from sessions_app.api.v1.problems import ProblemDetails

Responses = dict[int, Any]


def answers(ok: Any, *errors: int, status: int = 200) -> Responses:
    """Describe an operation's responses: `ok`, and problem documents.

    Every operation may answer 401 (no valid token), 422 (a wrong parameter) and
    503 (too busy, or the database is away).
    """
    return {status: ok} | dict.fromkeys({401, 403, 422, 503, *errors}, ProblemDetails)
