from collections.abc import Mapping

import msgspec

ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


class ErrorReply(Exception):
    """An answer with an HTTP error status, in the API's own shape."""

    def __init__(
        self, status: int, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})

    def body(self, request_id: str) -> bytes:
        """Encode the error as the API's JSON error object."""
        kind = ERROR_TYPES.get(self.status, "api_error")
        error = error_object(kind, self.message)
        return msgspec.json.encode(error | {"request_id": request_id})


class InvalidRequestReply(ErrorReply):
    """The API would refuse the request; the message says what is wrong."""

    def __init__(self, message: str) -> None:
        super().__init__(400, message)


def error_object(kind: str, message: str) -> dict[str, object]:
    """Build the API's error object, the same in a body and in a stream."""
    return {"type": "error", "error": {"type": kind, "message": message}}
