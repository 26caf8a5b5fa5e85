import os
import sys
from io import TextIOWrapper
from types import MappingProxyType

# Shown without loading Django, which takes a second; a command's own --help loads it.
COMMANDS = MappingProxyType(
    {
        "serve": "serve the pages and run queued sessions",
        "runagent": "run one session here, or queued sessions for ever",
        "signin": "print a link that signs a user in",
        "sessions": "list the sessions of a server",
        "watch": "show a session of a server as it goes on",
        "send": "send a message to a session, or stop it",
        "interrupt": "stop what a session does now",
        "approve": "list the calls that wait for a person, or answer one",
        "mcp": "let an agent list, read and steer sessions (MCP on stdio)",
        "token": "make, list and revoke the tokens of programs",
        "vapid": "show or change the key for push services",
        "follow": "take in the sessions of Claude Code, Codex and opencode, live",
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

    Errors that the user can fix are printed without a traceback.
    """
    if tuple(sys.argv[1:]) in HELP:
        sys.stdout.write(_help())
        return
    # Overrides the environment, which may name another project's settings.
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    for word in sys.argv:
        if not _is_text(word):
            sys.exit(f"Not UTF-8: {word!a}")  # no database can store it
    if isinstance(sys.stdout, TextIOWrapper):
        # Escape characters that the terminal's encoding lacks; raise no error.
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
    except KeyboardInterrupt:  # Ctrl-C before the command handles it
        sys.exit(130)


def _is_text(word: str) -> bool:
    """Return whether an argument was UTF-8; Python keeps other bytes as surrogates."""
    return not any("\ud800" <= char <= "\udfff" for char in word)
