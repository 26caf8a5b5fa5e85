import asyncio
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import connections

from runners.cli.create import Mode, NewSession, find_owner, start_session
from runners.cli.foreground import Foreground
from runners.cli.resume import continue_session
from runners.cli.rules import GivenRules
from runners.cli.signals import stop_signals
from runners.engines.claude_api.options import EFFORTS, THINKING
from runners.engines.pool import import_engine
from runners.engines.stdio.command import own_environment
from runners.port.engine import Engine
from runners.port.errors import RunFailed
from runners.process.hardening import hide_environment, warn_unless_confined
from runners.process.metrics_server import exposed_metrics
from runners.process.runner import Runner
from sessions_app.models import AgentSession
from sessions_app.operations import heap
from sessions_app.operations.database_command import DatabaseCommand
from sessions_app.protocol.engine_kind import ACP, ACP_COMMAND, EXEC
from sessions_app.sessions.budget_limits import MEASURES
from sessions_app.sessions.engine_choice import engine_of_new_sessions

OPTIONS = ("effort", "thinking")
NEW_ONLY = (
    *(f"budget_{measure}" for measure in MEASURES),
    *OPTIONS,
    "title",
    "model",
    "workdir",
    "permission_mode",
    "simulate",
    "exec",
    "agent",
    "worktree",
)
CLAUDE_ONLY = (
    *(f"budget_{measure}" for measure in MEASURES),
    *OPTIONS,
    *("allow", "deny", "env", "remember", "simulate"),
)
CONCURRENCY = 4  # concurrent sessions
ALLOW_HELP = 'run without asking, such as "bash(git status *)"; may be repeated'
DENY_HELP = "never run, whatever is allowed; may be repeated"
WORKTREE_HELP = "work in a git worktree and branch of its own, ringside/ID"
EXEC_HELP = "run this program instead of Claude; see docs/protocol.md"
AGENT_HELP = "run an agent that speaks ACP instead of Claude; see docs/agents.md"
ENV_HELP = "a variable that commands get, such as MYAPP_*; may be repeated"
REMEMBER_HELP = "keep these rules for all sessions in the same directory or below it"


class Command(DatabaseCommand):
    help = "Run one session in this terminal, or run queued sessions."

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("prompt", nargs="?", default="", help="the agent's task")
        add("--session", default="", metavar="ID", help="continue this session")
        add("--workdir", default="", help="default: the current directory")
        add("--model", default="", help=f"default: {settings.RINGSIDE_MODEL}")
        add("--permission-mode", default="", choices=["", *Mode.values])
        for measure in MEASURES:
            add(f"--budget-{measure}", type=float, help="ask before spending more")
        add("--effort", default="", choices=["", *EFFORTS])
        add("--thinking", default="", choices=["", *THINKING])
        add("--allow", action="append", default=[], metavar="RULE", help=ALLOW_HELP)
        add("--deny", action="append", default=[], metavar="RULE", help=DENY_HELP)
        add("--env", action="append", default=[], metavar="NAME", help=ENV_HELP)
        add("--remember", action="store_true", help=REMEMBER_HELP)
        add("--worktree", action="store_true", help=WORKTREE_HELP)
        add("--exec", default="", metavar="CMD", help=EXEC_HELP)
        add("--agent", default="", metavar="NAME|CMD", help=AGENT_HELP)
        add("--title", default="", help="default: the prompt's first line")
        add("--owner", default="", metavar="USER", help="the session's owner")
        add("--simulate", action="store_true", help="simulate Claude by a script")
        add("--stdout", action="store_true", help="write events as JSON lines")
        add("--queue", action="store_true", help="run queued sessions until stopped")
        add(
            "--concurrency",
            type=int,
            default=CONCURRENCY,
            help="with --queue: sessions at a time",
        )
        add("--metrics-port", type=int, help="with --queue: serve /metrics here")
        add("--metrics-host", default="127.0.0.1", help="default: %(default)s")

    def handle(self, *args: Any, **options: Any) -> None:
        hide_environment()
        warn_unless_confined()
        if options["queue"]:
            if options["prompt"] or options["session"]:
                raise CommandError("--queue takes no PROMPT and no --session")
            if any(options[name] for name in ("allow", "deny", "env", "remember")):
                raise CommandError(
                    "--queue takes no rules: add them by `manage.py rules`"
                )
            if options["concurrency"] < 1:
                raise CommandError("--concurrency: at least 1")
            with exposed_metrics(options["metrics_host"], options["metrics_port"]):
                # First of all: a runner is to begin at once what it takes.
                import_engine(engine_of_new_sessions())
                heap.set_aside()
                asyncio.run(_serve_queue(options["concurrency"]))
            return
        try:
            owner = find_owner(options["owner"])
            rules = GivenRules.parse(options["allow"], options["deny"], options["env"])
            session = _session(owner, options)
            rules.give(session, owner, remember=options["remember"])
        except RunFailed as error:
            raise CommandError(str(error)) from None
        finally:
            connections.close_all()
        foreground = Foreground(
            session,
            owner,
            as_lines=options["stdout"] or _prints_lines(),
            engines=_own_engines(session.engine),
        )
        sys.exit(asyncio.run(foreground.run()))


