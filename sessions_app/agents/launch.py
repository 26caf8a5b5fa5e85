import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from sessions_app.agents.entry import AgentEntry


@dataclass(frozen=True, slots=True)
class Launch:
    """The command that starts an agent here, and the variables it adds."""

    argv: tuple[str, ...]
    env: Mapping[str, str]


class AgentMissing(Exception):
    """An agent is not installed on this host; the text says how to install it."""


def find_launch(entry: AgentEntry, path: str | None = None) -> Launch:
    """Find the agent's command on `path`, else npx or uvx for its package.

    Raises AgentMissing.
    """
    if entry.command:
        found = shutil.which(entry.command, path=path)
        if found:
            return Launch((found, *entry.args), entry.env)
    for runner, package in (
        (("npx", "--yes"), entry.distribution.npx),
        (("uvx",), entry.distribution.uvx),
    ):
        found = shutil.which(runner[0], path=path) if package else None
        if package and found:
            argv = (found, *runner[1:], package.package, *package.args)
            return Launch(argv, {**package.env, **entry.env})
    raise AgentMissing(_why(entry))


def is_installed(entry: AgentEntry) -> bool:
    """Whether the agent's own command is on this host."""
    return bool(entry.command and shutil.which(entry.command))


def _why(entry: AgentEntry) -> str:
    sought = entry.command or "its package"
    why = f"{entry.label} is not installed on this host: there is no {sought} here"
    how = entry.how_to_install
    return f"{why}; install it with `{how}`" if how else why
