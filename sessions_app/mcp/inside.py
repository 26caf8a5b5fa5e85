import httpx2

from sessions_app.delivery.connection.sockets import Message
from sessions_app.mcp.asgi_transport import Application, AsgiTransport

# What says who asks, from where and how; cookies do not, so that no browser's sign-in
# is ever enough.
PASSED_ON = (b"authorization", b"host", b"x-forwarded-for", b"x-forwarded-proto")
NO_ADDRESS = ("", 0)


def api_client(application: Application, scope: Message) -> httpx2.AsyncClient:
    """Make a client of the API inside this process, for whoever sent a request.

    The API sees the caller's token, host and address, as if they had asked it.
    """
    headers = [(name, value) for name, value in scope["headers"] if name in PASSED_ON]
    host, port, *_ = scope.get("client") or NO_ADDRESS
    return httpx2.AsyncClient(
        transport=AsgiTransport(application, (host, port)),
        base_url=f"{scope.get('scheme', 'http')}://localhost/api/v1/",
        headers=headers,
        timeout=None,  # the server bounds its own answers
    )
