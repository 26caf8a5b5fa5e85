import httpx2


def handshake(url: str, origin: str) -> int:
    """Ask for a WebSocket as a page of an origin does; answers the status."""
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Origin": origin,
    }
    with httpx2.stream("GET", f"{url}/ws/", headers=headers) as answer:
        return answer.status_code
