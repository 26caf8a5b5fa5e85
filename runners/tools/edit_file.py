from typing import Annotated, ClassVar

from msgspec import Meta

from runners.permissions.mode import Effect
from runners.sandbox.shielded_thread import to_the_end
from runners.tools.context import ToolContext, ToolError, ToolOutput
from runners.tools.tool import Tool


class EditFile(Tool, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Replace a piece of text in a file that was read before."""

    effect: ClassVar = Effect.WRITE

    path: Annotated[str, Meta(description="Relative to the working directory")]
    old_string: Annotated[
        str, Meta(min_length=1, description="Exact, and found once in the file")
    ]
    new_string: str
    replace_all: Annotated[bool, Meta(description="Replace every one")] = False

    async def run(self, job: ToolContext) -> ToolOutput:
        return await to_the_end(self._edit, job)

    def _edit(self, job: ToolContext) -> ToolOutput:
        with job.workdir.lock:
            text = self._current(job)
            count = text.count(self.old_string)
            self._check(count)
            self._check_size(text, count, job.limits.file_bytes)
            edited = text.replace(self.old_string, self.new_string)
            stamp = job.workdir.write(self.path, edited.encode())
            job.see(job.workdir.relative(self.path), stamp)
        places = "1 place" if count == 1 else f"{count:,} places"
        return ToolOutput(f"Edited {self.path} in {places}")

    def _check_size(self, text: str, count: int, max_bytes: int) -> None:
        """Refuse what would not fit, before it is there: memory is everybody's."""
        grown = len(self.new_string.encode()) - len(self.old_string.encode())
        size = len(text.encode()) + count * grown
        if size > max_bytes:
            raise ToolError(
                f"{self.path} would have {size:,} bytes, the limit is {max_bytes:,}"
            )

    def _current(self, job: ToolContext) -> str:
        path = job.workdir.relative(self.path)
        data, stamp = job.workdir.read(self.path, job.limits.file_bytes)
        if path not in job.seen:
            raise ToolError(f"Read {self.path} before you edit it")
        if job.seen[path] != str(stamp):
            raise ToolError(f"{self.path} has changed since you read it; read it again")
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise ToolError(f"{self.path} is not UTF-8 text: {error}") from None

    def _check(self, count: int) -> None:
        if count == 0:
            raise ToolError(f"old_string is not in {self.path}")
        if count > 1 and not self.replace_all:
            raise ToolError(
                f"old_string is {count:,} times in {self.path}: give more of its"
                " surroundings, or set replace_all"
            )
