from runners.port.model_table import MODELS, cost_usd, known_model
from sessions_app.protocol.wire import Usage


def test_a_usage_is_priced() -> None:
    usage = Usage(
        input_tokens=1_000_000,
        output_tokens=100_000,
        cache_creation_tokens=10_000,
        cache_read_tokens=1_000,
    )
    assert cost_usd("claude-opus-5-5", usage) == 4 + 2 + 0.05 + 0.0002


def test_a_dated_model_is_what_its_name_is() -> None:
    assert known_model("claude-haiku-4-5-20251001") is MODELS["claude-haiku-4-5"]


def test_an_unknown_price_is_no_price() -> None:
    for model in ("claude-opus-6", "", "claude-opus-4-5"):
        assert cost_usd(model, Usage()) is None
