import re
import secrets

_CALL_ID = re.compile(r"toolu_sim(\d+)x(\d+)x[0-9a-f]+")


def new_call_id(turn: int, block: int) -> str:
    """Make a tool call's id, which encodes the call's position in its script."""
    return f"toolu_sim{turn}x{block}x{secrets.token_hex(8)}"


def call_position(call_id: str) -> tuple[int, int] | None:
    """Parse turn and block from a tool call's id; None for a foreign id."""
    found = _CALL_ID.fullmatch(call_id)
    return (int(found[1]), int(found[2])) if found else None
