from typing import Any

from sessions_app.mcp.api import Json
from sessions_app.mcp.caller import Call
from sessions_app.mcp.tools.arguments import (
    AnswerArguments,
    ApproveArguments,
    DenyArguments,
    MessageArguments,
    SessionArguments,
    StartArguments,
)


async def start_session(call: Call, said: StartArguments) -> Json:
    return await call.api.post("sessions", said.model_dump(exclude_none=True))


async def send_message(call: Call, said: MessageArguments) -> Json:
    command = {"type": "prompt", "text": said.text}
    return await call.api.command(said.session, command, said.key)


async def interrupt(call: Call, said: SessionArguments) -> Json:
    return await call.api.command(said.session, {"type": "interrupt"})


async def approve(call: Call, said: ApproveArguments) -> Json:
    command = _answer("approve", said) | {"scope": said.scope}
    more = {"input": said.input, "answers": said.answers}
    command |= {name: value for name, value in more.items() if value is not None}
    return await call.api.command(said.session, command)


async def deny(call: Call, said: DenyArguments) -> Json:
    command = _answer("deny", said) | {"reason": said.reason}
    return await call.api.command(said.session, command)


def _answer(type_: str, said: AnswerArguments) -> dict[str, Any]:
    command = {"type": type_, "toolUseId": said.tool_use_id}
    return command | ({"optionId": said.option_id} if said.option_id else {})
