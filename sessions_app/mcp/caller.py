import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from django.conf import settings
from mcp.server.connection import allowed_log_levels
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError, NoBackChannelError
from mcp.types import (
    METHOD_NOT_FOUND,
    ClientCapabilities,
    ElicitationCapability,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequests,
    InputRequiredResult,
    LoggingLevel,
    LoggingMessageNotification,
    LoggingMessageNotificationParams,
)
from mcp.types.version import MODERN_PROTOCOL_VERSIONS

from sessions_app.mcp.api import Api, Json, ToolFailed
from sessions_app.mcp.changes.subscriptions import Subscriptions

Context = ServerRequestContext[Any, Any]
LEVELS: tuple[LoggingLevel, ...] = get_args(LoggingLevel)
NOBODY_TO_ASK = (
    "Your client cannot ask a person (it has not declared `elicitation`, or has no "
    "session here): ask them yourself."
)


@dataclass
class CallingClient:
    """Who calls: the API with their token, and what is kept for them.

    For one request or, for a client with a session, until the session ends.
    """

    api: Api
    owner: str = ""  # the hash of the token; "": there is one caller, on stdio
    log_level: LoggingLevel = "info"  # what the client asked for, and what is above
    subscriptions: Subscriptions | None = None  # None: there were none so far
    # Whether the client listens to what is sent beside answers.
    is_heard: asyncio.Event = field(default_factory=asyncio.Event)
    end: Callable[[], None] = lambda: None  # called when it may not read any more


class InputNeeded(Exception):
    """The call cannot go on without the client's answers: it sends it again with them.

    That is how a person is asked from 2026-07-28 on: nothing waits here meanwhile.
    """

    def __init__(self, result: InputRequiredResult) -> None:
        super().__init__()
        self.result = result


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a client, as tools, resources and prompts see it."""

    caller: CallingClient
    context: Context
    answers: Mapping[str, Any]  # of the client's person, from the rounds before
    state: str | None = None  # what the round before left, sealed on the way

    @property
    def api(self) -> Api:
        return self.caller.api

    @property
    def is_modern(self) -> bool:
        """Whether the client speaks 2026-07-28 or later, without a handshake."""
        return self.context.protocol_version in MODERN_PROTOCOL_VERSIONS

    async def progress(self, done: float, total: float, text: str = "") -> None:
        """Report how far the call is; nothing is sent to who did not ask for it."""
        await self.context.session.report_progress(done, total, text or None)

    async def log(self, level: LoggingLevel, data: Json | str) -> None:
        """Send a log line to the client, if it wants those of this level."""
        wanted = allowed_log_levels(self.context.protocol_version, self.context.meta)
        is_low = LEVELS.index(level) < LEVELS.index(self.caller.log_level)
        if level not in wanted or (is_low and not self.is_modern):
            return
        line = LoggingMessageNotificationParams(
            level=level, logger="ringside", data=data
        )
        await self.context.session.send_notification(
            LoggingMessageNotification(params=line), self.context.request_id
        )

    async def ask(self, key: str, message: str, schema: Json) -> ElicitResult:
        """Have the client ask its person, in a form that a JSON schema describes.

        `key` names the question among those of the call. Before the first question a
        call may change nothing: it is begun anew with each answer. Raises ToolFailed
        where nobody can be asked.
        """
        if isinstance(answer := self.answers.get(key), ElicitResult):
            return answer
        can_ask = ClientCapabilities(elicitation=ElicitationCapability())
        if not self.context.session.check_client_capability(can_ask):
            raise ToolFailed(NOBODY_TO_ASK)
        params = ElicitRequestFormParams(message=message, requested_schema=schema)
        if self.is_modern:
            asked: InputRequests = {key: ElicitRequest(params=params)}
            raise InputNeeded(InputRequiredResult(input_requests=asked))
        try:
            async with asyncio.timeout(settings.MCP_ASK_MAX_S):
                return await self.context.session.elicit_form(
                    message, schema, self.context.request_id
                )
        except TimeoutError:
            raise ToolFailed("The person has not answered in time.") from None
        except NoBackChannelError:
            raise ToolFailed(NOBODY_TO_ASK) from None
        except MCPError as error:
            if error.code == METHOD_NOT_FOUND:
                raise ToolFailed(NOBODY_TO_ASK) from None
            raise ToolFailed(f"The client has not asked: {error.message}") from None
