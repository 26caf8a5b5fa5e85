import secrets
from collections.abc import Mapping

from tests.servers.installation import Installation

STATUSES = ("completed", "running", "failed", "queued", "interrupted", "idle")
AT_ONCE = 50  # rows of one statement
COLUMNS = (
    "id", "title", "prompt", "status", "model", "engine", "workdir",
    "permission_mode", "lease", "epoch", "head_seq", "swept_seq", "usage", "cost_usd",
)  # fmt: skip


def fill_sessions(installation: Installation, heads: Mapping[str, int]) -> None:
    """Write sessions with these heads, past the project's own code."""
    marks = f"({', '.join('?' * len(COLUMNS))})"
    rows = [_row(number, *one) for number, one in enumerate(heads.items())]
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        installation.rows(
            f"INSERT INTO sessions_app_agentsession ({', '.join(COLUMNS)}) "  # noqa: S608
            f"VALUES {', '.join([marks] * len(some))} RETURNING id",
            *(value for row in some for value in row),
        )


def _row(number: int, session_id: str, head: int) -> tuple[str | int, ...]:
    return (
        session_id,
        f"Title {number}",
        f"prompt {number}, " + "and so on " * 20,
        STATUSES[number % len(STATUSES)],
        f"claude-model-{number % 5}",
        "simulator",
        "",
        "default",
        "",
        secrets.token_hex(4),
        head,
        0,
        "{}",
        number % 30,
    )
