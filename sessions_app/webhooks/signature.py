import base64
import hmac


def signed(key: bytes, message_id: str, sent_at: int, body: bytes) -> dict[str, str]:
    """Return the headers by which a receiver knows who sent a body, and when.

    As https://www.standardwebhooks.com has it: an HMAC over id, time and body.
    """
    said = f"{message_id}.{sent_at}.".encode() + body
    digest = base64.b64encode(hmac.digest(key, said, "sha256")).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(sent_at),
        "webhook-signature": f"v1,{digest}",
    }
