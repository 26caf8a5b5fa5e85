from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from hypothesis import HealthCheck
from hypothesis import settings as examples
from hypothesis.stateful import run_state_machine_as_test

from tests.sessions_app.interleavings import Interleavings
from tests.sessions_app.logbook import stored

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]
PAGE_ROWS, PAGE_CHARS, WINDOW_CHARS, SWEEP_ROWS = 4, 700, 900, 2


@pytest.fixture(autouse=True)
def _small(settings: LazySettings) -> None:
    settings.PAGE_MAX_ROWS, settings.PAGE_MAX_CHARS = PAGE_ROWS, PAGE_CHARS
    settings.RECENT_MAX_CHARS = WINDOW_CHARS
    settings.SWEEP_MAX_ROWS = SWEEP_ROWS


def test_every_screen_ends_with_the_log_whatever_comes_between() -> None:
    run_state_machine_as_test(
        Interleavings,
        settings=examples(
            max_examples=20,
            stateful_step_count=50,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )


@pytest.fixture
def way() -> Iterator[Interleavings]:
    """A session's way, which must come to rest as a machine's does."""
    way = Interleavings()
    yield way
    way.the_log_is_what_was_written()
    way.each_command_happens_once()
    way.teardown()


def test_pages_meet_live_batches_while_the_sweep_runs(way: Interleavings) -> None:
    way.stream("a", 5, "answered")
    way.layer_loses(0)
    way.feed_looks()
    way.window_forgets()
    way.window_forgets()
    way.ask_for_a_page(0)  # the block's start and its first deltas
    way.end_block("answered", is_broken=False)
    way.sweep()  # the newest deltas go, then the page comes
    way.page_comes(0)
    assert way.screens[0].shown == PAGE_ROWS
    way.ask_for_a_page(0)  # of what is left: the last delta has gone
    way.stream("bc", 1, "answered")
    way.layer_brings(0, comes_again=False, is_notice=False)
    way.page_comes(0)
    way.sweep()
    way.serve(0, 3)
    assert way.screens[0].fold.blocks["m0.0"] == "aaaaa"


def test_a_batch_that_was_seen_or_half_seen_shows_nothing_twice(
    way: Interleavings,
) -> None:
    way.stream("a", 1, "answered")  # seqs 1 and 2
    way.layer_loses(0)
    way.stream("a", 4, "answered")  # 3 to 6
    way.feed_looks()  # a page ends at 4
    assert way.recent.head == PAGE_ROWS
    way.layer_brings(0, comes_again=True, is_notice=False)  # half seen
    way.layer_brings(0, comes_again=False, is_notice=False)  # and all of it
    way.serve(0, 3)
    assert way.screens[0].fold.seqs == [*range(1, 7)]


def test_a_last_batch_that_was_lost_is_found_at_the_next_look(
    way: Interleavings,
) -> None:
    way.stream("a", 1, "answered")
    way.layer_loses(0)
    way.serve(0, 3)
    assert way.screens[0].shown == 0
    way.feed_looks()
    way.serve(0, 3)
    assert way.screens[0].shown == 2


@pytest.mark.parametrize("fate", ["unanswered", "not begun"])
def test_a_commit_without_an_answer_is_written_once(
    way: Interleavings, fate: str
) -> None:
    way.stream("a", 2, fate)
    way.feed_looks()  # it may be seen before its runner knows
    way.ask_again_whether_it_was_written()
    assert [seq for seq, _ in stored(way.id)] == [1, 2, 3]
    way.layer_brings(0, comes_again=False, is_notice=False)


@pytest.mark.parametrize("fate", ["unanswered", "not begun"])
def test_who_is_taken_over_between_a_commit_and_its_answer_writes_no_more(
    way: Interleavings, fate: str
) -> None:
    way.stream("a", 2, fate)
    way.take_over()
    way.stream("bc", 2, "answered")
    way.a_former_runner_wakes()
    way.end_block("answered", is_broken=False)


@pytest.mark.parametrize("fate", ["unanswered", "not begun"])
def test_a_command_whose_runner_was_taken_over_happens_once(
    way: Interleavings, fate: str
) -> None:
    way.say()
    way.heed_commands(fate)
    way.take_over()
    way.heed_commands("answered")
    way.a_former_runner_wakes()
    heard = [entry.type for entry in way.truth].count("user_message")
    assert heard == 1
    assert not way._pending().exists()


def test_a_page_of_a_subscription_that_has_ended_is_not_shown(
    way: Interleavings,
) -> None:
    way.stream("a", 5, "answered")
    way.layer_loses(0)
    way.feed_looks()
    way.window_forgets()
    way.window_forgets()
    way.ask_for_a_page(0)
    way.leave_and_come_back_at_once(0)
    way.page_comes(0)
    assert way.screens[0].shown == 0
    way.ask_for_a_page(0)
    way.page_comes(0)
    assert way.screens[0].shown == PAGE_ROWS


def test_who_was_ahead_of_a_restored_log_begins_again(way: Interleavings) -> None:
    way.stream("a", 1, "answered")
    way.back_up()
    way.end_block("answered", is_broken=False)
    way.feed_looks()
    way.serve(0, 3)
    assert way.screens[0].shown == 3
    way.restore()
    way.stream("bc", 1, "answered")  # another life of seq 3
    assert way.screens[0].shown == 0
