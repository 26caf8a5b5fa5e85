import time
from dataclasses import dataclass, field

from runners.port.host import AgentHost
from runners.sandbox.workdir import Stamp, Workdir
from runners.tools.limits import Limits
from sessions_app.protocol.events import ToolOutputDelta
from sessions_app.protocol.utf16 import utf16_len


class ToolError(Exception):
    """What a tool answers where it cannot do what was asked."""


@dataclass(frozen=True, slots=True)
class FullOutput:
    """All that a tool had to say, or the beginning of it, as UTF-8."""

    data: bytes
    total_bytes: int


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """What a tool answers; `full` where `text` is not all of it."""

    text: str
    is_error: bool = False
    truncated: bool = False
    full: FullOutput | None = None


@dataclass(slots=True)
class ToolContext:
    """One run of a tool, and what it may use."""

    tool_use_id: str
    workdir: Workdir
    host: AgentHost
    limits: Limits
    seen: dict[str, str]  # the files this agent has read, and which version
    wrapper: tuple[str, ...] = ()  # what commands are started by; none: our own
    environment: tuple[str, ...] = ()  # variables that commands get besides
    touched: dict[str, str] = field(default_factory=dict)  # of them, by this call
    shown: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    _offset: int = 0

    @property
    def live_room(self) -> int:
        """How many more UTF-16 code units of output may be shown live."""
        return self.limits.live_chars - self._offset

    def see(self, path: str, stamp: Stamp) -> None:
        """Note that the agent knows what is in a file now."""
        self.seen[path] = self.touched[path] = str(stamp)

    def check_seen(self, path: str, stamp: Stamp) -> None:
        """Raise ToolError unless the agent knows this version of a file."""
        known = self.seen.get(self.workdir.relative(path))
        if known is None:
            raise ToolError(
                f"{path} is there and you have not read it: read it before you "
                "change it"
            )
        if known != str(stamp):
            raise ToolError(f"{path} has changed since you read it; read it again")

    async def show(self, text: str) -> None:
        """Show output while the tool runs."""
        offset = self._offset
        self._offset += utf16_len(text)
        self.shown.append(text)
        delta = ToolOutputDelta(tool_use_id=self.tool_use_id, offset=offset, delta=text)
        await self.host.emit(delta)
