from runners.engines.program.lines import ProgramLine
from sessions_app.masking.originals import masked_words
from sessions_app.protocol.encoding.codec import ProtocolError
from sessions_app.protocol.events import Error

SHOWN_CHARS = 120  # of a bad line, in the log; the diagnostics hold the whole line


class Complaints:
    """Reports unreadable lines: the first `most` of them, then only their number."""

    def __init__(self, most: int) -> None:
        self.count = 0
        self._most = most

    def about(self, line: ProgramLine, error: ProtocolError) -> list[Error]:
        self.count += 1
        if self.count > self._most:
            return []
        # Mask before cutting: half of a secret would not be recognized.
        text = masked_words(line.data.decode(errors="backslashreplace"))
        shown = text[:SHOWN_CHARS]
        more = "…" if line.is_too_long or len(text) > SHOWN_CHARS else ""
        where = "" if error.field == "$" else f"{error.field}: "
        message = f"line {line.number}: {where}{error.reason}. It begins: {shown}{more}"
        return [Error(code="bad_line", message=message, fatal=False)]

    def rest(self) -> list[Error]:
        """Report how many more lines could not be read."""
        left = self.count - self._most
        if left <= 0:
            return []
        message = f"{left} more lines could not be read"
        return [Error(code="bad_line", message=message, fatal=False)]
