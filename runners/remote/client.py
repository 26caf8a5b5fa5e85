import secrets
from typing import Any

import httpx2
import msgspec

from runners.remote.errors import RemoteError
from runners.remote.event_stream import RemoteEvents

TIMEOUT_S = 30.0


class RemoteClient:
    """A server's API, as the commands of the terminal use it.

    Every method raises RemoteError if the server refuses or is not there.
    """

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx2.Client(
            base_url=f"{url.rstrip('/')}/api/v1/",
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT_S,
        )
        self._url = url

    def sessions(self, **filters: str) -> list[dict[str, Any]]:
        """List the first page of main sessions, those that wait for a person first."""
        found: list[dict[str, Any]] = self._get("sessions", filters)["sessions"]
        return found

    def session(self, session_id: str) -> dict[str, Any]:
        return self._get(f"sessions/{session_id}", {})

    def approvals(self) -> list[dict[str, Any]]:
        """List the calls that wait for a person, the longest wait first."""
        found: list[dict[str, Any]] = self._get("approvals", {})["approvals"]
        return found

    def events(self, session_id: str) -> RemoteEvents:
        return RemoteEvents(self._client, session_id)

    def send(self, session_id: str, command: dict[str, Any]) -> dict[str, Any]:
        """Send a command of the protocol; returns its id, as `{"id": …}`."""
        answer = self._checked(
            "POST",
            f"sessions/{session_id}/commands",
            content=msgspec.json.encode(command),
            headers={
                "Content-Type": "application/json",
                "Idempotency-Key": secrets.token_hex(8),
            },
        )
        stored: dict[str, Any] = answer.json()
        return stored

    def in_asyncio(self) -> httpx2.AsyncClient:
        """Return a client of the same API, with the same token, for asyncio."""
        return httpx2.AsyncClient(
            base_url=self._client.base_url,
            headers=self._client.headers,
            timeout=TIMEOUT_S,
        )

    def _get(self, path: str, params: dict[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = self._checked("GET", path, params=params).json()
        return found

    def _checked(self, method: str, path: str, **options: Any) -> httpx2.Response:
        try:
            answer = self._client.request(method, path, **options)
        except httpx2.TransportError as error:
            raise RemoteError(
                f"{self._url} does not answer ({error}): is `ringside serve` running?"
            ) from None
        if answer.is_error:
            raise RemoteError.of(answer)
        return answer
