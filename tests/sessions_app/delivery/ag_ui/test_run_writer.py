from random import Random

from ag_ui_validate import Validator
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sessions_app.delivery.ag_ui.written_logs import (
    Logs,
    Reader,
    all_logs,
    data_of,
    naive_texts,
    position_of,
    swept,
    told,
)


def problems(messages: list[bytes]) -> list[str]:
    validator = Validator()
    for message in messages:
        validator.feed(data_of(message))
    validator.finalize()
    found = validator.report().diagnostics
    return [f"{one.rule} {one.message}" for one in found if one.severity != "info"]


@settings(max_examples=40, deadline=None)
@given(all_logs(), st.randoms(use_true_random=False))
def test_stream_says_what_the_finals_say_in_any_order(
    logs: Logs, random: Random
) -> None:
    messages = Reader(logs, random).read()
    assert problems(messages) == []
    assert told([data_of(one) for one in messages], logs) == naive_texts(logs)


@settings(max_examples=40, deadline=None)
@given(all_logs(), st.randoms(use_true_random=False))
def test_swept_log_says_the_same(logs: Logs, random: Random) -> None:
    messages = Reader(swept(logs), random).read()
    assert told([data_of(one) for one in messages], logs) == naive_texts(logs)


@settings(max_examples=20, deadline=None)
@given(all_logs(), st.randoms(use_true_random=False), st.booleans())
def test_stream_cut_after_any_message_goes_on_without_hole_or_repeat(
    logs: Logs, random: Random, is_swept: bool
) -> None:
    whole = Reader(logs, random).read()
    later = swept(logs) if is_swept else logs
    for count, last in enumerate(whole, 1):
        rest = Reader(later, random, position_of(last)).read()
        messages = whole[:count] + rest
        assert problems(messages) == []
        assert told([data_of(one) for one in messages], logs) == naive_texts(logs)
        assert len(set(messages)) == len(messages)
