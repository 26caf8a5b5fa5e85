import base64

import msgspec
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    BlobResourceContents,
    InputRequiredResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextResourceContents,
)

from sessions_app.mcp.caller import Call, Context, InputNeeded
from sessions_app.mcp.catalogue import Content, McpResource, Variables
from sessions_app.mcp.catalogues import Catalogues
from sessions_app.mcp.handlers.calling import CallerOf, call_of, errors_told

FIRST = "0:"  # a cursor: the number of the template that is listed, and its own


class ResourceHandlers:
    """Lists and reads resources.

    The list has first what has one address, then the resources of each template, page
    by page.
    """

    def __init__(self, catalogues: Catalogues, caller_of: CallerOf) -> None:
        self._catalogues = catalogues
        self._caller_of = caller_of
        self._listed = [one for one in catalogues.resources if one.pages]

    async def list_resources(
        self, context: Context, params: PaginatedRequestParams | None
    ) -> ListResourcesResult:
        cursor = (params and params.cursor) or ""
        number, _, theirs = (cursor or FIRST).partition(":")
        if number not in map(str, range(max(len(self._listed), 1))):
            raise MCPError(INVALID_PARAMS, "cursor: not one of ours")
        found = [] if cursor else self._single()
        after = int(number)
        if after < len(self._listed):
            pages = self._listed[after].pages
            assert pages is not None  # noqa: S101 that is how they were chosen
            with errors_told({"cursor": cursor}):
                page = await pages(call_of(self._caller_of, context), theirs)
            found += page.resources
            theirs = page.next
            after += not theirs
        has_more = after < len(self._listed)
        return ListResourcesResult(
            resources=found, next_cursor=f"{after}:{theirs}" if has_more else None
        )

    async def list_templates(
        self, context: Context, params: PaginatedRequestParams | None
    ) -> ListResourceTemplatesResult:
        templates = [
            ResourceTemplate(
                uri_template=one.uri,
                name=one.name,
                description=one.description,
                mime_type=one.mime_type,
            )
            for one in self._catalogues.resources
            if one.is_template
        ]
        return ListResourceTemplatesResult(resource_templates=templates)

    async def read_resource(
        self, context: Context, params: ReadResourceRequestParams
    ) -> ReadResourceResult | InputRequiredResult:
        resource, said = self.find(params.uri)
        with errors_told({"uri": params.uri}):
            try:
                found = await resource.read(
                    call_of(self._caller_of, context, params), said
                )
            except InputNeeded as needed:
                return needed.result
        return ReadResourceResult(
            contents=[_contents(params.uri, resource.mime_type, found)]
        )

    async def check(self, call: Call, uri: str) -> None:
        """Check that a resource is there, for this caller. Raises MCPError."""
        resource, said = self.find(uri)
        if resource.check is not None:
            with errors_told({"uri": uri}):
                await resource.check(call, said)

    def find(self, uri: str) -> tuple[McpResource, Variables]:
        """Find the resource that has an address. Raises MCPError."""
        found = self._catalogues.find(uri)
        if found is None:
            data = {"uri": uri}
            raise MCPError(INVALID_PARAMS, f"There is no resource {uri!r}.", data)
        return found

    def _single(self) -> list[Resource]:
        return [
            Resource(
                uri=one.uri,
                name=one.name,
                description=one.description,
                mime_type=one.mime_type,
            )
            for one in self._catalogues.resources
            if not one.is_template
        ]


def _contents(
    uri: str, mime_type: str, found: Content
) -> TextResourceContents | BlobResourceContents:
    if isinstance(found, bytes):
        blob = base64.b64encode(found).decode()
        return BlobResourceContents(uri=uri, mime_type=mime_type, blob=blob)
    text = found if isinstance(found, str) else msgspec.json.encode(found).decode()
    return TextResourceContents(uri=uri, mime_type=mime_type, text=text)
