from types import MappingProxyType

KEY = "Set ANTHROPIC_API_KEY to one that holds, and start the runner again."
MODEL = "Name another model (--model, RINGSIDE_MODEL), or look at ANTHROPIC_BASE_URL."
RIGHTS = "Use another key, or have it allowed what it lacks."
CREDIT = "Buy credit, or use the key of an account that has some."
NETWORK = (
    "What was written is kept. Look at the network, and at the time-outs of any proxy "
    "or gateway on the way; then go on with the session."
)
BROKEN = ("truncated", "connection_error", "bad_stream", "idle")
BUSY = "The API has too much to do, or is down: go on with the session later."
RATE = "Run fewer sessions at once, or go on with this one later."
ADDRESS = (
    "Look at ANTHROPIC_BASE_URL, and whether a proxy or a sign-in page answers in the "
    "API's place."
)
TOO_LONG = (
    "The last message or tool output may be too long by itself: begin a new session, "
    "and have files read in parts."
)
# Keyed by the API's error type, or by HTTP status if a proxy or gateway answered.
REMEDIES = MappingProxyType(
    {
        "authentication_error": KEY,
        "http_401": KEY,
        "permission_error": RIGHTS,
        "http_403": RIGHTS,
        "not_found_error": MODEL,
        "http_404": MODEL,
        "billing_error": CREDIT,
        "http_402": CREDIT,
        **dict.fromkeys(
            ("truncated", "connection_error", "bad_stream", "idle"), NETWORK
        ),
        **dict.fromkeys(("overloaded_error", "api_error", "timeout_error"), BUSY),
        **{f"http_{status}": BUSY for status in (500, 502, 503, 504, 529)},
        **dict.fromkeys(("rate_limit_error", "http_429"), RATE),
        "not_a_stream": ADDRESS,
        "context_overflow": TOO_LONG,
    }
)
NO_CREDIT = "credit balance is too low"  # the API sends this as invalid_request_error


def with_remedy(code: str, message: str) -> str:
    """Append to an error message what a person can do about it, if known."""
    remedy = CREDIT if NO_CREDIT in message else REMEDIES.get(code)
    return f"{message}. {remedy}".replace(".. ", ". ") if remedy else message
