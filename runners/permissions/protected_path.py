"""Files whose mere existence makes programs run code from them.

Writing one amounts to running commands, so it needs approval like a command: above all
git hooks and configuration.
"""

import unicodedata
from collections.abc import Iterable

HEAD = "HEAD"
# Entries of a git directory besides HEAD: those by which git recognizes it, and those
# it runs.
_BESIDE_HEAD = (
    "commondir config config.worktree gitdir hooks info modules objects packed-refs"
    " refs reftable worktrees"
)
# Read automatically by git, shells, direnv, editors and agents at their start.
_READ_UNASKED = (
    ".git .gitconfig .gitmodules .husky .githooks .envrc .bashrc .bash_profile"
    " .bash_login .bash_logout .bash_aliases .profile .zshrc .zshenv .zprofile .zlogin"
    " .ssh .vscode .idea .mcp.json .pdbrc"
    " .pre-commit-config.yaml .pre-commit-hooks.yaml lefthook.yml lefthook.yaml"
    " .lefthook.yml .lefthook.yaml"
    " .overcommit.yml"
)
# Git hooks, which run from wherever `core.hooksPath` points.
_HOOKS = (
    "applypatch-msg pre-applypatch post-applypatch pre-commit pre-merge-commit"
    " prepare-commit-msg commit-msg post-commit pre-rebase post-checkout post-merge"
    " pre-push post-rewrite post-index-change reference-transaction pre-auto-gc"
    " sendemail-validate fsmonitor-watchman push-to-checkout pre-receive post-receive"
)
BESIDE_HEAD = frozenset(_BESIDE_HEAD.split())
_NAMES = frozenset(_READ_UNASKED.split())
_LAST_NAMES = frozenset([HEAD.lower(), *_HOOKS.split()])


def protecting_name(path: str, beside_head: Iterable[str] = ()) -> str:
    """The name that makes a path protected; "" if none does.

    `beside_head` are the names in the path that have a sibling HEAD: with one, git
    takes the directory for a bare repository, wherever it is.
    """
    for name in path.split("/"):
        plain = _plain(name)
        if plain in _NAMES:
            return plain
        if plain == "git~1":  # the short name of .git on Windows
            return ".git"
    if any(_plain(name) in BESIDE_HEAD for name in beside_head):
        return HEAD
    last = _plain(path.rpartition("/")[2])
    if last not in _LAST_NAMES:
        return ""
    return HEAD if last == HEAD.lower() else last


def same_file_name(path: str) -> str:
    """Fold a path so that two which a file system may take for one file are equal.

    Some file systems ignore case, the form of accents or invisible characters.
    """
    kept = (c for c in path if unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFC", "".join(kept).casefold())


def _plain(name: str) -> str:
    """Normalize a name as file systems do that ignore case or some characters."""
    plain = unicodedata.normalize("NFKC", same_file_name(name)).casefold()
    return plain.rstrip(". ") or plain