def _own_engines(name: str) -> dict[str, Engine]:
    """The session's engine, if its program gets the environment of this process.

    Only that one is imported: the process starts sooner.
    """
    if name == EXEC.name:
        from runners.engines.stdio.engine import StdioEngine

        return {name: StdioEngine(own_environment())}
    if name in {ACP.name, ACP_COMMAND.name}:
        from runners.engines.acp.engine import AcpEngine

        return {name: AcpEngine(own_environment(), is_own=True)}
    return {}


def _session(owner: Any, options: dict[str, Any]) -> AgentSession:
    """Create or claim the session that the options name. Raises RunFailed."""
    if options["session"]:
        for name in NEW_ONLY:
            if options[name]:
                option = f"--{name.replace('_', '-')}"
                raise CommandError(f"{option} is for new sessions, not for --session")
        return continue_session(options["session"], options["prompt"], owner)
    if options["exec"] and options["agent"]:
        raise CommandError("give --exec or --agent, not both")
    if options["exec"]:
        _refuse_for_programs(options)
    if not options["prompt"] and not options["exec"]:
        raise CommandError("give a PROMPT, or --session ID, or --exec, or --queue")
    new = NewSession(
        prompt=options["prompt"],
        title=options["title"],
        model=options["model"],
        workdir=options["workdir"],
        permission_mode=options["permission_mode"],
        simulate=options["simulate"] or settings.RINGSIDE_SIMULATE,
        budget=_given_budget(options),
        program=options["exec"],
        agent=options["agent"],
        worktree=options["worktree"],
        options={name: options[name] for name in OPTIONS if options[name]},
    )
    return start_session(new, owner)


def _refuse_for_programs(options: dict[str, Any]) -> None:
    """Refuse options that Ringside cannot enforce on an external program."""
    for name in CLAUDE_ONLY:
        if options[name] not in (None, "", [], False):
            option = f"--{name.replace('_', '-')}"
            raise CommandError(
                f"{option} is for Claude, not for --exec: what a program spends, asks "
                "and runs is its own to decide. Give it options of its own instead."
            )


def _prints_lines() -> bool:
    """Whether events are printed as JSON lines if no option decides it."""
    if settings.RINGSIDE_OUTPUT == "auto":
        return not sys.stdout.isatty()
    return bool(settings.RINGSIDE_OUTPUT == "json")


def _given_budget(options: dict[str, Any]) -> dict[str, float]:
    given = {measure: options[f"budget_{measure}"] for measure in MEASURES}
    return {measure: limit for measure, limit in given.items() if limit is not None}


async def _serve_queue(concurrency: int) -> None:
    async with Runner() as runner:
        with stop_signals(runner.stop, runner.stop):
            await runner.serve_queue(concurrency)
