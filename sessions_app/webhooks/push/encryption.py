from pywebpush import WebPusher

from sessions_app.webhooks.push.push_target import PushTarget


def encrypted(body: bytes, target: PushTarget) -> bytes:
    """Encrypt a notification for its browser alone (RFC 8291, `aes128gcm`)."""
    keys = {"p256dh": target.p256dh, "auth": target.auth}
    pusher = WebPusher({"endpoint": target.url, "keys": keys})
    sealed: bytes = pusher.encode(body)["body"]
    return sealed
