import os
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from django.conf import settings

from runners.review.place import ReviewPlace, quoted_path
from runners.review.remotes import (
    Remote,
    current_remotes,
    remotes_of,
    transport_of,
    why_no_push,
)
from runners.ship.session_branch import check_head
from runners.worktrees.git import Git, GitFailed

PUSH_DIR = "push.git"  # in the store: has nothing of the repository's configuration
# The person's own ways to sign in, which commands of agents do not get.
CREDENTIALS = ("SSH_AUTH_SOCK", "GIT_SSH_COMMAND", "GIT_SSH", "GIT_SSH_VARIANT")
NO_PROMPTS = {"GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "", "SSH_ASKPASS": ""}
# What git runs for a remote on this machine: no hook of it, and no upkeep.
LOCAL_RECEIVER = (
    "git -c core.hooksPath=/dev/null -c core.alternateRefsCommand= -c gc.auto=0"
    " -c receive.autogc=false receive-pack"
)
NO_SIGN_IN = re.compile(
    r"could not read (Username|Password)|Authentication failed|Permission denied"
    r"|terminal prompts disabled|Host key verification failed"
)


@dataclass(frozen=True, slots=True)
class Pushed:
    commit: str
    remote: Remote
    name: str  # of the branch there


def push(
    place: ReviewPlace, head: str, to: tuple[str, str], earlier: frozenset[str]
) -> Pushed:
    """Push a commit to a branch of a remote, and say what was pushed.

    `head` is the commit that the person looked at, `to` names remote and branch.
    `earlier` are the commits that this session has pushed there: only those are
    replaced. Git reads the user's own configuration and none of the repository's, and
    asks nobody. Raises GitFailed, with nothing pushed.
    """
    remote_name, name = to
    remote = find_remote(place, remote_name)
    check_head(place.open_repository(), head)
    _check_name(place, name)
    git = _pushing(place, remote)
    ref = f"refs/heads/{name}"
    there = _there(git, remote, ref)
    words = ["push", "--porcelain", "--no-verify", "--no-follow-tags",
             "--no-recurse-submodules"]  # fmt: skip
    if transport_of(remote.url) == "file":
        words.append(f"--receive-pack={LOCAL_RECEIVER}")
    if there in earlier:
        words.append(f"--force-with-lease={ref}:{there}")
    done = git.outcome(*words, "--", remote.url, f"{head}:{ref}")
    if done.code != 0:
        raise GitFailed(_why(done.out, done.err, remote, name))
    return Pushed(head, remote, name)


def find_remote(place: ReviewPlace, name: str) -> Remote:
    """A remote that the session began with, if it is as it was. Raises GitFailed."""
    known = {remote.name: remote for remote in remotes_of(place)}
    if name not in known:
        names = ", ".join(known) or "none"
        raise GitFailed(f"there was no remote {name!r} when the session began: {names}")
    if why := why_no_push(known[name], current_remotes(place)):
        raise GitFailed(f"{name}: {why}")
    return known[name]


def _pushing(place: ReviewPlace, remote: Remote) -> Git:
    """Git in an empty directory that sees the repository's objects.

    The directory is made anew, as an agent that shares the user could write there.
    """
    path = place.store / PUSH_DIR
    try:
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise GitFailed(f"{path} cannot be written: {error.strerror}") from None
    objects = quoted_path(place.common / "objects")
    git = Git.at(
        path, GIT_DIR=str(path), GIT_ALTERNATE_OBJECT_DIRECTORIES=objects, **NO_PROMPTS
    )
    git.run("init", "-q", "--bare", "--template=")
    _copy_shallow(place.common, path)
    actual = git.line("ls-remote", "--get-url", remote.url)  # of the user's insteadOf
    transport = transport_of(actual)
    if transport == "other":
        raise GitFailed(f"Ringside does not push to {remote.shown}: push by hand")
    signing_in = {n: os.environ[n] for n in CREDENTIALS if n in os.environ}
    env = {**git.env, "GIT_ALLOW_PROTOCOL": transport} | signing_in
    return replace(git, env=env, timeout_s=settings.SHIP_PUSH_MAX_S)


def _copy_shallow(common: Path, path: Path) -> None:
    """Say of which commits the repository lacks the parents."""
    if (common / "shallow").is_file():
        shutil.copyfile(common / "shallow", path / "shallow")


def _check_name(place: ReviewPlace, name: str) -> None:
    git = place.open()
    if name.startswith("-") or not git.succeeds(
        "check-ref-format", f"refs/heads/{name}"
    ):
        raise GitFailed(f"{name!r} is no name for a branch")


def _there(git: Git, remote: Remote, ref: str) -> str:
    """The commit that the branch has at the remote now; "": it has no such branch."""
    found = git.outcome("ls-remote", "--", remote.url, ref)
    if found.code != 0:
        raise GitFailed(_why(found.out, found.err, remote, ""))
    return found.out.partition("\t")[0]


def _why(out: str, err: str, remote: Remote, name: str) -> str:
    """Say in a sentence why a remote took nothing."""
    where = f"{remote.name} ({remote.shown})"
    if NO_SIGN_IN.search(err):
        return (
            f"{where} wants to know who pushes, and the runner's user has no key or "
            "credential helper for it: set one up, or push by hand"
        )
    for line in out.splitlines():
        flag, _, rest = line.partition("\t")
        reason = re.search(r"\((.*)\)\s*$", rest)
        if flag != "!":
            continue
        if "[rejected]" in rest:
            return f"{where} has other commits in {name}: take another name for it"
        if reason:
            return f"{where} refused it: {reason[1]}"
    lines = [line for line in err.splitlines() if line.startswith(("fatal:", "error:"))]
    said = (lines or err.splitlines() or ["it gave no reason"])[0]
    return f"{where} took nothing: {said.removeprefix('fatal: ')}"
