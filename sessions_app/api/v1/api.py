from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from sessions_app.api.v1.ag_ui import router as ag_ui
from sessions_app.api.v1.auth import BrowserAuth, TokenAuth
from sessions_app.api.v1.commands import router as commands
from sessions_app.api.v1.events import router as events
from sessions_app.api.v1.me import router as me
from sessions_app.api.v1.problems import CONTENT_TYPE, add_handlers
from sessions_app.api.v1.search import router as search
from sessions_app.api.v1.sessions import router as sessions
from sessions_app.api.v1.streams.durable_stream import router as streams
from sessions_app.api.v1.webhooks import router as webhooks

DESCRIPTION = """\
Read and steer sessions from programs. Make a token with `ringside token`, and send it
as `Authorization: Bearer ringside_…`. Errors are problem documents (RFC 9457).
"""
JSON = "application/json"


class ApiV1(NinjaAPI):
    """The API, whose operations are named as its functions are."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Describe the API; ninja itself describes every answer as plain JSON."""
        schema = super().get_openapi_schema(**options)
        for path in schema["paths"].values():
            for operation in path.values():
                for status, response in operation["responses"].items():
                    content = response.get("content", {})
                    if int(status) >= 400 and JSON in content:
                        content[CONTENT_TYPE] = content.pop(JSON)
        return schema


def _build() -> NinjaAPI:
    api = ApiV1(
        title="Ringside",
        version="1",
        description=DESCRIPTION,
        urls_namespace="api_v1",
        auth=[TokenAuth(), BrowserAuth()],
        docs_url=None,
    )
    add_handlers(api)
    for router in (sessions, events, commands, search, webhooks, ag_ui, me, streams):
        api.add_router("", router)
    return api


api = _build()
