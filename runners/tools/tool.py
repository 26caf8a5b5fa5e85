from dataclasses import replace
from functools import cache
from typing import Any, ClassVar

import msgspec

from runners.permissions.mode import Effect
from runners.permissions.rule import Action
from runners.sandbox.workdir import Workdir
from runners.tools.context import ToolContext, ToolError, ToolOutput
from sessions_app.protocol.encoding.numbers import plain
from sessions_app.protocol.wire import Json, wire_name


class Tool(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One call of a tool: its fields are the input, its docstring the description."""

    effect: ClassVar[Effect] = Effect.NONE

    def action(self, workdir: Workdir) -> Action:
        """Describe the call for the rules: its command, or where its path leads now.

        Raises PathRefused and OSError if the path cannot be resolved.
        """
        action = Action(tool_name(type(self)), getattr(self, "command", None))
        path: str | None = getattr(self, "path", None)
        if path is None:
            return action
        target = workdir.trace(path)
        return replace(
            action,
            path=target.path,
            names=target.names,
            beside_head=target.beside_head,
        )

    async def run(self, job: ToolContext) -> ToolOutput:
        """Run the call. An exception becomes the result, as an error."""
        raise NotImplementedError


def tool_name(tool: type[Tool]) -> str:
    return wire_name(tool.__name__)


@cache
def definition(tool: type[Tool]) -> Json:
    """The tool's definition in the form of the Messages API."""
    _, components = msgspec.json.schema_components([tool])
    schema: dict[str, Any] = components[tool.__name__]
    shown = {k: v for k, v in schema.items() if k not in {"title", "description"}}
    nested = {k: v for k, v in components.items() if k != tool.__name__}
    return {
        "name": tool_name(tool),
        "description": schema["description"],
        "input_schema": shown | ({"$defs": nested} if nested else {}),
    }


def parse(tool: type[Tool], arguments: Json) -> Tool:
    """Check a call's input. Raises ToolError, which names the field and reason."""
    try:
        return msgspec.convert(plain(arguments), tool)
    except msgspec.ValidationError as error:
        raise ToolError(f"Wrong input for {tool_name(tool)}: {error}") from None
