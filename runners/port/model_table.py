import re
from dataclasses import dataclass
from types import MappingProxyType

from sessions_app.protocol.wire import Usage

AS_OF = "2026-11-30"  # date of these figures
UNKNOWN_CONTEXT_TOKENS = 200_000  # for a model that is not in the table
# One model has many names: `us.anthropic.claude-opus-5-5-v1:0` (Bedrock),
# `claude-opus-5-5@20261001` (Vertex), `anthropic/claude-opus-5.5` (routers),
# `claude-opus-5-5[1m]` (Claude Code). An unlisted suffix may mean another price, so
# such a name is treated as unknown.
_NAME = re.compile(
    r"""(?: .* [./] )?                      # a region, a vendor, a router, an ARN
        (claude-[a-z]+-\d{1,2}(?:[-.]\d{1,2})?)
        (?: [-@] (?: \d{8} | latest | default ) )?
        (?: -v\d+ (?: :\d+ )? )?            # a version of Bedrock's
        (?: \[1m\] )?""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens; `cache_write` is for the five-minute cache."""

    input: float
    output: float
    cache_write: float
    cache_read: float


@dataclass(frozen=True, slots=True)
class KnownModel:
    """Facts about one model; an unknown price is None, never zero."""

    price: Price | None
    context_tokens: int = 1_000_000
    is_adaptive: bool = True  # older models refuse adaptive thinking


def _old(price: Price | None) -> KnownModel:
    return KnownModel(price, UNKNOWN_CONTEXT_TOKENS, is_adaptive=False)


MODELS = MappingProxyType(
    {
        "claude-fable-5-2": KnownModel(Price(8, 40, 10, 0.20)),
        "claude-mythos-5-2": KnownModel(Price(8, 40, 10, 0.20)),
        "claude-fable-5-1": KnownModel(Price(10, 50, 12.5, 0.25)),
        "claude-opus-5-5": KnownModel(Price(4, 20, 5, 0.20)),
        "claude-opus-5": KnownModel(Price(5, 25, 6.25, 0.50)),
        "claude-opus-4-8": KnownModel(Price(5, 25, 6.25, 0.50)),
        "claude-opus-4-7": KnownModel(Price(5, 25, 6.25, 0.50)),
        "claude-opus-4-6": KnownModel(Price(5, 25, 6.25, 0.50)),
        "claude-sonnet-5-5": KnownModel(Price(2, 10, 2.5, 0.10)),
        "claude-sonnet-5": KnownModel(Price(2, 10, 2.5, 0.20)),
        "claude-haiku-5-5": KnownModel(Price(0.10, 0.50, 0.125, 0.01)),
        "claude-haiku-4-5": _old(Price(1, 5, 1.25, 0.10)),
        "claude-sonnet-4-5": _old(None),
        "claude-opus-4-5": _old(Price(5, 25, 6.25, 0.50)),
    }
)
_UNKNOWN = KnownModel(None, UNKNOWN_CONTEXT_TOKENS)


def known_model(name: str) -> KnownModel:
    """Look a model up by any of its names."""
    found = _NAME.fullmatch(name)
    if found is None:
        return _UNKNOWN
    return MODELS.get(found[1].lower().replace(".", "-"), _UNKNOWN)


def cost_usd(usage: Usage, answered: str, asked: str) -> float | None:
    """The cost of a usage at the answering model's price; None if unknown.

    A gateway may answer under its own name (a deployment, an alias): a name without
    "claude" is priced as the model that was requested.
    """
    is_alias = "claude" not in answered.lower()
    price = known_model(asked if is_alias else answered).price
    if price is None:
        return None
    micro_usd = (
        usage.input_tokens * price.input
        + usage.output_tokens * price.output
        + usage.cache_creation_tokens * price.cache_write
        + usage.cache_read_tokens * price.cache_read
    )
    return micro_usd / 1_000_000
