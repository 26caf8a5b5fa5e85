import asyncio
from contextlib import suppress

from django.conf import settings
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import SUBSCRIPTION_ID_META_KEY
from mcp.types import (
    INVALID_REQUEST,
    EmptyResult,
    NotificationParams,
    ResourceListChangedNotification,
    ResourceUpdatedNotification,
    ResourceUpdatedNotificationParams,
    SetLevelRequestParams,
    SubscribeRequestParams,
    SubscriptionFilter,
    SubscriptionsAcknowledgedNotification,
    SubscriptionsAcknowledgedNotificationParams,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
    UnsubscribeRequestParams,
)

from sessions_app.mcp.caller import CallingClient, Context
from sessions_app.mcp.catalogues import Catalogues
from sessions_app.mcp.changes.change_watch import ChangeWatch
from sessions_app.mcp.changes.subscriptions import Subscriptions
from sessions_app.mcp.handlers.calling import CallerOf, call_of, errors_told
from sessions_app.mcp.handlers.resource_handlers import ResourceHandlers


class ChangeHandlers:
    """Tells clients of resources that change, and keeps which log lines they want."""

    def __init__(
        self, catalogues: Catalogues, resources: ResourceHandlers, caller_of: CallerOf
    ) -> None:
        self._changed_by = catalogues.changed_by
        self._resources = resources
        self._caller_of = caller_of

    async def set_level(
        self, context: Context, params: SetLevelRequestParams
    ) -> EmptyResult:
        self._caller_of(context).log_level = params.level
        return EmptyResult()

    async def subscribe(
        self, context: Context, params: SubscribeRequestParams
    ) -> EmptyResult:
        caller = self._caller_of(context)
        await self._resources.check(call_of(self._caller_of, context), params.uri)
        if caller.subscriptions is None:
            caller.subscriptions = self._subscriptions(caller, context)
        with errors_told({"uri": params.uri}):
            await caller.subscriptions.add(params.uri)
        return EmptyResult()

    async def unsubscribe(
        self, context: Context, params: UnsubscribeRequestParams
    ) -> EmptyResult:
        if (subscriptions := self._caller_of(context).subscriptions) is not None:
            subscriptions.remove(params.uri)
        return EmptyResult()

    async def listen(
        self, context: Context, params: SubscriptionsListenRequestParams
    ) -> SubscriptionsListenResult:
        """Answer with a stream of what changes (from 2026-07-28 on)."""
        if context.request_id is None:
            raise MCPError(INVALID_REQUEST, "subscriptions/listen needs an id")
        watch = ChangeWatch(self._caller_of(context).api, self._changed_by)
        wanted = params.notifications
        watch.wants_new = bool(wanted.resources_list_changed)
        uris = wanted.resource_subscriptions or []
        for uri in uris[: settings.MCP_SUBSCRIPTIONS_MAX]:
            with suppress(MCPError):  # what is not acknowledged is not told of
                await self._resources.check(call_of(self._caller_of, context), uri)
                watch.wanted.add(uri)
        reading = asyncio.create_task(watch.run(), name="mcp changes")
        telling = asyncio.create_task(_tell(context, watch), name="mcp notifications")
        try:
            await asyncio.wait([reading, telling], return_when=asyncio.FIRST_COMPLETED)
            if telling.done():
                telling.result()
        finally:
            for task in (reading, telling):
                task.cancel()
            await asyncio.gather(reading, telling, return_exceptions=True)
        return SubscriptionsListenResult(_meta=_meta(context))

    def _subscriptions(self, caller: CallingClient, context: Context) -> Subscriptions:
        session = context.session

        async def tell(uri: str) -> None:
            await session.send_resource_updated(uri)

        watch = ChangeWatch(caller.api, self._changed_by)
        return Subscriptions(watch, tell, caller.is_heard, caller.end)


async def _tell(context: Context, watch: ChangeWatch) -> None:
    """Acknowledge, then tell of each change until the request ends."""
    with errors_told({}):
        await watch.begun()
    told = SubscriptionFilter(
        resources_list_changed=watch.wants_new or None,
        resource_subscriptions=sorted(watch.wanted) or None,
    )
    await context.session.send_notification(
        SubscriptionsAcknowledgedNotification(
            params=SubscriptionsAcknowledgedNotificationParams(
                notifications=told, _meta=_meta(context)
            )
        ),
        context.request_id,
    )
    while True:
        changed = await watch.next()
        for uri in sorted(changed.uris):
            params = ResourceUpdatedNotificationParams(uri=uri, _meta=_meta(context))
            await context.session.send_notification(
                ResourceUpdatedNotification(params=params), context.request_id
            )
        if changed.has_new:
            new = NotificationParams(_meta=_meta(context))
            await context.session.send_notification(
                ResourceListChangedNotification(params=new), context.request_id
            )


def _meta(context: Context) -> dict[str, object]:
    return {SUBSCRIPTION_ID_META_KEY: context.request_id}
