from typing import Any

from sessions_app.mcp.api import Api, Json
from sessions_app.mcp.arguments import (
    AnswerArguments,
    ApproveArguments,
    DenyArguments,
    MessageArguments,
    SessionArguments,
    StartArguments,
)


async def start_session(api: Api, said: StartArguments) -> Json:
    return await api.post("sessions", said.model_dump(exclude_none=True))


async def send_message(api: Api, said: MessageArguments) -> Json:
    command = {"type": "prompt", "text": said.text}
    return await api.command(said.session, command, said.key)


async def interrupt(api: Api, said: SessionArguments) -> Json:
    return await api.command(said.session, {"type": "interrupt"})


async def approve(api: Api, said: ApproveArguments) -> Json:
    command = _answer("approve", said) | {"scope": said.scope}
    more = {"input": said.input, "answers": said.answers}
    command |= {name: value for name, value in more.items() if value is not None}
    return await api.command(said.session, command)


async def deny(api: Api, said: DenyArguments) -> Json:
    command = _answer("deny", said) | {"reason": said.reason}
    return await api.command(said.session, command)


def _answer(type_: str, said: AnswerArguments) -> dict[str, Any]:
    command = {"type": type_, "toolUseId": said.tool_use_id}
    return command | ({"optionId": said.option_id} if said.option_id else {})
