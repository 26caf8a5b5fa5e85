import re
from collections.abc import Iterator

# Scopes of configuration that come with a repository: whoever made it wrote them.
UNTRUSTED_SCOPES = frozenset({"local", "worktree"})
# Keys that name a program, or that lead git to start one.
_NAMES_A_PROGRAM = re.compile(
    r"filter\..*\.(clean|smudge|process|required)"
    r"|diff\.(external|.*\.(command|textconv))|merge\..*\.driver"
    r"|core\.(sshcommand|gitproxy|askpass|pager|editor|alternaterefscommand)"
    r"|credential\.(.*\.)?helper"
    r"|remote\..*\.(uploadpack|receivepack|vcs|proxy|promisor)|fetch\.bundleuri"
    r"|lfs\.(.*\.)?standalonetransferagent|lfs\.customtransfer\..*\.(path|args)"
    r"|lfs\.extension\..*\.(clean|smudge)"
    r"|(gpg\.(.*\.)?|.*tool\..*\.)(program|cmd|path)|trailer\..*\.(command|cmd)",
    re.DOTALL,
)


def neutralized(listed: str) -> list[tuple[str, str]]:
    """Configuration that undoes what a repository sets of programs to run.

    `listed` is what `git config --list --show-scope -z` prints. Each such key becomes
    empty, and then what the user's own configuration says of it, in order.
    """
    untrusted: dict[str, None] = {}  # in order, each once
    own: dict[str, list[str]] = {}
    for scope, key, value in _entries(listed):
        if not _NAMES_A_PROGRAM.fullmatch(key):
            continue
        if scope in UNTRUSTED_SCOPES:
            untrusted[key] = None
        elif scope in {"system", "global"}:
            own.setdefault(key, []).append(value)
    return [(key, value) for key in untrusted for value in ("", *own.get(key, ()))]


def _entries(listed: str) -> Iterator[tuple[str, str, str]]:
    fields = listed.split("\0")
    for scope, entry in zip(fields[::2], fields[1::2], strict=False):
        # A key without a value is a flag that is set.
        key, has_value, value = entry.partition("\n")
        yield scope, key, value if has_value else "true"
