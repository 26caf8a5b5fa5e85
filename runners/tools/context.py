import hashlib
import time
from dataclasses import dataclass, field

from runners.port.host import AgentHost
from runners.sandbox.workdir import Workdir
from runners.tools.limits import Limits
from sessions_app.protocol.encoding.utf16 import utf16_len
from sessions_app.protocol.events import ToolOutputDelta


class ToolError(Exception):
    """A tool cannot do what was asked; the message becomes its result."""


@dataclass(frozen=True, slots=True)
class FullOutput:
    """A tool's full output, or its beginning, as UTF-8."""

    data: bytes
    total_bytes: int


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """A tool's result; `full` is set if `text` was cut."""

    text: str
    is_error: bool = False
    truncated: bool = False
    full: FullOutput | None = None


@dataclass(slots=True)
class ToolContext:
    """The state of one tool call, and the services it may use."""

    tool_use_id: str
    workdir: Workdir
    host: AgentHost
    limits: Limits
    seen: dict[str, str]  # digest of each file that the agent has read, by path
    # prefix of commands; empty: Ringside's own confinement
    wrapper: tuple[str, ...] = ()
    # names of extra environment variables for commands
    environment: tuple[str, ...] = ()
    # the entries of `seen` that this call set
    touched: dict[str, str] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    _offset: int = 0

    @property
    def live_room(self) -> int:
        """How many more UTF-16 code units of output may be streamed."""
        return self.limits.live_chars - self._offset

    def see(self, path: str, content: bytes) -> None:
        """Note the content of a file that the agent has seen."""
        self.seen[path] = self.touched[path] = _digest(content)

    def check_seen(self, path: str, content: bytes) -> None:
        """Raise ToolError unless the agent has seen this content of the file."""
        known = self.seen.get(self.workdir.relative(path))
        if known is None:
            raise ToolError(
                f"{path} is there and you have not read it: read it before you "
                "change it"
            )
        if known != _digest(content):
            raise ToolError(f"{path} has changed since you read it; read it again")

    async def show(self, text: str) -> None:
        """Stream output while the tool runs."""
        offset = self._offset
        self._offset += utf16_len(text)
        self.shown.append(text)
        delta = ToolOutputDelta(tool_use_id=self.tool_use_id, offset=offset, delta=text)
        await self.host.emit(delta)


def _digest(content: bytes) -> str:
    """Identify a content; a size and a time can be the same for another one."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()
