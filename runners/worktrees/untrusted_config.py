import re
from collections.abc import Iterator

# Configuration scopes that come with a repository, so its author wrote them.
UNTRUSTED_SCOPES = frozenset({"local", "worktree"})
# Keys that name a program, or that make git start one.
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


# In place of a merge driver, without which git would refuse to merge at all.
_MERGE_DRIVER = re.compile(r"merge\..*\.driver", re.DOTALL)
MERGE_AS_TEXT = "git merge-file %A %O %B"


def neutralized(listed: str) -> list[tuple[str, str]]:
    """Configuration that overrides a repository's settings of programs to run.

    `listed` is the output of `git config --list --show-scope -z`. Each such key is set
    to empty, a merge driver to git's own merge of texts, then to the values of the
    user's own configuration, in order.
    """
    untrusted: dict[str, None] = {}  # an ordered set
    own: dict[str, list[str]] = {}
    for scope, key, value in _entries(listed):
        if not _NAMES_A_PROGRAM.fullmatch(key):
            continue
        if scope in UNTRUSTED_SCOPES:
            untrusted[key] = None
        elif scope in {"system", "global"}:
            own.setdefault(key, []).append(value)
    return [
        (key, value)
        for key in untrusted
        for value in (_harmless(key), *own.get(key, ()))
    ]


def _harmless(key: str) -> str:
    return MERGE_AS_TEXT if _MERGE_DRIVER.fullmatch(key) else ""


def _entries(listed: str) -> Iterator[tuple[str, str, str]]:
    fields = listed.split("\0")
    for scope, entry in zip(fields[::2], fields[1::2], strict=False):
        # A key without a value means true.
        key, has_value, value = entry.partition("\n")
        yield scope, key, value if has_value else "true"
