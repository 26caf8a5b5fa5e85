import pytest

from runners.port.model_table import MODELS, cost_usd, known_model
from sessions_app.protocol.wire import Usage

OPUS = "claude-opus-5-5"
USAGE = Usage(
    input_tokens=1_000_000,
    output_tokens=100_000,
    cache_creation_tokens=10_000,
    cache_read_tokens=1_000,
)
OTHER_NAMES = [
    "claude-opus-5-5-20261001",
    "claude-opus-5-5@20261001",
    "claude-opus-5-5@default",
    "claude-opus-5-5-latest",
    "claude-opus-5-5[1m]",
    "anthropic/claude-opus-5-5",
    "anthropic/claude-opus-5.5",
    "openrouter/anthropic/claude-opus-5.5",
    "anthropic.claude-opus-5-5-v1:0",
    "us.anthropic.claude-opus-5-5-v1:0",
    "us.anthropic.claude-opus-5-5-20261001-v1:0",
    "global.anthropic.claude-opus-5-5",
    "bedrock/eu.anthropic.claude-opus-5-5-v1:0",
    "vertex_ai/claude-opus-5-5@20261001",
    "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-5-5-v1:0",
    "Claude-Opus-5-5",
]
UNKNOWN = ["claude-opus-6", "claude-opus-55", "claude-opus-5-5-fast", "gpt-5", ""]


def test_a_usage_is_priced() -> None:
    assert cost_usd(USAGE, OPUS, OPUS) == 4 + 2 + 0.05 + 0.0002


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_a_model_is_known_by_each_of_its_names(name: str) -> None:
    assert known_model(name) is MODELS[OPUS]


def test_every_model_is_known_by_its_dated_name() -> None:
    for name, model in MODELS.items():
        assert known_model(f"{name}-20251001") is model
        assert known_model(f"us.anthropic.{name}-20251001-v1:0") is model


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_unknown_price_is_no_price(name: str) -> None:
    assert cost_usd(Usage(), name, name) is None


def test_a_reply_under_an_alias_costs_what_the_model_asked_for_does() -> None:
    assert cost_usd(USAGE, "our-deployment-7", OPUS) == cost_usd(USAGE, OPUS, OPUS)
    assert cost_usd(USAGE, "claude-opus-6", OPUS) is None


def test_another_model_that_answered_is_billed_at_its_own_price() -> None:
    haiku = "claude-haiku-5-5"
    assert cost_usd(USAGE, haiku, OPUS) == cost_usd(USAGE, haiku, haiku)
