from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.masking.secrets import (
    SecretMask,
    without_secrets,
    without_secrets_in,
)
from sessions_app.protocol import events

# Assembled here, so that no scanner takes this file for a leak.
KEYS = [
    ("sk-" + "ant-", "api03-" + "x_Y-9" * 5),
    ("sk-" + "proj-", "a1B2" * 10),
    ("gh" + "p_", "a1B2" * 9),
    ("github" + "_pat_", "A1_b" * 8),
    ("gl" + "pat-", "a-B_" * 6),
    ("AK" + "IA", "ABCD1234EFGH5678"),
    ("xox" + "b-", "123-456-abc"),
    ("AI" + "za", "a_B-1" * 7),
    ("sk" + "_live_", "a1B2" * 6),
    ("npm" + "_", "a1B2" * 9),
    ("pypi" + "-AgE", "a_B-" * 13),
    ("ey" + "J", "hbGciOi.eyJzdWIiOiIx.c2lnbmF0dXJlLXNpZ25hdHVyZQ"),
    ("Bearer ", "a.b~c+d/e=" * 2),
    ("-----BEGIN RSA " + "PRIVATE KEY-----", "\nMIIE\n" + "a+/9" * 12 + "\n"),
]
WORDS = ["sk-learn", "task-" + "a" * 40, "AKIA", "eyJ", "bearer of news", "ghp_short"]
PIECES = st.lists(
    st.sampled_from([p + k for p, k in KEYS] + [p for p, _ in KEYS] + WORDS)
    | st.sampled_from([" ", "\n", '"', "é🎉", "-", "a", "\\"]),
    max_size=8,
).map("".join)


@pytest.mark.parametrize(("prefix", "key"), KEYS, ids=[p for p, _ in KEYS])
def test_well_known_secrets_are_covered_but_for_their_prefix(
    prefix: str, key: str
) -> None:
    said = without_secrets(f'x="{prefix}{key}" y')
    assert said == f'x="{prefix}{"*" * len(key)}" y'


@pytest.mark.parametrize("word", WORDS)
def test_what_is_too_short_or_inside_a_word_is_none(word: str) -> None:
    assert without_secrets(f"{word}!") == f"{word}!"


def test_events_of_tools_are_masked_and_no_others() -> None:
    prefix, key = KEYS[0]
    secret, cover = prefix + key, prefix + "*" * len(key)
    mask = SecretMask()
    use = mask(
        events.ToolUse(
            block="b", tool_use_id="t", tool="bash", input={"env": [{"K": secret}]}
        )
    )
    assert isinstance(use, events.ToolUse)
    assert use.input == {"env": [{"K": cover}]}
    result = mask(
        events.ToolResult(
            tool_use_id="t", tool="bash", output=secret, is_error=False, duration_ms=1
        )
    )
    assert isinstance(result, events.ToolResult)
    assert result.output == cover
    text = events.Text(block="b", text=secret)
    assert mask(text) is text
    approval = events.Approval(tool_use_id="t", decision="approved", input=None)
    assert mask(approval) == approval


def test_bytes_that_are_cut_are_masked_too() -> None:
    prefix, key = KEYS[0]
    data = f"é{prefix}{key} é".encode()[1:-1]
    covered = f"é{prefix}{'*' * len(key)} é".encode()[1:-1]
    assert without_secrets_in(data) == covered


@given(PIECES, st.lists(st.integers(0, 400), max_size=12))
def test_secrets_that_deltas_split_are_covered_all_the_same(
    text: str, cuts: list[int]
) -> None:
    mask, shown = SecretMask(), ""
    at = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    for start, end in pairwise(at):
        event = mask(
            events.ToolOutputDelta(tool_use_id="t", offset=start, delta=text[start:end])
        )
        assert isinstance(event, events.ToolOutputDelta)
        shown += event.delta
    assert len(shown) == len(text)
    final = without_secrets(text)
    for raw, live, last in zip(text, shown, final, strict=True):
        assert live in {raw, "*"}
        assert last in {raw, "*"}
        if last != raw:
            assert live == "*"


def test_streams_do_not_mix() -> None:
    mask = SecretMask()
    prefix, key = KEYS[5]
    for tool_use_id, delta in (("a", prefix), ("b", key)):
        event = events.ToolOutputDelta(tool_use_id=tool_use_id, offset=0, delta=delta)
        assert mask(event) == event
