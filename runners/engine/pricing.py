import re
from dataclasses import dataclass
from types import MappingProxyType

from sessions_app.protocol.wire import Usage

AS_OF = "2026-11-22"
_DATED = re.compile(r"-\d{8}$")


@dataclass(frozen=True, slots=True)
class Price:
    """USD for a million tokens; cache writes live five minutes."""

    input: float
    output: float
    cache_write: float
    cache_read: float


PRICES = MappingProxyType(
    {
        "claude-fable-5-2": Price(8, 40, 10, 0.20),
        "claude-mythos-5-2": Price(8, 40, 10, 0.20),
        "claude-fable-5-1": Price(10, 50, 12.5, 0.25),
        "claude-opus-5-5": Price(4, 20, 5, 0.20),
        "claude-opus-5": Price(5, 25, 6.25, 0.50),
        "claude-opus-4-8": Price(5, 25, 6.25, 0.50),
        "claude-sonnet-5-5": Price(2, 10, 2.5, 0.10),
        "claude-sonnet-5": Price(2, 10, 2.5, 0.20),
        "claude-haiku-5-5": Price(0.10, 0.50, 0.125, 0.01),
        "claude-haiku-4-5": Price(1, 5, 1.25, 0.10),
    }
)


def price_of(model: str) -> Price | None:
    """Find a model's price; a dated name is the same model."""
    return PRICES.get(_DATED.sub("", model))


def cost_usd(model: str, usage: Usage) -> float | None:
    """Price a usage; None, never zero, where the model's price is not known."""
    price = price_of(model)
    if price is None:
        return None
    micro_usd = (
        usage.input_tokens * price.input
        + usage.output_tokens * price.output
        + usage.cache_creation_tokens * price.cache_write
        + usage.cache_read_tokens * price.cache_read
    )
    return micro_usd / 1_000_000
