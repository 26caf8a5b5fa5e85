from types import MappingProxyType

INTERRUPTED = "interrupted"  # Ringside's own: a person stopped the reply
# Ringside's own: the stream broke, and the finished calls are kept
BROKEN_OFF = "broken_off"
CUT_SHORT = frozenset({"max_tokens", "model_context_window_exceeded"})
# The reply is complete and requests no tools.
ENDS = frozenset({"end_turn", "stop_sequence"})
# Gateways pass on the stop reasons of other APIs.
ALIASES = MappingProxyType(
    {
        "stop": "end_turn",
        "eos": "end_turn",
        "end": "end_turn",
        "tool_calls": "tool_use",
        "function_call": "tool_use",
        "length": "max_tokens",
        "content_filter": "refusal",
    }
)


def api_reason(reason: str) -> str:
    """Translate a gateway's stop reason into the API's own."""
    return ALIASES.get(reason.lower(), reason)


def whole_reason(reason: str | None, *, has_calls: bool) -> str:
    """The stop reason of a reply that reached `message_stop`.

    A reply with calls gets `tool_use` even if its server sends `end_turn` or nothing:
    if the calls were refused, Claude would make them again for ever.
    """
    if reason is None or reason in ENDS:
        return "tool_use" if has_calls else (reason or "end_turn")
    return reason
