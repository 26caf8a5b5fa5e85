import re
from collections.abc import Mapping

_SECRET = re.compile(
    r"^ANTHROPIC_|^(DATABASE|REDIS)_URL$|^DJANGO_|SECRET|PASSWORD|PASSWD|CREDENTIAL"
    r"|PASSPHRASE|(^|_)(KEY|TOKEN|PAT|DSN|AUTH|COOKIE)S?$|_PWD$|_KEY_|_TOKEN_"
    r"|APIKEY|(AUTH|ACCESS)TOKEN",
    re.IGNORECASE,
)
# Whatever it is called: a URL with a password in it.
_PASSWORD_IN_URL = re.compile(r"://[^/\s@:]*:[^/\s@]+@")
# Nobody is there to page through output, or to answer a question.
_QUIET = {
    "GIT_TERMINAL_PROMPT": "0",
    "NO_COLOR": "1",
    "PAGER": "cat",
    "TERM": "dumb",
}


def scrubbed(environment: Mapping[str, str]) -> dict[str, str]:
    """Copy an environment for a command, without what looks like a secret."""
    kept = {
        name: value
        for name, value in environment.items()
        if not _SECRET.search(name) and not _PASSWORD_IN_URL.search(value)
    }
    return kept | _QUIET
