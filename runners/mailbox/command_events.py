from types import MappingProxyType

from runners.mailbox.pending_command import PendingCommand
from sessions_app.protocol.commands import Approve, Deny, Prompt
from sessions_app.protocol.events import Approval, Error, UserMessage

WHY_REFUSED = MappingProxyType(
    {
        "prompt": "the session was cancelled before it was read",
        "interrupt": "nothing was running any more",
        "cancel": "nothing was running any more",
        "approve": "nobody waits for this answer",
        "deny": "nobody waits for this answer",
        "command": "this runner does not know it",
    }
)


def user_messages(command: PendingCommand) -> list[UserMessage]:
    """The user_message event of a prompt; empty for other commands."""
    if not isinstance(command.command, Prompt):
        return []
    text = command.command.text
    return [UserMessage(text=text, by=command.by, command_id=str(command.id))]


def approval_of(command: PendingCommand, rule: str) -> Approval:
    """The approval event of an answer; its scope is "once" if it makes no rule."""
    by, command_id = command.by, str(command.id)
    match command.command:
        case Approve(tool_use_id=call, scope=scope, input=edited):
            makes_rule = scope == "session" and rule and edited is None
            return Approval(
                tool_use_id=call,
                decision="approved",
                scope="session" if makes_rule else "once",
                rule=rule if makes_rule else "",
                input=edited,
                by=by,
                command_id=command_id,
            )
        case Deny(tool_use_id=call, reason=reason):
            return Approval(
                tool_use_id=call,
                decision="denied",
                reason=reason,
                by=by,
                command_id=command_id,
            )
    raise TypeError(f"not an answer: {command.command!r}")


def refusal(command: PendingCommand, reason: str = "") -> Error:
    """The error event that says why a command was refused."""
    name = command.command.wire_type() if command.command else "command"
    known = WHY_REFUSED.get(name, "it is not for a session's runner")
    return Error(
        code="command_refused",
        message=f"{name}: {reason or known}",
        fatal=False,
        command_id=str(command.id),
    )
