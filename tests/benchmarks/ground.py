import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from tests.benchmarks.load.load import Crowd, Load, load_command
from tests.benchmarks.plan import Plan
from tests.benchmarks.program import Program
from tests.benchmarks.tools import Tools
from tests.servers.installation import Installation, Template
from tests.servers.stack import Stack


class Ground:
    """Where a benchmark stands: it gets everything here, and all of it ends here."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._stack = ExitStack()
        self._templates: dict[bool, Template] = {}
        self._made = 0

    def __enter__(self) -> Self:
        name = self._stack.enter_context(TemporaryDirectory(prefix="ringside-bench-"))
        self._root = Path(name)
        self.tools = Tools(self.directory())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def directory(self) -> Path:
        """Make a fresh directory."""
        self._made += 1
        directory = self._root / str(self._made)
        directory.mkdir(mode=0o700)
        return directory

    def at_end(self, act: Callable[[], None]) -> None:
        self._stack.callback(act)

    def install(self, stack: Stack) -> Installation:
        """Make an installation whose servers are there."""
        template = self._templates.get(stack.postgres)
        if template is None:
            template = Template(stack, self.directory())
            self._templates[stack.postgres] = template
            self.at_end(template.drop)
        installation = Installation(stack, self.directory(), template)
        self.at_end(installation.end)
        return installation

    def load(self, crowd: Crowd) -> Load:
        """Start viewers, and wait until they are there."""
        wsload = self.tools.wsload
        command = load_command(str(wsload) if wsload else None, crowd)
        load = Load(Program(command, self.directory(), os.environ))
        self.at_end(load.end)
        load.await_all()
        return load
