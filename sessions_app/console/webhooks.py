from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from sessions_app.console.deletion import DeletesAlong
from sessions_app.console.link import link, rows_url
from sessions_app.console.read_only import ReadOnlyAdmin
from sessions_app.models import WebhookDelivery, WebhookEndpoint
from sessions_app.webhooks.outbox import replay


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(DeletesAlong, ReadOnlyAdmin):
    """Lists people's webhooks; they are made by their owners, through the API."""

    list_display = (
        "id", "owner", "template", "host", "occasions", "of_all", "told", "created_at",
        "gone_at",
    )  # fmt: skip
    fields = list_display
    readonly_fields = fields
    list_select_related = ("owner",)
    goes_along = (WebhookDelivery,)

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return True

    @admin.display(description="deliveries")
    def told(self, endpoint: WebhookEndpoint) -> SafeString:
        rows = rows_url("webhookdelivery", endpoint=str(endpoint.pk))
        return link(rows, "its log")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    """The log of what webhooks were told, and what came of it."""

    list_display = (
        "message_id", "endpoint", "occasion", "attempts", "outcome", "created_at",
        "due_at", "delivered_at",
    )  # fmt: skip
    fields = (*list_display, "session", "seq")
    readonly_fields = fields
    list_filter = ("occasion", "endpoint")
    list_select_related = ("endpoint__owner",)
    actions = ("send_again",)

    @admin.action(description="Send the selected deliveries again")
    def send_again(self, request: HttpRequest, rows: QuerySet[WebhookDelivery]) -> None:
        count = replay(list(rows.values_list("pk", flat=True)))
        self.message_user(request, f"{count} deliveries are sent again.")
