#!/usr/bin/env python
import os
import sys
from io import TextIOWrapper


def main() -> None:
    """Run a management command; what a person can mend is said without a traceback."""
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
            f"{sys.executable} has no {missing.name}. `make run` sets Ringside up; "
            "then: var/uv/bin/uv run --no-sync python manage.py …"
        )
    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, OperationalError) as error:
        if "--traceback" in sys.argv:
            raise
        what = "The settings" if isinstance(error, ImproperlyConfigured) else "Database"
        sys.exit(f"{what}: {error}")


def _is_text(word: str) -> bool:
    """Tell whether an argument's bytes were text; Python keeps others as they are."""
    return not any("\ud800" <= char <= "\udfff" for char in word)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:  # before the command listens for it
        sys.exit(130)
