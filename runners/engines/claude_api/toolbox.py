from types import MappingProxyType

from runners.engines.claude_api.options import Options
from runners.tools.bash import Bash
from runners.tools.edit_file import EditFile
from runners.tools.glob import Glob
from runners.tools.grep import Grep
from runners.tools.read_file import ReadFile
from runners.tools.spawn_agent import SpawnAgent
from runners.tools.todo_write import TodoWrite
from runners.tools.tool import Tool, definition, tool_name
from runners.tools.write_file import WriteFile
from sessions_app.protocol.prepared import prepare
from sessions_app.protocol.wire import Json

TOOLS = MappingProxyType(
    {
        tool_name(tool): tool
        for tool in (
            Bash,
            ReadFile,
            WriteFile,
            EditFile,
            Grep,
            Glob,
            TodoWrite,
            SpawnAgent,
        )
    }
)
prepare(*TOOLS.values())


def offered(options: Options) -> dict[str, type[Tool]]:
    """The tools that an agent with these options has, by name."""
    return {
        name: tool
        for name, tool in TOOLS.items()
        if options.may_spawn or tool is not SpawnAgent
    }


def definitions(options: Options) -> list[Json]:
    return [definition(tool) for tool in offered(options).values()]
