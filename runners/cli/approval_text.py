import msgspec

from runners.cli.plain_text import visible
from sessions_app.protocol.events import ApprovalRequest
from sessions_app.protocol.wire import Json
from sessions_app.sessions.budget_limits import TOOL as BUDGET

SHOWN_CHARS = 20_000  # of one argument; more than that nobody reads on a terminal
SIGNS = {"old_string": "- ", "new_string": "+ "}  # of an edit


def question_text(request: ApprovalRequest) -> str:
    """Put a question with all that it is about: nobody approves what they cannot see.

    Control characters, which could hide a part of it from the eye, are spelled out.
    """
    if request.tool == BUDGET:
        return f"? {visible(request.reason)}"
    asked = f"? may it run {visible(request.tool)}"
    match request.input:
        case {"command": str(command), **rest} if "\n" not in command:
            return "\n".join([f"{asked} {_shown('command', command)}", *_lines(rest)])
    return "\n".join([asked, *_lines(request.input)])


def _lines(arguments: Json) -> list[str]:
    lines: list[str] = []
    for name, value in arguments.items():
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        shown = _shown(visible(name), text).split("\n")
        if len(shown) == 1 and name not in SIGNS:
            lines.append(f"  {visible(name)}: {shown[0]}")
            continue
        sign = SIGNS.get(name, "  ")
        lines += [] if name in SIGNS else [f"  {visible(name)}:"]
        lines += [f"  {sign}{line}" for line in shown]
    return lines


def _shown(name: str, text: str) -> str:
    left = len(text) - SHOWN_CHARS
    if left <= 0:
        return visible(text)
    more = f"NOT SHOWN: {left:,} more characters of {name}; read them on the page"
    return f"{visible(text[:SHOWN_CHARS])}\n{more}"
