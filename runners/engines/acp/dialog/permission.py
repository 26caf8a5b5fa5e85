from collections.abc import Sequence

from runners.engines.acp.shape import name_of, object_of, objects_of, text_of
from runners.engines.acp.updates.tool_call import AgentToolCall, output_text
from runners.permissions.rule import Action
from sessions_app.protocol.commands import Approve, Deny
from sessions_app.protocol.wire import Json

OPTION_KINDS = ("allow_once", "allow_always", "reject_once", "reject_always")
CANCELLED: Json = {"outcome": {"outcome": "cancelled"}}
# By ACP tool kind: the Ringside tool whose rules apply to such calls.
TOOLS: dict[str, tuple[str, ...]] = {
    "execute": ("bash",),
    "edit": ("edit_file", "write_file"),
    "delete": ("edit_file", "write_file"),
    "move": ("edit_file", "write_file"),
    "read": ("read_file",),
    "search": ("grep", "glob"),
}
PATHS = ("file_path", "filePath", "filepath", "path", "abs_path", "notebook_path")


def options_of(params: Json) -> list[Json]:
    """Return the options of a permission request whose kind is known."""
    return [
        {
            "id": text_of(option.get("optionId")),
            "name": text_of(option.get("name")) or text_of(option.get("optionId")),
            "kind": option["kind"],
        }
        for option in objects_of(params.get("options"))
        if option.get("kind") in OPTION_KINDS and text_of(option.get("optionId"))
    ]


def request_line(call: AgentToolCall, name: str, params: Json) -> Json:
    """Make the line that asks people; `name` is unique among the run's requests."""
    asked = object_of(params.get("toolCall"))
    line: Json = {
        "type": "approval_request",
        "toolUseId": name,
        "tool": call.tool,
        "reason": text_of(asked.get("title")) or call.said.get("title", ""),
        "options": options_of(params),
        "input": {},
    } | call.said
    if plan := plan_of(call, asked):
        line |= {"plan": plan, "input": {}}
    return line


def plan_of(call: AgentToolCall, asked: Json) -> str:
    """Return the Markdown plan of a request to leave plan mode."""
    if call.said.get("kind") != "switch_mode":
        return ""
    plan = text_of(object_of(call.said.get("input")).get("plan"))
    return plan or output_text(asked.get("content"))


def chosen(option_id: str) -> Json:
    return {"outcome": {"outcome": "selected", "optionId": option_id}}


def pick(options: Sequence[Json], *kinds: str) -> str:
    """Return the id of the first option of the first kind that is offered."""
    for kind in kinds:
        for option in options:
            if option["kind"] == kind:
                return str(option["id"])
    return ""


def outcome_of(answer: Approve | Deny, options: Sequence[Json]) -> Json:
    """Make the answer to the agent's request from a person's answer."""
    if isinstance(answer, Approve):
        lasting = ("allow_always", "allow_once")
        kinds = lasting if answer.scope == "session" else lasting[::-1]
    else:
        kinds = ("reject_once", "reject_always")
    named = [option for option in options if option["id"] == answer.option_id]
    if named and named[0]["kind"] in kinds:
        return chosen(str(named[0]["id"]))
    option_id = pick(options, *kinds)
    return chosen(option_id) if option_id else CANCELLED


def why_not(answer: Approve | Deny, about: str) -> str:
    """The message that tells the agent why a person said no; "" without a reason."""
    if not isinstance(answer, Deny) or not answer.reason.strip():
        return ""
    reason = answer.reason.strip()
    return f"I said no to this: {about}\n\n{reason}" if about else reason


def answers_in_words(answer: Approve | Deny) -> str:
    """The message with a person's answers to the questions of an input; "" for none.

    They came with the answer as the input of the call, which the protocol does not let
    a client change.
    """
    if not isinstance(answer, Approve) or answer.input is None:
        return ""
    said = object_of(answer.input.get("answers"))
    lines = [f"{question}\n{text}" for question, text in said.items()]
    return "\n\n".join(["My answers:", *lines]) if lines else ""


def actions_of(call: AgentToolCall, workdir: str) -> list[Action]:
    """Return the texts that rules are matched with: a command, or the call's paths."""
    input_ = call.said.get("input", {})
    tools = TOOLS.get(call.said.get("kind", ""), ())
    if "bash" in tools:
        command = input_.get("command")
        words = command if isinstance(command, list) else [command]
        text = " ".join(str(word) for word in words if word)
        return [Action("bash", command=text)] if text else [Action("bash", command="")]
    paths = [text_of(input_.get(name)) for name in PATHS]
    paths += [place["path"] for place in call.said.get("locations", [])]
    paths += [diff["path"] for diff in call.said.get("diffs", [])]
    named = {_below(path, workdir) for path in paths if path}
    return [Action(tool, path=path) for tool in tools for path in sorted(named)] or [
        Action(tool) for tool in tools
    ]


def question_name(params: Json, asked: set[str], number: int) -> str:
    """Make a name for a request, unique in this run."""
    call = object_of(params.get("toolCall")).get("toolCallId", params.get("toolCallId"))
    name = name_of(call) or f"ask{number}"
    return name if name not in asked else f"{name}~{number}"


def _below(path: str, workdir: str) -> str:
    """Return the path as rules name it: relative, if it is in the working directory."""
    root = workdir.rstrip("/") + "/"
    return path.removeprefix(root) if path.startswith(root) else path
