import difflib
import shutil
import threading
from collections.abc import Sequence
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, TextIO

from django.conf import settings

from runners.cli.terminal.approval_text import question_text
from runners.cli.terminal.plain_text import (
    cut,
    one_line,
    one_reviewed_line,
    plain,
    program_output,
)
from runners.cli.terminal.review_text import edit_lines
from runners.cli.terminal.style import Style, StyledOutput
from sessions_app.protocol.encoding.numbers import encode_json
from sessions_app.protocol.events import (
    AgentInfo,
    AgentSpawn,
    Approval,
    ApprovalRequest,
    Compacted,
    Error,
    Event,
    MemoryGap,
    OptionChosen,
    Retry,
    SessionStarted,
    Status,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    Throttled,
    ToolResult,
    ToolUpdate,
    ToolUse,
    TurnDiscarded,
    UserMessage,
)
from sessions_app.protocol.fields.tool_details import FileDiff
from sessions_app.protocol.hidden_characters import spell_out
from sessions_app.protocol.wire import Json

if TYPE_CHECKING:
    from runners.cli.terminal.markdown import TerminalMarkdown

OUTPUT_LINES = 6  # lines shown of a tool's output
DIFF_LINES = 30  # lines shown of an edit
DIFF_STYLES = MappingProxyType({"-": Style.RED, "+": Style.GREEN})
SIMULATED = "SIMULATED: a script answers, no Claude"


class Terminal:
    """Prints the events of a session and its sub-agents.

    The session's own text is shown as it streams; a sub-agent's text is shown block by
    block under its name, because several may write at once.
    """

    def __init__(self, out: TextIO, root: str) -> None:
        self._ink = StyledOutput(out)
        self._prose = _markdown(out) if out.isatty() else None
        self._root = root
        self._lock = threading.Lock()
        self._names = {root: ""}  # prefix of each session's lines
        self._block = ""  # the root's unfinished block at the cursor
        self._is_prose = False  # that block is drawn as Markdown
        self._streamed: set[str] = set()  # the root's blocks that were streamed

    def show(self, events: Sequence[Event]) -> None:
        with self._lock:
            for event in events:
                self._show(event)
            if self._prose and self._is_prose:
                self._prose.draw()
            self._ink.flush()

    def note(self, text: str) -> None:
        """Print a line of the program's own; callable from any thread."""
        with self._lock:
            self._print("", text, Style.DIM)
            self._ink.flush()

    def _show(self, event: Event) -> None:
        name = self._names.get(event.session_id, "")
        match event:
            case TextDelta(block=block, delta=delta):
                self._stream(event.session_id, block, delta, Style.PLAIN, is_prose=True)
            case ThinkingDelta(block=block, delta=delta):
                self._stream(event.session_id, block, delta, Style.DIM)
            case Text(block=block, text=text):
                words = [text, *(part.in_words for part in event.content)]
                self._whole(name, block, "\n".join(filter(None, words)), Style.PLAIN)
            case Thinking(block=block, text=text):
                self._whole(name, block, text, Style.DIM)
            case ToolResult():
                self._result(name, event)
            case AgentSpawn(child_id=child, task=task):
                self._names[child] = f"{name}[{one_line(task, 40)}] "
                self._print(name, f"⇢ sub-agent: {one_line(task, 60)}", Style.CYAN)
            case _:
                for text, style in render_event(event):
                    self._print(name, text, style)

    def _stream(
        self,
        session_id: str,
        block: str,
        delta: str,
        style: Style,
        *,
        is_prose: bool = False,
    ) -> None:
        if session_id != self._root:
            return
        if block != self._block:
            self._end_line()
            self._block = block
            self._streamed.add(block)
            self._is_prose = is_prose and self._prose is not None
        if self._prose and self._is_prose:
            self._prose.write(plain(delta))
        else:
            self._ink.write(plain(delta), style)

    def _whole(self, name: str, block: str, text: str, style: Style) -> None:
        if not name and block in self._streamed:
            if block == self._block:
                self._end_line()
            return
        if self._prose and not name and style is Style.PLAIN:
            self._end_line()
            self._prose.write(plain(text))
            self._prose.end()
            return
        for line in plain(text).strip("\n").splitlines():
            self._print(name, line, style)

    def _result(self, name: str, result: ToolResult) -> None:
        lines = program_output(result.output).strip("\n").split("\n")
        if lines == [""]:
            return
        style = Style.RED if result.is_error else Style.DIM
        for line in lines[:OUTPUT_LINES]:
            self._print(name, "  " + cut(line.expandtabs(), _width() - 4), style)
        if len(lines) > OUTPUT_LINES:
            more = len(lines) - OUTPUT_LINES
            self._print(name, f"  … {more} more lines", Style.DIM)

    def _print(self, name: str, text: str, style: Style) -> None:
        self._end_line()
        self._ink.write(name, Style.CYAN)
        self._ink.write(text + "\n", style)

    def _end_line(self) -> None:
        if self._block and self._prose and self._is_prose:
            self._prose.end()
        elif self._block:
            self._ink.write("\n")
        self._block, self._is_prose = "", False


