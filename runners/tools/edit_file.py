from typing import Annotated, ClassVar

from msgspec import Meta

from runners.permissions.mode import Effect
from runners.sandbox.shielded_thread import to_the_end
from runners.tools.context import ToolContext, ToolError, ToolOutput
from runners.tools.text_format import (
    LinedText,
    NotEncodable,
    NotText,
    TextFormat,
    flatten,
)
from runners.tools.tool import Tool


class EditFile(Tool, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Replace a piece of text in a file that was read before.

    The file keeps its encoding and its line ends, whatever ends the lines here.
    """

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
        if flatten(self.old_string) == flatten(self.new_string):
            raise ToolError(
                "old_string and new_string are the same, so nothing would change; "
                "line ends are kept as they are in the file"
            )
        with job.workdir.lock, job.workdir.changing(self.path) as file:
            data = file.read(job.limits.file_bytes)
            job.check_seen(self.path, data)
            text, format_ = self._parsed(data)
            count = text.count(self.old_string)
            self._check(count)
            self._check_size(len(data), count, format_, job.limits.file_bytes)
            edited = self._edited(text, format_)
            file.replace(data, edited)
            job.see(job.workdir.relative(self.path), edited)
        places = "1 place" if count == 1 else f"{count:,} places"
        return ToolOutput(f"Edited {self.path} in {places}")

    def _parsed(self, data: bytes) -> tuple[LinedText, TextFormat]:
        try:
            text, format_ = TextFormat.parse(data)
        except NotText as error:
            raise ToolError(f"{self.path} {error}") from None
        return LinedText.parse(text, format_.line_end), format_

    def _edited(self, text: LinedText, format_: TextFormat) -> bytes:
        edited = text.replace(self.old_string, self.new_string)
        try:
            return format_.encode(edited)
        except NotEncodable as error:
            raise ToolError(f"{self.path} {error}") from None

    def _check_size(
        self, size: int, count: int, format_: TextFormat, max_bytes: int
    ) -> None:
        """Refuse a result that would be too large, before it takes memory."""
        old, new = (
            len(
                flatten(text)
                .replace("\n", format_.line_end)
                .encode(format_.encoding, errors="replace")
            )
            for text in (self.old_string, self.new_string)
        )
        size += count * (new - old)
        if size > max_bytes:
            raise ToolError(
                f"{self.path} would have {size:,} bytes, the limit is {max_bytes:,}"
            )

    def _check(self, count: int) -> None:
        if count == 0:
            raise ToolError(f"old_string is not in {self.path}")
        if count > 1 and not self.replace_all:
            raise ToolError(
                f"old_string is {count:,} times in {self.path}: give more of its"
                " surroundings, or set replace_all"
            )
