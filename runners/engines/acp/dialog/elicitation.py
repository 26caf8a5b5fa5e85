from collections.abc import Mapping

from runners.engines.acp.shape import (
    number_of,
    object_of,
    objects_of,
    text_of,
    without_empty,
)
from sessions_app.protocol.commands import Approve, Deny
from sessions_app.protocol.wire import Json

OWN_WORDS = "_custom"  # suffix of the text field beside a choice
KINDS: Mapping[str, str] = {
    "number": "number",
    "integer": "integer",
    "boolean": "boolean",
    "array": "many",
}
BOUNDS = (
    ("minimum", ("minimum", "minLength", "minItems")),
    ("maximum", ("maximum", "maxLength", "maxItems")),
)


def questions_of(params: Json) -> list[Json]:
    """Return a form's fields as the questions of an approval request."""
    schema = object_of(params.get("requestedSchema"))
    fields = object_of(schema.get("properties"))
    required = schema.get("required")
    needed = required if isinstance(required, list) else []
    shown = [name for name in fields if not _is_own_words(name, fields)]
    # With a single field, the form's message is the question.
    message = text_of(params.get("message")) if len(shown) == 1 else ""
    return [
        _question(name, object_of(fields[name]), needed, message)
        | _takes_other(name, fields)
        for name in shown
    ]


def request_line(name: str, tool: str, params: Json) -> Json:
    """Make the line that asks people to fill in a form."""
    return {
        "type": "approval_request",
        "toolUseId": name,
        "tool": tool,
        "input": {},
        "reason": text_of(params.get("message")),
        "questions": questions_of(params),
    }


def response_of(answer: Approve | Deny, params: Json) -> Json:
    """Make the answer to the agent from the values that a person entered."""
    if isinstance(answer, Deny):
        return {"action": "decline"}
    fields = object_of(object_of(params.get("requestedSchema")).get("properties"))
    content: Json = {}
    for name, said in (answer.answers or {}).items():
        offered = {choice["value"] for choice in _choices(object_of(fields.get(name)))}
        own = f"{name}{OWN_WORDS}"
        if own not in fields or not offered:
            content[name] = said
        elif isinstance(said, list):
            content[name] = [value for value in said if value in offered]
            others = [str(value) for value in said if value not in offered]
            content |= {own: ", ".join(others)} if others else {}
        else:
            content[name if said in offered else own] = said
    return {"action": "accept", "content": content}


def _question(name: str, field: Json, needed: list[object], message: str) -> Json:
    kind = KINDS.get(text_of(field.get("type")), "text")
    choices = _choices(field)
    if choices and kind == "text":
        kind = "one"
    title = text_of(field.get("title"))
    text = text_of(field.get("description")) or message
    bounds = {
        ours: number_of(field[theirs])
        for ours, names in BOUNDS
        for theirs in names
        if number_of(field.get(theirs)) is not None
    }
    return without_empty(
        {
            "id": name,
            "text": text or title or name,
            "header": title if text else "",
            "kind": kind,
            "choices": choices,
            "required": True if name in needed else None,
            "default": field.get("default"),
            "format": text_of(field.get("format")),
            **bounds,
        }
    )


def _takes_other(name: str, fields: Json) -> Json:
    has_field = f"{name}{OWN_WORDS}" in fields
    return {"takesOther": True} if has_field and _choices(fields[name]) else {}


def _is_own_words(name: str, fields: Json) -> bool:
    first = name.removesuffix(OWN_WORDS)
    return first != name and bool(_choices(object_of(fields.get(first))))


def _choices(field: object) -> list[Json]:
    field = object_of(field)
    items = object_of(field.get("items")) if field.get("type") == "array" else field
    for name in ("oneOf", "anyOf"):
        if found := objects_of(items.get(name)):
            return [
                without_empty(
                    {
                        "value": text_of(item.get("const")),
                        "name": text_of(item.get("title")),
                        "description": text_of(item.get("description")),
                    }
                )
                for item in found
                if text_of(item.get("const"))
            ]
    values = items.get("enum")
    plain = values if isinstance(values, list) else []
    return [{"value": value} for value in plain if isinstance(value, str) and value]
