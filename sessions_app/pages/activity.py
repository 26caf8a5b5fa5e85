from collections.abc import Collection, Sequence
from itertools import accumulate, pairwise

from django.db.models import BigIntegerField, ExpressionWrapper, OuterRef, Subquery

from sessions_app.models import AgentSession, Event

PARTS = 16  # of a log, and of the time it took
WIDTH, HEIGHT = 64, 16  # of the line, in the units of its view box


def sparklines(session_ids: Collection[str]) -> dict[str, str]:
    """Draw how busy sessions were over their time, as an SVG path for each.

    `seq` counts deltas too, swept or not, and so measures activity: what a log costs
    here is PARTS + 1 looks into an index, however long it is.
    """
    marks = {f"at{part}": _time_at(part) for part in range(PARTS + 1)}
    rows = AgentSession.objects.filter(pk__in=session_ids, head_seq__gt=1)
    found = rows.annotate(**marks).values_list("pk", *marks)
    told = ((id_, [at for at in times if at is not None]) for id_, *times in found)
    return {id_: path(activity(times)) for id_, times in told if len(times) > 1}


def activity(times: Sequence[int]) -> list[float]:
    """Spread as many equal parts of a log as there are gaps between times over PARTS
    equal parts of their span; 1.0 is the busiest."""
    times = list(accumulate(times, max))  # a runner's clock may have been put back
    start, span = times[0], max(1, times[-1] - times[0])
    busy = [0.0] * PARTS
    for begin, end in pairwise(times):
        first = min(PARTS - 1, (begin - start) * PARTS // span)
        last = max(first, min(PARTS - 1, (end - start) * PARTS // span))
        for part in range(first, last + 1):
            busy[part] += 1 / (last - first + 1)
    most = max(busy)
    return [part / most for part in busy]


def path(busy: Sequence[float]) -> str:
    """Draw values of 0 to 1 as the outline of a hill over the view box's base."""
    step = WIDTH / (len(busy) - 1)
    tops = (f"L{nth * step:.0f} {HEIGHT - 1 - part * (HEIGHT - 2):.1f}"
            for nth, part in enumerate(busy))  # fmt: skip
    return f"M0 {HEIGHT}{''.join(tops)}L{WIDTH} {HEIGHT}Z"


def _time_at(part: int) -> Subquery:
    """The time of the first event left after a part of a log."""
    # A product of integers first: a log's first event has seq 1.
    seq = ExpressionWrapper(
        (OuterRef("head_seq") - 1) * part / PARTS + 1, output_field=BigIntegerField()
    )
    events = Event.objects.filter(session=OuterRef("pk"), seq__gte=seq)
    return Subquery(events.order_by("seq").values("ts")[:1])
