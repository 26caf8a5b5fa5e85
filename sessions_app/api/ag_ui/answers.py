from typing import Any

from sessions_app.api.ag_ui.run_input import InputAnswer
from sessions_app.api.commands import TOOL_USE_ID
from sessions_app.api.errors import ApiError
from sessions_app.protocol.commands import Approve, Deny
from sessions_app.protocol.encoding.codec import ProtocolError, decode_command
from sessions_app.protocol.encoding.numbers import encode_json
from sessions_app.protocol.wire import Json


def address_of_answer(answer: InputAnswer) -> tuple[str, str]:
    """Return the session and the call that an answer is for. Raises ApiError."""
    session_id, _, call = answer.interrupt_id.partition(".")
    if not session_id or not TOOL_USE_ID.fullmatch(call):
        raise ApiError(400, f"resume: {answer.interrupt_id!r} is no interrupt's id.")
    return session_id, call


def command_of(answer: InputAnswer, call: str) -> Approve | Deny:
    """Return the command that an answer means. Raises ApiError.

    A cancelled interrupt is a no; a resolved one is a yes if its payload is true, or
    says `approved`.
    """
    payload: Any = answer.payload
    said: Json = payload if isinstance(payload, dict) else {"approved": payload}
    is_yes = said.get("approved") is True and answer.status == "resolved"
    if answer.status not in {"resolved", "cancelled"}:
        raise ApiError(400, "resume: status: expected resolved or cancelled.")
    if answer.status == "resolved" and not isinstance(said.get("approved"), bool):
        raise ApiError(400, "resume: payload: say `approved`, true or false.")
    names = ("scope", "optionId", "answers") if is_yes else ("reason", "optionId")
    fields = {name: said[name] for name in names if said.get(name) is not None}
    if is_yes and said.get("editedArgs") is not None:
        fields["input"] = said["editedArgs"]
    fields |= {"type": "approve" if is_yes else "deny", "toolUseId": call}
    try:
        command = decode_command(encode_json(fields))
    except ProtocolError as error:
        raise ApiError(400, f"resume: payload: {error}") from None
    assert isinstance(command, Approve | Deny)  # noqa: S101 as its type says
    return command
