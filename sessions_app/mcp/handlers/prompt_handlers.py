from django.conf import settings
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    CompleteRequestParams,
    CompleteResult,
    Completion,
    GetPromptRequestParams,
    GetPromptResult,
    InputRequiredResult,
    ListPromptsResult,
    PaginatedRequestParams,
    Prompt,
    PromptReference,
)

from sessions_app.mcp.caller import Context, InputNeeded
from sessions_app.mcp.catalogue import McpPrompt
from sessions_app.mcp.catalogues import Catalogues
from sessions_app.mcp.handlers.calling import CallerOf, call_of, errors_told


class PromptHandlers:
    """Lists and makes prompts, and completes their arguments and those of templates."""

    def __init__(self, catalogues: Catalogues, caller_of: CallerOf) -> None:
        self._catalogues = catalogues
        self._caller_of = caller_of

    async def list_prompts(
        self, context: Context, params: PaginatedRequestParams | None
    ) -> ListPromptsResult:
        prompts = self._catalogues.prompts.values()
        return ListPromptsResult(prompts=[_described(prompt) for prompt in prompts])

    async def get_prompt(
        self, context: Context, params: GetPromptRequestParams
    ) -> GetPromptResult | InputRequiredResult:
        prompt = self._catalogues.prompts.get(params.name)
        if prompt is None:
            raise MCPError(INVALID_PARAMS, f"There is no prompt {params.name!r}.")
        said = params.arguments or {}
        for argument in prompt.arguments:
            if argument.required and not said.get(argument.name):
                raise MCPError(INVALID_PARAMS, f"{argument.name}: it is missing")
        with errors_told({"name": params.name}):
            try:
                messages = await prompt.get(
                    call_of(self._caller_of, context, params), said
                )
            except InputNeeded as needed:
                return needed.result
        return GetPromptResult(description=prompt.description, messages=messages)

    async def complete(
        self, context: Context, params: CompleteRequestParams
    ) -> CompleteResult:
        ref, argument = params.ref, params.argument
        owner = ref.name if isinstance(ref, PromptReference) else ref.uri
        completer = self._catalogues.completer(owner, argument.name)
        found: list[str] = []
        if completer is not None:
            known = (params.context and params.context.arguments) or {}
            with errors_told({"argument": argument.name}):
                found = await completer(
                    call_of(self._caller_of, context), argument.value, known
                )
        most = settings.MCP_COMPLETIONS_MAX
        values, more = found[:most], len(found) > most
        return CompleteResult(completion=Completion(values=values, has_more=more))


def _described(prompt: McpPrompt) -> Prompt:
    return Prompt(
        name=prompt.name,
        description=prompt.description,
        arguments=list(prompt.arguments),
    )
