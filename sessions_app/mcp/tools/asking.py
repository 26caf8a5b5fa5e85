import hashlib
from typing import Any

import msgspec
from django.conf import settings

from sessions_app.mcp.api import Json, ToolFailed
from sessions_app.mcp.caller import Call
from sessions_app.mcp.tools.arguments import AskArguments
from sessions_app.protocol.fields.question import ApprovalOption, Question
from sessions_app.protocol.hidden_characters import spell_out

ONCE, ALWAYS, DENY = "Approve once", "Approve for this session", "Deny"
ANSWER, REASON, QUESTION = "answer", "reason", "question_"
ELSEWHERE = "see all of it on the page to approve."
TYPES = {"text": "string", "one": "string", "many": "array"}


async def ask_person(call: Call, said: AskArguments) -> Json:
    """Have the client's person answer a call that waits.

    A call that is too long to be shown whole can only be denied here. What the person
    leaves open goes on waiting.
    """
    one = await _waiting(call, said)
    request = one["request"]
    text, is_whole = shown(one)
    choices = choices_of(request, is_whole)
    form = form_of(request, list(choices)) if is_whole else form_of({}, list(choices))
    # The key names what was shown: an answer to another call is none to this one.
    key = f"{said.tool_use_id}:{hashlib.sha256(text.encode()).hexdigest()}"
    given = await call.ask(key, text, form)
    if shown(await _waiting(call, said)) != (text, is_whole):
        raise ToolFailed("The call is not the one that was shown: ask anew.")
    content = given.content or {}
    chosen = choices.get(str(content.get(ANSWER)))
    if given.action != "accept" or chosen is None:
        return {"answer": "", "waits": True}
    command = chosen | {"toolUseId": said.tool_use_id}
    if command["type"] == "deny":
        command["reason"] = str(content.get(REASON) or "")
    elif answers := _answers(request, content):
        command["answers"] = answers
    await call.api.command(said.session, command)
    return {"answer": str(content[ANSWER]), "waits": False}


async def _waiting(call: Call, said: AskArguments) -> Json:
    found: list[Json] = (await call.api.get("approvals"))["approvals"]
    for one in found:
        is_it = one["request"]["toolUseId"] == said.tool_use_id
        if is_it and one["session"] == said.session:
            if not one["can_control"]:
                raise ToolFailed(
                    "You may watch this session, but not answer its calls."
                )
            return one
    raise ToolFailed(
        "No such call waits: it may have been answered. See list_approvals."
    )


def shown(one: Json) -> tuple[str, bool]:
    """Write what the person is to judge; and whether it is all.

    Hidden characters are spelled out. A request with a whole id was too large: it has
    a part of the call.
    """
    request = one["request"]
    spelled = msgspec.json.format(msgspec.json.encode(request["input"])).decode()
    title = " ".join(one["title"].split()) or one["session"]
    lines = [
        f"{title} asks to run {request['tool']}",
        request.get("title", ""),
        request.get("reason", ""),
        request.get("plan", "") or spelled,
    ]
    text = spell_out("\n\n".join(filter(None, lines)))
    most: int = settings.MCP_ASK_MAX_CHARS
    if request.get("wholeId"):
        return f"{text[:most]}\n\nThis is a part: {ELSEWHERE}", False
    if len(text) <= most:
        return text, True
    rest = f"… {len(text) - most} characters more: {ELSEWHERE}"
    return f"{text[:most]}\n\n{rest}", False


def choices_of(request: Json, is_whole: bool) -> dict[str, Json]:
    """Return the commands that a person may choose, by their words."""
    offered = msgspec.convert(request.get("options", []), list[ApprovalOption])
    if not offered:
        yes = {ONCE: {"type": "approve", "scope": "once"}} if is_whole else {}
        if is_whole and request.get("rule"):
            yes[ALWAYS] = {"type": "approve", "scope": "session"}
        return yes | {DENY: {"type": "deny"}}
    names = [option.name for option in offered]
    return {
        option.name
        if names.count(option.name) == 1
        else f"{option.name} ({option.id})": {
            "type": "approve" if option.allows else "deny",
            "optionId": option.id,
        }
        for option in offered
        if is_whole or not option.allows
    } or {DENY: {"type": "deny"}}


def form_of(request: Json, choices: list[str]) -> Json:
    fields: Json = {ANSWER: {"type": "string", "title": "Answer", "enum": choices}}
    for question in _questions(request):
        fields[QUESTION + question.id] = _field(question)
    fields[REASON] = {"type": "string", "title": "Reason, if you deny"}
    return {"type": "object", "properties": fields, "required": [ANSWER]}


def _field(question: Question) -> Json:
    field: Json = {
        "type": TYPES.get(question.kind, question.kind),
        "title": question.header or question.text,
        "description": question.text,
    }
    values = [choice.value for choice in question.choices]
    if question.kind == "many":
        field["items"] = {"type": "string", "enum": values}
    elif question.kind == "one" and not question.takes_other:
        field["enum"] = values
    elif values:
        field["description"] += f" ({', '.join(values)})"
    return field


def _answers(request: Json, content: Json) -> dict[str, Any]:
    asked = {question.id: QUESTION + question.id for question in _questions(request)}
    given = {id_: content.get(name) for id_, name in asked.items()}
    return {
        id_: answer for id_, answer in given.items() if answer not in (None, "", [])
    }


def _questions(request: Json) -> list[Question]:
    return msgspec.convert(request.get("questions", []), list[Question])
