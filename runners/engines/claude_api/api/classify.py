from runners.engines.claude_api.api.errors import (
    ClaudeFailure,
    ContextOverflow,
    Fatal,
    InvalidRequest,
    Retryable,
)
from runners.engines.claude_api.api.hints import NO_CREDIT, with_remedy
from runners.engines.claude_api.api.overflow import is_overflow
from sessions_app.protocol.wire import Json

# Error types inside a stream that a retry cannot cure.
FINAL_ERRORS = frozenset(
    {
        "authentication_error",
        "billing_error",
        "invalid_request_error",
        "not_found_error",
        "permission_error",
        "request_too_large",
    }
)
TOO_LARGE = frozenset({"request_too_large", "http_413"})
# The request itself is refused, so a shorter conversation may be accepted.
INVALID = frozenset({"invalid_request_error", "http_400", "http_422"})


def final_failure(code: str, message: str) -> ClaudeFailure:
    """Classify the failure of a request that would fail again unchanged."""
    if code in TOO_LARGE or is_overflow(message):
        return ContextOverflow(message)
    if code in INVALID and NO_CREDIT not in message:
        return InvalidRequest(code, with_remedy(code, message))
    return Fatal(code, with_remedy(code, message))


def reported_failure(event: Json) -> ClaudeFailure:
    """Classify the failure in an error event of a stream whose HTTP status was 200."""
    error = event.get("error")
    fields = error if isinstance(error, dict) else {}
    code = str(fields.get("type") or "error")
    message = str(fields.get("message") or error or event)
    if code in FINAL_ERRORS or is_overflow(message):
        return final_failure(code, message)
    return Retryable(code, message)
