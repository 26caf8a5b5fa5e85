from types import MappingProxyType

import msgspec

from runners.mailbox.pending_command import PendingCommand
from sessions_app.masking.edited import uncovered
from sessions_app.masking.originals import masked_words
from sessions_app.protocol.commands import Approve, Deny, Prompt, SetOption
from sessions_app.protocol.events import (
    Approval,
    ApprovalRequest,
    Error,
    OptionChosen,
    UserMessage,
)
from sessions_app.protocol.fields.question import ApprovalOption, default_option
from sessions_app.protocol.wire import Json

WHY_REFUSED = MappingProxyType(
    {
        "prompt": "the session was cancelled before it was read",
        "interrupt": "the agent was not running any more",
        "cancel": "the agent was not running any more",
        "approve": "the question was not open any more",
        "deny": "the question was not open any more",
        "set_option": "this agent has no settings",
        "commit_changes": "git refused it",
        "restore_files": "git refused it",
        "merge_branch": "git refused it",
        "rebase_branch": "git refused it",
        "push_branch": "git refused it",
        "open_pull_request": "it was refused",
        "command": "this runner does not know this command",
    }
)


def user_messages(command: PendingCommand) -> list[UserMessage]:
    """The user_message event of a prompt; empty for other commands."""
    if not isinstance(command.command, Prompt):
        return []
    text = command.command.text
    return [UserMessage(text=text, by=command.by, command_id=str(command.id))]


def option_chosen(command: PendingCommand) -> list[OptionChosen]:
    """The event of a choice among the agent's settings; empty for other commands."""
    if not isinstance(command.command, SetOption):
        return []
    said = command.command
    chosen = OptionChosen(
        option_id=said.option_id,
        value=said.value,
        by=command.by,
        command_id=str(command.id),
    )
    return [chosen]


def approval_of(
    command: PendingCommand, request: ApprovalRequest, *, keeps_scope: bool = False
) -> Approval:
    """The approval event of an answer, unmasked where the person saw stars.

    The scope is "once" if the answer makes no rule, unless `keeps_scope`.
    """
    by, command_id = command.by, str(command.id)
    option = _option(command, request)
    match command.command:
        case Approve(tool_use_id=call, scope=scope, input=edited, answers=answers):
            # An agent that offers options remembers what the chosen one says.
            lasts = option.kind == "allow_always" or (
                scope == "session" and not request.options
            )
            makes_rule = scope == "session" and request.rule and edited is None
            return Approval(
                tool_use_id=call,
                decision="approved",
                scope="session" if makes_rule or (keeps_scope and lasts) else "once",
                rule=request.rule if makes_rule else "",
                input=None if edited is None else uncovered(edited, request.input),
                option_id=option.id,
                answers=answers and uncovered(answers, _asked(request)),
                by=by,
                command_id=command_id,
            )
        case Deny(tool_use_id=call, reason=reason):
            return Approval(
                tool_use_id=call,
                decision="denied",
                reason=reason,
                option_id=option.id,
                by=by,
                command_id=command_id,
            )
    raise TypeError(f"not an answer: {command.command!r}")


NO_OPTION = ApprovalOption(id="", name="", kind="reject_once")


def _option(command: PendingCommand, request: ApprovalRequest) -> ApprovalOption:
    """The option that an answer names, else the one that its yes or no means."""
    said = command.command
    if not isinstance(said, Approve | Deny):
        return NO_OPTION
    allows = isinstance(said, Approve)
    for option in request.options:
        is_named = said.option_id in (option.id, masked_words(option.id))
        if is_named and option.allows is allows:
            return option
    lasting = isinstance(said, Approve) and said.scope == "session"
    found = default_option(request.options, allows=allows, lasting=lasting)
    return found or NO_OPTION


def _asked(request: ApprovalRequest) -> Json:
    return {"questions": msgspec.to_builtins(request.questions)}


def refusal(command: PendingCommand, reason: str = "") -> Error:
    """The error event that says why a command was refused."""
    name = command.command.wire_type() if command.command else "command"
    known = WHY_REFUSED.get(name, "this command is not for a session's runner")
    return Error(
        code="command_refused",
        message=f"{name}: {reason or known}",
        fatal=False,
        command_id=str(command.id),
    )
