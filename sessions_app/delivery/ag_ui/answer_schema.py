from typing import Any

from sessions_app.delivery.ag_ui import wire
from sessions_app.protocol.encoding.codec import encode
from sessions_app.protocol.encoding.numbers import decode_json
from sessions_app.protocol.events import ApprovalRequest
from sessions_app.protocol.fields.question import Question
from sessions_app.protocol.wire import Json

REASON = "tool_approval"


def interrupt_of(name: str, asked: ApprovalRequest, owner: str) -> wire.OpenInterrupt:
    """Write a pending approval as an interrupt; its metadata has the whole request."""
    return wire.OpenInterrupt(
        id=name,
        reason=REASON,
        message=asked.title or asked.reason or f"May {asked.tool} run?",
        tool_call_id=name,
        response_schema=answer_schema(asked),
        metadata={"ringside": decode_json(encode(asked))},
        **({"subagent_run_id": owner} if owner else {}),
    )


def answer_schema(asked: ApprovalRequest) -> Json:
    """Describe the answer to an approval as a JSON Schema."""
    fields: Json = {
        "approved": {"type": "boolean"},
        "reason": {"type": "string", "description": "why not"},
        "editedArgs": {"type": "object", "description": "replaces the call's input"},
    }
    if asked.rule:
        fields["scope"] = {"enum": ["once", "session"], "description": asked.rule}
    if asked.options:
        options = [{"const": one.id, "title": one.name} for one in asked.options]
        fields["optionId"] = {"oneOf": options}
    if asked.questions:
        answers = {one.id: _answer(one) for one in asked.questions}
        required = [one.id for one in asked.questions if one.required]
        fields["answers"] = {
            "type": "object",
            "properties": answers,
            "required": required,
        }
    return {"type": "object", "properties": fields, "required": ["approved"]}


def _answer(question: Question) -> Json:
    values: Json = {"type": "string"}
    if question.choices and not question.takes_other:
        values["enum"] = [choice.value for choice in question.choices]
    kinds: dict[str, Any] = {
        "number": {"type": "number"},
        "integer": {"type": "integer"},
        "boolean": {"type": "boolean"},
        "many": {"type": "array", "items": values},
    }
    return {"title": question.text, **kinds.get(question.kind, values)}
