from runners.cli.terminal.review_text import edit_lines, review_lines
from runners.port.host import LOOP
from sessions_app.protocol.encoding.numbers import encode_json
from sessions_app.protocol.events import ApprovalRequest
from sessions_app.protocol.fields.tool_details import FileDiff
from sessions_app.protocol.hidden_characters import spell_out
from sessions_app.protocol.wire import Json
from sessions_app.sessions.budget_limits import TOOL as BUDGET


def question_text(request: ApprovalRequest) -> str:
    """The full text of an approval request, so that the whole call can be reviewed.

    Hidden characters are spelled out with the same table as on the page.
    """
    if request.tool in {BUDGET, LOOP}:
        return f"? {spell_out(request.reason)}"
    if request.plan:
        return "\n".join(["? agree to this plan", *_plan(request), *_options(request)])
    asked = f"? may it run {spell_out(request.tool)}"
    cut = ["  NOT SHOWN: this input was too large to travel; open it on the page"]
    stars = ["  masked: stars stand for secrets here; it runs with the secrets"]
    title = [f"  {spell_out(request.title)}"] if request.title else []
    notes = (cut if request.whole_id else []) + (stars if request.masked else [])
    match request.input:
        case {"command": str(command), **rest} if "\n" not in command:
            first, *more = review_lines("command", command)
            lines = [f"{asked} {first}", *title, *more, *_arguments(rest)]
        case _:
            lines = [asked, *title, *_arguments(request.input)]
    diffs = [line for diff in request.diffs for line in _diff(diff)]
    return "\n".join([*lines, *diffs, *notes, *_options(request)])


def _plan(request: ApprovalRequest) -> list[str]:
    return [f"  {line}" for line in review_lines("plan", request.plan)]


def _options(request: ApprovalRequest) -> list[str]:
    named = (spell_out(option.name) for option in request.options)
    return [f"  {number}. {name}" for number, name in enumerate(named, 1)]


def _diff(diff: FileDiff) -> list[str]:
    what = "changes" if diff.old_text is not None else "creates"
    return [
        f"  {what} {spell_out(diff.path)}",
        *_edit(diff.old_text or "", diff.new_text),
    ]


def _arguments(arguments: Json) -> list[str]:
    lines: list[str] = []
    for name, value in arguments.items():
        match name, arguments:
            case "old_string", {"old_string": str(old), "new_string": str(new)}:
                lines += _edit(old, new)
            case "new_string", {"old_string": str(), "new_string": str()}:
                pass  # shown together with old_string
            case _:
                lines += _argument(spell_out(name), value)
    return lines


def _argument(name: str, value: object) -> list[str]:
    text = value if isinstance(value, str) else encode_json(value).decode()
    shown = review_lines(name, text)
    if len(shown) == 1:
        return [f"  {name}: {shown[0]}"]
    return [f"  {name}:", *(f"    {line}" for line in shown)]


def _edit(old: str, new: str) -> list[str]:
    if old == new:
        return ["  NOTHING CHANGES: the new text is the old one"]
    before, after = edit_lines(old, new)
    return [*(f"  - {line}" for line in before), *(f"  + {line}" for line in after)]
