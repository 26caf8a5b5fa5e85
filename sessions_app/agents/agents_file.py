import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from sessions_app.agents.built_in import BUILT_IN
from sessions_app.agents.entry import ID, AgentEntry


class BadAgentsFile(ValueError):
    """agents.toml cannot be read; the text says where and why."""


def read_agents(path: Path) -> Mapping[str, AgentEntry]:
    """The agents of an installation by their ids: the file's, then those built in.

    A table that has the id of a built-in agent changes the fields that it names; an
    empty one only says that the agent may be used. Raises BadAgentsFile.
    """
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return BUILT_IN
    except (OSError, ValueError) as error:
        raise BadAgentsFile(f"{path}: {error}") from None
    named = {id_: _entry(path, id_, table) for id_, table in tables.items()}
    others = {id_: entry for id_, entry in BUILT_IN.items() if id_ not in named}
    return {id_: entry for id_, entry in (named | others).items() if entry.enabled}


def _entry(path: Path, id_: str, table: object) -> AgentEntry:
    if not re.match(ID, id_):
        wanted = "small letters, digits and hyphens, at most 32, a letter first"
        raise BadAgentsFile(f"{path}: [{id_}]: an agent's name is {wanted}")
    if not isinstance(table, dict):
        raise BadAgentsFile(f"{path}: {id_}: expected a table, [{id_}]")
    known = msgspec.to_builtins(BUILT_IN[id_]) if id_ in BUILT_IN else {}
    fields = known | table | {"id": id_, "is_built_in": False}
    if "command" in table:  # another program: the built-in's arguments are not its own
        fields["args"] = table.get("args", [])
    try:
        entry = msgspec.convert(fields, AgentEntry)
    except msgspec.ValidationError as error:
        raise BadAgentsFile(f"{path}: [{id_}]: {error}") from None
    if not entry.command and not entry.distribution.npx and not entry.distribution.uvx:
        raise BadAgentsFile(
            f"{path}: [{id_}]: give a command, or distribution.npx, or distribution.uvx"
        )
    return entry
