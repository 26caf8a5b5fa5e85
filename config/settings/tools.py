"""Where sessions work, and what their commands get."""

import os

from config.settings.base import DATA_DIR, env

# Where sessions started from the page may work; none: only in a fresh directory.
RINGSIDE_WORKDIR_ROOTS = env.directories("RINGSIDE_WORKDIR_ROOTS")
# Whether the server is the own one of a person, who may name any directory of theirs on
# the page: see docs/security.md. `make run` says so.
RINGSIDE_OWN_MACHINE = env.flag("RINGSIDE_OWN_MACHINE")

# What the bash tool starts commands by, such as bwrap; {workdir} is the session's own.
# See docs/security.md.
BASH_WRAPPER = env.command("RINGSIDE_BASH_WRAPPER")
# Variables that commands get besides those of the built-in list; `*` stands for any
# characters. See docs/security.md.
TOOL_ENVIRONMENT = env.names("RINGSIDE_TOOL_ENV")
# Django puts TIME_ZONE into TZ, which commands and child processes would inherit.
os.environ.setdefault("RINGSIDE_TZ", os.environ.get("TZ", ""))

WORKDIRS_DIR = DATA_DIR / "workdirs"  # the fresh ones
WORKTREES_DIR = DATA_DIR / "worktrees"  # of sessions that work in a git worktree
GIT_TIMEOUT_S = 60.0  # of one git command on them
