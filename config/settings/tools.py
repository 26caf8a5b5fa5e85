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

# What sessions have changed in git repositories; see docs/architecture/agents.md.
REVIEW_DIR = DATA_DIR / "review"  # git objects of the states that were compared
REVIEW_GIT_MAX_S = 20.0  # of one git command that compares
REVIEW_BASE_WAIT_S = 3.0  # for the state that a session finds, before its agent begins
REVIEW_LAST_WAIT_S = 5.0  # for the state it leaves, before its runner lets it go
REVIEW_REST_RATIO = 5  # a comparison that took 1 s is followed by 5 s without one
REVIEW_PATHS_MAX = 20_000  # new or changed files looked at; more are left out
REVIEW_FILE_MAX_BYTES = 10 * 1024 * 1024  # of one of them; a larger one is left out
REVIEW_TOTAL_MAX_BYTES = 200 * 1024 * 1024  # of all of them
REVIEW_PATCH_MAX_BYTES = 16 * 1024 * 1024  # of one comparison; later files have none
REVIEW_LISTED_MAX_BYTES = 90 * 1024  # of one event's list of files, encoded

# Merging, rebasing and pushing a session's branch; see docs/security.md.
SHIP_CHECKOUT_MAX_S = 600.0  # of git writing files, which is not to be broken off
SHIP_INDEX_WAIT_S = 20.0  # for another git that works in the same directory
SHIP_PUSH_MAX_S = 300.0
SHIP_FORGE_MAX_S = 60.0  # of gh or glab
SHIP_COMMITS_MAX = 500  # that one rebase puts elsewhere
SHIP_CONFLICT_FILES_MAX = 100  # that one event lists; more are counted
SHIP_CONFLICT_READ_MAX_BYTES = 1024 * 1024  # of a file in conflict
SHIP_CONFLICTS_MAX_CHARS = 40_000  # of one event's hunks in conflict; more are counted
SHIP_HUNK_MAX_CHARS = 4_000  # of one side of a hunk
