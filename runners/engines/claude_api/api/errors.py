class ClaudeFailure(Exception):
    """A request to Claude failed before its reply was complete."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code  # the API's error type if it sent one


class Retryable(ClaudeFailure):
    """The same request may succeed later; `delay_s` is the server's own hint."""

    def __init__(self, code: str, message: str, delay_s: float | None = None) -> None:
        super().__init__(code, message)
        self.delay_s = delay_s


class Fatal(ClaudeFailure):
    """The same request will always fail."""


class InvalidRequest(Fatal):
    """The API refuses this request, perhaps because the conversation is too long."""


class ContextOverflow(Fatal):
    """The conversation exceeds the model's context window."""

    def __init__(self, message: str) -> None:
        super().__init__("context_overflow", message)
