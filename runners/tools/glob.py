import asyncio
from typing import Annotated

from msgspec import Meta

from runners.permissions.glob import GlobPattern
from runners.permissions.rules import Rules
from runners.tools.context import ToolContext, ToolError, ToolOutput
from runners.tools.search.file_name import spelled
from runners.tools.search.walk import Tree
from runners.tools.tool import Tool


class Glob(Tool, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Find files by name, the newest first; `**` spans directories."""

    pattern: Annotated[str, Meta(min_length=1, description="Such as src/**/*.py")]
    path: Annotated[str, Meta(description="Directory to search")] = "."

    async def run(self, job: ToolContext) -> ToolOutput:
        rules = await job.host.rules()
        tree = Tree(job.workdir, job.limits)
        try:
            return await asyncio.to_thread(self._find, job, tree, rules)
        finally:
            # a thread cannot be stopped from outside; this flag ends its walk
            tree.cut_short = True

    def _find(self, job: ToolContext, tree: Tree, rules: Rules) -> ToolOutput:
        start = job.workdir.directory(self.path)
        below = 0 if start == "." else len(start) + 1
        pattern = self._parsed()
        found = [
            (-status.st_mtime_ns, path)
            for path, status in tree.files(start)
            if pattern.matches(path[below:]) and not rules.hide(path, ("glob",))
        ]
        return self._output([path for _, path in sorted(found)], tree, job)

    def _parsed(self) -> GlobPattern:
        if self.pattern.startswith("/") or ".." in self.pattern.split("/"):
            raise ToolError("A pattern is relative to `path`, without `..`")
        try:
            return GlobPattern.parse(self.pattern)
        except ValueError as error:
            raise ToolError(f"{self.pattern} has {error}") from None

    def _output(self, paths: list[str], tree: Tree, job: ToolContext) -> ToolOutput:
        shown = paths[: job.limits.matches]
        lines = [*map(spelled, shown)] or [f"No file matches {self.pattern}"]
        if len(shown) < len(paths):
            lines = [*lines, f"[{len(paths) - len(shown):,} more files]"]
        if tree.cut_short:
            lines = [*lines, "[the search was cut short: too many files]"]
        cut = tree.cut_short or len(shown) < len(paths)
        return ToolOutput("\n".join(lines), truncated=cut)
