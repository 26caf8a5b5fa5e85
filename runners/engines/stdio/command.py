import os
import shlex
import shutil
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from django.conf import settings

from runners.engines.json_lines.source import LineSource, OpenLineSource
from runners.engines.program.diagnostics import StderrTail
from runners.engines.program.program import Program, program
from runners.port.engine import SessionBrief
from runners.port.errors import RunFailed
from runners.sandbox.environment import OUTER_TIME_ZONE
from sessions_app.protocol.engine_kind import EXEC

MODEL_MAX_CHARS = 80  # size of the session row's column
# Ringside's own connection settings are withheld from programs.
HIDDEN = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SECRET_KEY_FALLBACKS")


def parse_command(text: str, option: str = "--exec") -> list[str]:
    """Split a command as a shell does, and resolve its program to an absolute path.

    `option` is where it was given. Raises RunFailed.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise RunFailed("bad_exec", f"{option}: {error}: {text}") from None
    if not words:
        raise RunFailed("bad_exec", f"{option}: name a program")
    found = shutil.which(words[0])
    if found is None:
        raise RunFailed("bad_exec", f"{option}: there is no program {words[0]}")
    return [str(Path(found).absolute()), *words[1:]]


def program_name(argv: Sequence[str]) -> str:
    """The name shown for a program if no model is named."""
    return Path(argv[0]).name[:MODEL_MAX_CHARS]


def open_program(environment: Mapping[str, str]) -> OpenLineSource:
    """Make a function that starts a session's program in this environment.

    The program belongs to the person who started it by hand, and may need their keys.
    """
    hidden = {f"RINGSIDE_{name}" for name in (*HIDDEN, "METRICS_TOKEN")}
    # otherwise unprefixed names are the person's own variables
    if settings.PLAIN_NAMES:
        hidden |= {*HIDDEN}
    kept = {k: v for k, v in environment.items() if k not in hidden}

    def open_(
        brief: SessionBrief, diagnostics: StderrTail
    ) -> AbstractAsyncContextManager[LineSource]:
        argv = brief.options.get("exec")
        if brief.engine != EXEC.name or not isinstance(argv, list) or not argv:
            raise RunFailed("bad_exec", "this session has no program")
        variables = {
            "RINGSIDE_SESSION_ID": brief.session_id,
            "RINGSIDE_PERMISSION_MODE": brief.permission_mode,
            "RINGSIDE_RESUMED": "1" if brief.is_resumed else "",
        }
        # Without --model, brief.model is the program's name, not a model's.
        if brief.model != program_name(argv):
            variables["RINGSIDE_MODEL"] = brief.model
        opened: AbstractAsyncContextManager[Program] = program(
            [str(word) for word in argv], brief.workdir, kept | variables, diagnostics
        )
        return opened

    return open_


def own_environment() -> dict[str, str]:
    """Copy this process's environment, before the runner removes the keys from it.

    TZ is set to its value from before Django changed it.
    """
    zone = os.environ.get(OUTER_TIME_ZONE, os.environ.get("TZ", ""))
    environment = {k: v for k, v in os.environ.items() if k != "TZ"}
    return environment | ({"TZ": zone} if zone else {})
