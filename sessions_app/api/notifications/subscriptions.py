import msgspec
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods

from sessions_app.api.errors import ApiError, user_api
from sessions_app.protocol.prepared import prepared
from sessions_app.webhooks.push.browsers import add_browser, remove_browser
from sessions_app.webhooks.push.push_target import PushTarget
from sessions_app.webhooks.push.vapid import public_key
from sessions_app.webhooks.target import BadTarget


@prepared
class BrowserKeys(msgspec.Struct, frozen=True):
    """The keys of a browser's subscription, in base64url."""

    p256dh: str
    auth: str


@prepared
class BrowserSubscription(msgspec.Struct, frozen=True):
    """What a browser's PushSubscription writes as JSON (W3C Push API)."""

    endpoint: str
    keys: BrowserKeys


@require_http_methods(["GET", "PUT", "DELETE"])
@user_api
def push_subscription(request: HttpRequest, user: User) -> HttpResponse:
    """Have this browser show its person's notifications (PUT), or not (DELETE).

    GET is for the key with which it subscribes at its push service.
    """
    if request.method == "GET":
        return JsonResponse({"publicKey": public_key()})
    try:
        wanted = msgspec.json.decode(request.body, type=BrowserSubscription)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ApiError(400, f"This is no subscription of a browser: {error}") from None
    if request.method == "DELETE":
        remove_browser(user, wanted.endpoint)
        return HttpResponse(status=204)
    target = PushTarget(wanted.endpoint, wanted.keys.p256dh, wanted.keys.auth)
    agent = request.headers.get("User-Agent", "")
    try:
        added = add_browser(user, target, request.session.session_key, agent)
    except BadTarget as error:
        raise ApiError(422, str(error)) from None
    return JsonResponse({"browser": added.browser})
