from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sessions_app.api.v1.api import api
from sessions_app.pages.views import SignedInRequest

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ApiField:
    """A parameter of an operation, or a field of its body."""

    name: str
    place: str
    kind: str
    is_required: bool
    text: str


@dataclass(frozen=True, slots=True)
class ApiOperation:
    """One operation of the API's description, as the page shows it."""

    name: str
    method: str
    path: str
    title: str
    paragraphs: list[str]
    fields: list[ApiField]
    answers: list[str]


@require_safe
@login_required
def api_page(request: SignedInRequest) -> HttpResponse:
    """Show the API's description to people; it loads nothing from elsewhere."""
    schema: Json = api.get_openapi_schema()
    context = {"operations": list(operations(schema))}
    return render(request, "sessions_app/api.html", context)


def operations(schema: Json) -> Iterator[ApiOperation]:
    for path, methods in schema["paths"].items():
        for method, one in methods.items():
            title, _, text = str(one.get("description", "")).partition("\n")
            yield ApiOperation(
                name=one["operationId"],
                method=method.upper(),
                path=path,
                title=title or one.get("summary", ""),
                paragraphs=[
                    " ".join(one.split()) for one in text.strip().split("\n\n") if one
                ],
                fields=[*_parameters(one), *_body(schema, one)],
                answers=[str(status) for status in sorted(one["responses"], key=int)],
            )


def _parameters(operation: Json) -> Iterator[ApiField]:
    for one in operation.get("parameters", ()):
        yield ApiField(
            name=one["name"],
            place=one["in"],
            kind=_kind(one["schema"]),
            is_required=bool(one.get("required")),
            text=one.get("description") or one["schema"].get("description", ""),
        )


def _body(schema: Json, operation: Json) -> Iterator[ApiField]:
    content = operation.get("requestBody", {}).get("content", {})
    body = _resolved(schema, content.get("application/json", {}).get("schema", {}))
    for name, one in body.get("properties", {}).items():
        yield ApiField(
            name=name,
            place="body",
            kind=_kind(one),
            is_required=name in body.get("required", ()),
            text=one.get("description", ""),
        )


def _resolved(schema: Json, one: Json) -> Json:
    name = str(one.get("$ref", "")).rpartition("/")[2]
    found: Json = schema["components"]["schemas"][name] if name else one
    return found


def _kind(one: Json) -> str:
    """Write a schema in a few words: its type, or the values it allows."""
    if "anyOf" in one:
        kinds = [_kind(each) for each in one["anyOf"]]
        return " or ".join(kind for kind in kinds if kind != "null")
    if "enum" in one:
        return ", ".join(map(str, one["enum"]))
    if "$ref" in one:
        return str(one["$ref"]).rpartition("/")[2]
    return str(one.get("type", "any"))
