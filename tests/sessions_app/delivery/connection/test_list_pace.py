from django.conf import settings

from sessions_app.delivery.connection.list_pace import ListPace


def test_a_burst_is_served_at_once_and_what_follows_at_a_steady_pace() -> None:
    pace = ListPace()
    each = 1 / settings.DEAR_REQUESTS_PER_S
    burst = settings.DEAR_REQUESTS_BURST
    delays = [pace.delay(100.0) for _ in range(burst + 3)]
    assert delays[:burst] == [0.0] * burst
    late = [round(delay / each, 6) for delay in delays[burst:]]
    assert late == [1, 2, 3]
    assert pace.delay(100.0 + 3 * each + burst * each) == 0.0
