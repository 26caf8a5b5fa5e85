import os
from dataclasses import replace

from runners.worktrees.git import Git

NOBODY = "ringside"  # of commands without a person


def identified(git: Git, by: str) -> Git:
    """Git with a name for its commits: the configured one, else the person's."""
    if git.succeeds("var", "GIT_COMMITTER_IDENT"):
        return git
    name = by or NOBODY
    email = f"{name}@{os.uname().nodename}"
    names = {f"GIT_{who}_NAME": name for who in ("AUTHOR", "COMMITTER")}
    emails = {f"GIT_{who}_EMAIL": email for who in ("AUTHOR", "COMMITTER")}
    return replace(git, env={**git.env, **names, **emails})
