import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User

from runners.engines.stdio.command import MODEL_MAX_CHARS, parse_command, program_name
from runners.port.errors import NO_KEY, RunFailed
from runners.records.rows import create_session
from sessions_app.agents.access import why_not
from sessions_app.agents.entry import AgentEntry
from sessions_app.agents.launch import AgentMissing, find_launch
from sessions_app.models import AgentSession
from sessions_app.protocol.engine_kind import (
    ACP,
    ACP_COMMAND,
    ANTHROPIC,
    EXEC,
    SIMULATOR,
)
from sessions_app.sessions.budget_limits import budget_limits
from sessions_app.workdirs.own import own_workdir

Mode = AgentSession.PermissionMode


@dataclass(frozen=True, slots=True)
class NewSession:
    """The command-line options of a new session."""

    prompt: str
    title: str
    model: str
    workdir: str
    permission_mode: str
    simulate: bool
    budget: Mapping[str, float] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    worktree: bool = False  # work in a git worktree and branch of its own
    program: str = ""  # the command of an external runner, instead of Claude
    agent: str = ""  # an agent that speaks ACP, by its name or as a command


def start_session(new: NewSession, owner: User | None) -> AgentSession:
    """Create the session; this process holds its lease. Raises RunFailed."""
    if new.program:
        return _start_program(new, owner)
    check_prompt(new.prompt)
    check_budget(new.budget)
    if new.agent:
        return _start_agent(new, owner)
    if new.simulate and new.worktree:
        raise RunFailed("no_worktree", "--worktree: a simulated session needs none")
    if not new.simulate:
        check_key()
    return create_session(
        prompt=new.prompt,
        title=new.title or new.prompt.strip().splitlines()[0],
        owner=owner,
        model=_model(new),
        engine=(SIMULATOR if new.simulate else ANTHROPIC).name,
        workdir=_simulated_workdir(new) if new.simulate else _real_workdir(new),
        permission_mode=new.permission_mode
        or (Mode.BYPASS if new.simulate else Mode.DEFAULT),
        budget=new.budget,
        options=new.options,
        worktree=new.worktree,
    )


def _start_program(new: NewSession, owner: User | None) -> AgentSession:
    command = parse_command(new.program)
    if new.budget:
        raise RunFailed(
            "no_budget",
            "--budget: a budget cannot be enforced with --exec, because the program "
            "decides when it calls its model. Leave it out, or limit the program.",
        )
    if new.prompt:
        check_prompt(new.prompt)
    lines = (new.prompt.strip() or new.program).splitlines()
    return create_session(
        prompt=new.prompt,
        title=new.title or lines[0],
        owner=owner,
        model=new.model or program_name(command),
        engine=EXEC.name,
        workdir=_real_workdir(new),
        permission_mode=new.permission_mode or Mode.DEFAULT,
        budget={},
        options={"exec": command},
        worktree=new.worktree,
    )


def _start_agent(new: NewSession, owner: User | None) -> AgentSession:
    entry = settings.AGENTS.get(new.agent)
    if entry is not None:
        options: dict[str, object] = {"agent": entry.id}
        _check_agent(entry, owner)
    else:
        command = parse_command(new.agent, "--agent")
        options = {"agent": program_name(command), "command": command}
    return create_session(
        prompt=new.prompt,
        title=new.title or new.prompt.strip().splitlines()[0],
        owner=owner,
        model=new.model or str(options["agent"]),
        engine=(ACP if entry else ACP_COMMAND).name,
        workdir=_real_workdir(new),
        permission_mode=new.permission_mode or Mode.DEFAULT,
        budget=new.budget,
        options=options | dict(new.options),
        worktree=new.worktree,
    )


def _check_agent(entry: AgentEntry, owner: User | None) -> None:
    """Raise RunFailed if the agent is missing here, or not for this owner."""
    if why := why_not(entry.id, owner):
        raise RunFailed("agent_not_allowed", why)
    try:
        find_launch(entry)
    except AgentMissing as error:
        raise RunFailed("agent_missing", str(error)) from None


def check_key() -> None:
    """Raise RunFailed if there is no API key."""
    if not settings.ANTHROPIC_API_KEY:
        raise RunFailed("no_api_key", NO_KEY)


def check_budget(budget: Mapping[str, float]) -> None:
    """Raise RunFailed if a limit is invalid."""
    try:
        budget_limits(dict(budget))
    except ValueError as error:
        raise RunFailed("bad_budget", str(error)) from error


def check_prompt(prompt: str) -> None:
    """Raise RunFailed for a prompt that is empty or cannot be stored."""
    limit = settings.PROMPT_MAX_CHARS
    if not prompt.strip():
        raise RunFailed("bad_prompt", "the prompt is empty: give the agent a task")
    if "\0" in prompt:
        raise RunFailed("bad_prompt", "the prompt contains a NUL character")
    if len(prompt) > limit:
        raise RunFailed("bad_prompt", f"the prompt is over {limit:,} characters")


def find_owner(name: str) -> User | None:
    """Find the owner of a command line's sessions. Raises RunFailed."""
    name = name or settings.RINGSIDE_OWNER
    if not name:
        return User.objects.filter(is_superuser=True).order_by("id").first()
    owner = User.objects.filter(username=name).first()
    if owner is None:
        raise RunFailed(
            "no_user", f"there is no user {name}: `manage.py signin {name} --create`"
        )
    return owner


def _model(new: NewSession) -> str:
    name = new.model or settings.RINGSIDE_MODEL
    if len(name) > MODEL_MAX_CHARS:
        raise RunFailed("bad_model", f"--model: over {MODEL_MAX_CHARS} characters")
    return name


def _real_workdir(new: NewSession) -> str:
    path = _as_text(Path(new.workdir or ".").resolve())
    if not path.is_dir():
        raise RunFailed("no_workdir", f"--workdir: there is no directory {path}")
    return str(path)


def _simulated_workdir(new: NewSession) -> str:
    """Require an empty directory: a simulated session writes what its script says."""
    if not new.workdir:
        return ""
    path = _as_text(Path(new.workdir).resolve())
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise RunFailed(
            "no_workdir",
            f"--workdir: {path} is not empty, and a simulated session writes what its "
            f"script says. Leave --workdir out (it gets {own_workdir('ID')}), or name "
            "a directory that is empty or not there yet.",
        )
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        why = f"--workdir: {path} cannot be made: {error.strerror}"
        raise RunFailed("no_workdir", why) from None
    return str(path)


def _as_text(path: Path) -> Path:
    """Refuse a directory whose name is not UTF-8, which the database cannot store."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        shown = os.fsencode(path).decode(errors="backslashreplace")
        raise RunFailed(
            "no_workdir",
            f"--workdir: the name of {shown} is not UTF-8: rename that directory",
        ) from None
    return path
