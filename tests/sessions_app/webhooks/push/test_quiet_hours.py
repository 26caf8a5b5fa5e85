"""Quiet hours, beside an oracle that looks at the person's clock minute by minute."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from sessions_app.models import NotificationChoices
from sessions_app.webhooks.push.hush import quiet_end

ZONES = ("UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata")
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(
    lambda at: at.replace(second=0, microsecond=0, tzinfo=UTC)
)


def is_quiet(local: time, begin: time, end: time) -> bool:
    at = begin
    while at != end:  # the hours, a minute after the other
        if at == local:
            return True
        minutes = (at.hour * 60 + at.minute + 1) % (24 * 60)
        at = time(minutes // 60, minutes % 60)
    return False


@given(now=MOMENTS, begin=TIMES, end=TIMES, zone=st.sampled_from(ZONES))
def test_quiet_hours_are_those_of_the_persons_clock(
    now: datetime, begin: time, end: time, zone: str
) -> None:
    choices = NotificationChoices(quiet_from=begin, quiet_until=end, time_zone=zone)
    found = quiet_end(choices, now)
    local = now.astimezone(ZoneInfo(zone))
    assert (found is not None) == is_quiet(local.time(), begin, end)
    if found is not None:
        assert found.astimezone(ZoneInfo(zone)).time().replace(tzinfo=None) == end or (
            not _exists(found)
        )
        assert timedelta(0) < found - now <= timedelta(hours=25)


def _exists(moment: datetime) -> bool:
    """Whether a clock ever shows it: an hour in spring is left out."""
    return moment.astimezone(UTC).astimezone(moment.tzinfo) == moment


def test_end_in_the_hour_that_comes_twice_is_still_to_come() -> None:
    begin, end = time(22), time(2, 30)
    night = NotificationChoices(
        quiet_from=begin, quiet_until=end, time_zone="Europe/Paris"
    )
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    for past, expected in ((-20, first), (40, first + timedelta(hours=1))):
        found = quiet_end(night, first + timedelta(minutes=past))
        assert found is not None
        assert found.astimezone(UTC) == expected


def test_without_both_times_nothing_is_quiet() -> None:
    now = datetime(2026, 6, 1, 23, tzinfo=UTC)
    assert quiet_end(NotificationChoices(quiet_from=time(22)), now) is None
    assert quiet_end(NotificationChoices(), now) is None
    night = NotificationChoices(quiet_from=time(22), quiet_until=time(7))
    assert quiet_end(night, now) == datetime(2026, 6, 2, 7, tzinfo=UTC)
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert quiet_end(night, noon) is None
