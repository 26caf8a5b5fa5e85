import os
import sys
from io import TextIOWrapper
from types import MappingProxyType

# Told without loading Django, which takes a second: a command's own --help does.
COMMANDS = MappingProxyType(
    {
        "serve": "serve the pages and run queued sessions",
        "runagent": "run one session here, or queued sessions for ever",
        "signin": "print a link that signs a user in",
        "ingest": "take recorded protocol lines into a session",
        "rules": "list, add and remove a directory's permission rules",
        "worktree": "list and remove the git worktrees of sessions",
        "diagnostics": "print what a session's program wrote to stderr",
        "export": "write a session and its sub-agents as one file",
        "importlog": "take in what export wrote as JSON lines",
        "redact": "cover a text in a session's log, for good",
        "prune": "delete sessions that are kept no longer",
        "purge": "rewrite the database without what was deleted",
        "upkeep": "remove what has expired",
        "newepoch": "after a restore: void cursors, keys and links",
        "selftest": "prove on a running server that nothing is lost",
        "migrate": "bring the database up to date",
    }
)
HELP = (("-h",), ("--help",), ("help",), ())


def main() -> None:
    """Run a management command: `ringside`, and `manage.py` in a checkout.

    What a person can mend is said without a traceback.
    """
    if tuple(sys.argv[1:]) in HELP:
        sys.stdout.write(_help())
        return
    # Another project's settings may be named in the environment.
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    for word in sys.argv:
        if not _is_text(word):
            sys.exit(f"Not UTF-8: {word!a}")  # no database holds it
    if isinstance(sys.stdout, TextIOWrapper):
        # What a terminal has no letter for is spelled, and ends nothing.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
        from django.db import OperationalError
    except ModuleNotFoundError as missing:
        sys.exit(
            f"{sys.executable} has no {missing.name}: `make run` sets Ringside up, "
            "and its last line says how commands are given then"
        )
    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, OperationalError) as error:
        if "--traceback" in sys.argv:
            raise
        what = "The settings" if isinstance(error, ImproperlyConfigured) else "Database"
        sys.exit(f"{what}: {error}")


def _help() -> str:
    lines = "".join(f"  {name:<12} {what}\n" for name, what in COMMANDS.items())
    return (
        "usage: ringside COMMAND [...]\n\n"
        f"{lines}\n"
        "`ringside COMMAND --help` says more. Django's own commands work too.\n"
    )


def run() -> None:
    """The console script `ringside`."""
    try:
        main()
    except KeyboardInterrupt:  # before the command listens for it
        sys.exit(130)


def _is_text(word: str) -> bool:
    """Tell whether an argument's bytes were text; Python keeps others as they are."""
    return not any("\ud800" <= char <= "\udfff" for char in word)
