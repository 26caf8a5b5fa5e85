from types import MappingProxyType

KEY = "Set ANTHROPIC_API_KEY to one that holds, and start the runner again."
MODEL = "Name another model (--model, RINGSIDE_MODEL), or look at ANTHROPIC_BASE_URL."
RIGHTS = "Use another key, or have it allowed what it lacks."
CREDIT = "Buy credit, or use the key of an account that has some."
# By the API's error type; or by status, where something before the API has answered.
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
    }
)
NO_CREDIT = "credit balance is too low"  # said of a request that is invalid by it


def with_remedy(code: str, message: str) -> str:
    """Add to a refusal what a person can do about it, if that is known."""
    remedy = CREDIT if NO_CREDIT in message else REMEDIES.get(code)
    return f"{message}. {remedy}".replace(".. ", ". ") if remedy else message
