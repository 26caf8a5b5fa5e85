from runners.engine.pricing import PRICES, cost_usd, price_of
from sessions_app.protocol.wire import Usage


def test_a_usage_is_priced():
    usage = Usage(
        input_tokens=1_000_000,
        output_tokens=100_000,
        cache_creation_tokens=10_000,
        cache_read_tokens=1_000,
    )
    assert cost_usd("claude-opus-5-5", usage) == 4 + 2 + 0.05 + 0.0002


def test_a_dated_model_costs_what_its_name_does():
    assert price_of("claude-haiku-4-5-20251001") == PRICES["claude-haiku-4-5"]


def test_an_unknown_model_has_no_price():
    assert cost_usd("claude-opus-6", Usage(input_tokens=1)) is None
    assert cost_usd("", Usage()) is None
