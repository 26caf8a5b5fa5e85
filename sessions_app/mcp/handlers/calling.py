from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, InputResponseRequestParams
from pydantic import ValidationError

from sessions_app.mcp.api import Json, ToolFailed
from sessions_app.mcp.caller import Call, CallingClient, Context

CallerOf = Callable[[Context], CallingClient]


def call_of(
    caller_of: CallerOf,
    context: Context,
    params: InputResponseRequestParams | None = None,
) -> Call:
    """Make what tools, resources and prompts see of a request."""
    if params is None:
        return Call(caller_of(context), context, {})
    answers = params.input_responses or {}
    return Call(caller_of(context), context, answers, params.request_state)


@contextmanager
def errors_told(data: Json) -> Iterator[None]:
    """Make MCP's errors of ours; `data` says what was asked for."""
    try:
        yield
    except ToolFailed as error:
        raise MCPError(INVALID_PARAMS, str(error), data) from None
    except ValidationError as error:
        wrong = "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors())
        raise MCPError(INVALID_PARAMS, wrong, data) from None
