from types import MappingProxyType

INTERRUPTED = "interrupted"  # ours: a person stopped the reply
BROKEN_OFF = "broken_off"  # ours: the reply broke, and its finished calls are kept
CUT_SHORT = frozenset({"max_tokens", "model_context_window_exceeded"})
# The reply is over, and asks for nothing.
ENDS = frozenset({"end_turn", "stop_sequence"})
# Gateways to other APIs pass on those APIs' words.
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


def api_reason(said: str) -> str:
    """Translate a gateway's word for why a reply stopped into the API's own."""
    return ALIASES.get(said.lower(), said)


def whole_reason(reason: str | None, *, has_calls: bool) -> str:
    """The stop reason of a reply that came to its end (`message_stop`).

    A reply with calls wants them run, even if its server says `end_turn` or nothing:
    refused, Claude would make the same calls again for ever.
    """
    if reason is None or reason in ENDS:
        return "tool_use" if has_calls else (reason or "end_turn")
    return reason