def _is_simulated(engine: str) -> bool:
    return engine in settings.ENGINES and settings.ENGINES[engine].is_simulated


def render_event(event: Event) -> list[tuple[str, Style]]:
    """Render an event as styled lines; many events need none."""
    match event:
        case SessionStarted(engine=engine, resumed=resumed) if _is_simulated(engine):
            return [(f"{SIMULATED}{' (resumed)' if resumed else ''}", Style.YELLOW)]
        case UserMessage(text=text, by=by):
            lines = plain(text).splitlines()
            return [(f"{by}> {line}", Style.BOLD) for line in lines]
        case ToolUse(tool="edit_file", input={"path": str(path)} as arguments):
            return [
                (f"→ edit_file {one_reviewed_line(path, 200)}", Style.CYAN),
                *_diff(arguments),
            ]
        case ToolUse(tool=tool, title=title, diffs=diffs) if title or diffs:
            return _titled(tool, title, diffs)
        case ToolUse(tool=tool, input=arguments):
            return [(f"→ {_call(tool, arguments)}", Style.CYAN)]
        case ToolUpdate(title=title, diffs=diffs) if diffs:
            return _titled("", title, diffs)
        case ApprovalRequest():
            asked = question_text(event).split("\n")
            return [(line, Style.YELLOW) for line in asked]
        case AgentInfo(agent=agent, version=version):
            return [(f"· {one_line(f'{agent} {version}', 200)}", Style.DIM)]
        case OptionChosen(option_id=option, value=value, by=by):
            return [(f"· {by} chose {one_line(f'{option}: {value}', 200)}", Style.DIM)]
        case MemoryGap(reason=reason):
            gap = f"(not in the agent's memory: {one_line(reason, 200)})"
            return [(gap, Style.YELLOW)]
        case Approval(decision=decision, by=by, reason=reason):
            told_by = f"{decision} by {by or 'the command line'}"
            why = f": {one_line(reason, 200)}" if reason else ""
            return [(plain(told_by) + why, Style.DIM)]
        case TurnDiscarded(reason=reason):
            return [(f"(broken off: {one_line(reason, 200)})", Style.DIM)]
        case Retry(delay_ms=delay, error=error):
            again = f"(again in {delay / 1000:.1f} s: {one_line(error, 200)})"
            return [(again, Style.DIM)]
        case Compacted(reason=reason):
            return [(f"(summed up: {one_line(reason, 200)})", Style.DIM)]
        case Throttled(delay_ms=delay):
            return [(f"(throttled: {delay} ms between calls)", Style.DIM)]
        case Status(status=status, detail=detail):
            why = f": {one_line(detail, 200)}" if detail else ""
            return [(f"· {status}{why}", Style.DIM)]
        case Error(code=code, message=message):
            return [(f"! {plain(code)}: {one_reviewed_line(message, 2000)}", Style.RED)]
    return []


def _titled(
    tool: str, title: str, diffs: Sequence[FileDiff]
) -> list[tuple[str, Style]]:
    """A call in the agent's own words, and what it changes."""
    said = " ".join(filter(None, (tool, title)))
    head = [(f"→ {one_reviewed_line(said, _width() - 4)}", Style.CYAN)] if said else []
    changes = [
        line
        for diff in diffs
        for line in (
            (f"  {one_reviewed_line(diff.path, 200)}", Style.CYAN),
            *_changed(diff.old_text or "", diff.new_text),
        )
    ]
    return [*head, *changes]


def _diff(arguments: Json) -> list[tuple[str, Style]]:
    return _changed(
        str(arguments.get("old_string", "")), str(arguments.get("new_string", ""))
    )


def _changed(before: str, after: str) -> list[tuple[str, Style]]:
    """The lines that an edit removes and adds, with one line of context."""
    old, new = edit_lines(before, after)
    lines = [
        (f"  {cut(line.rstrip(), _width() - 4)}", DIFF_STYLES.get(line[:1], Style.DIM))
        for line in islice(difflib.unified_diff(old, new, lineterm="", n=1), 2, None)
        if not line.startswith("@@")
    ]
    if len(lines) <= DIFF_LINES:
        return lines
    more = len(lines) - DIFF_LINES
    return [*lines[:DIFF_LINES], (f"  … {more} more lines", Style.DIM)]


def _call(tool: str, arguments: Json) -> str:
    shown = next(iter(arguments.values()), "") if len(arguments) == 1 else arguments
    text = shown if isinstance(shown, str) else encode_json(shown).decode()
    return f"{spell_out(tool)} {one_reviewed_line(text, _width() - len(tool) - 16)}"


def _width() -> int:
    return max(shutil.get_terminal_size().columns, 40)


def _markdown(out: TextIO) -> "TerminalMarkdown":
    # Imported for a terminal alone: a tenth of a second of a process's start.
    from runners.cli.terminal.markdown import TerminalMarkdown

    return TerminalMarkdown(out)
