import re
from collections.abc import Mapping

_SECRET = re.compile(
    r"^ANTHROPIC_|^(DATABASE|REDIS)_URL$|^DJANGO_|SECRET|PASSWORD|PASSWD|CREDENTIAL"
    r"|(^|_)(KEY|TOKEN|PAT)$|_KEY_|_TOKEN_",
    re.IGNORECASE,
)
# Nobody is there to page through output, or to answer a question.
_QUIET = {
    "GIT_TERMINAL_PROMPT": "0",
    "NO_COLOR": "1",
    "PAGER": "cat",
    "TERM": "dumb",
}


def scrubbed(environment: Mapping[str, str]) -> dict[str, str]:
    """Copy an environment for a command, without what looks like a secret."""
    kept = {k: v for k, v in environment.items() if not _SECRET.search(k)}
    return kept | _QUIET
