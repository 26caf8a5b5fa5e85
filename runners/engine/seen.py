from collections.abc import Iterable
from contextlib import suppress

from runners.engine.jail import PathRefused
from runners.engine.workdir import Stamp, Workdir
from sessions_app.protocol.events import Event, ToolResult, ToolUse

# Their success means that the agent knows what is in the file.
_KNOWING = frozenset({"read_file", "write_file", "edit_file"})


def seen_in(log: Iterable[Event], workdir: Workdir) -> dict[str, Stamp]:
    """Say which files an agent knows as they are: untouched since it had them last."""
    known: dict[str, int] = {}  # ms since 1970, by the path as it was given
    paths: dict[str, str] = {}  # by tool call
    for event in log:
        match event:
            case ToolUse(tool=tool, tool_use_id=call, input={"path": str(path)}):
                if tool in _KNOWING:
                    paths[call] = path
            case ToolResult(tool_use_id=call, is_error=False) if call in paths:
                known[paths[call]] = event.ts
    seen: dict[str, Stamp] = {}
    for path, at_ms in known.items():
        with suppress(PathRefused, OSError):
            stamp = workdir.stamp(path)
            if stamp and stamp.mtime_ns // 1_000_000 <= at_ms:
                seen[workdir.relative(path)] = stamp
    return seen
