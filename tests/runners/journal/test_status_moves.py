import pytest
from django.conf import LazySettings
from hypothesis import HealthCheck
from hypothesis import settings as examples
from hypothesis.stateful import run_state_machine_as_test

from tests.runners.journal.status_moves import StatusMoves

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]


@pytest.fixture(autouse=True)
def _quick(settings: LazySettings) -> None:
    settings.HEARTBEAT_INTERVAL_S, settings.REAP_INTERVAL_S = 0.03, 0.005


def test_no_order_of_commands_crashes_and_takeovers_makes_another_move() -> None:
    run_state_machine_as_test(
        StatusMoves,
        settings=examples(
            max_examples=60,
            stateful_step_count=40,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
