from collections.abc import Collection, Sequence
from itertools import accumulate, pairwise

from django.db.models import BigIntegerField, ExpressionWrapper, OuterRef, Subquery

from sessions_app.models import AgentSession, Event

PARTS = 16  # number of parts that a log, and its time span, are divided into
WIDTH, HEIGHT = 64, 16  # size of the sparkline, in units of its view box


def sparklines(session_ids: Collection[str]) -> dict[str, str]:
    """Return an SVG path per session that shows its activity over time.

    `seq` counts deltas too, also swept ones, so it measures activity. A log of any
    length costs PARTS + 1 index lookups.
    """
    marks = {f"at{part}": _time_at(part) for part in range(PARTS + 1)}
    rows = AgentSession.objects.filter(pk__in=session_ids, head_seq__gt=1)
    found = rows.annotate(**marks).values_list("pk", *marks)
    samples = ((id_, [at for at in times if at is not None]) for id_, *times in found)
    return {id_: path(activity(times)) for id_, times in samples if len(times) > 1}


def activity(times: Sequence[int]) -> list[float]:
    """Return the activity in PARTS equal parts of the time span; the busiest is 1.0.

    `times` (ms) divide the log into parts with equal numbers of events.
    """
    times = list(accumulate(times, max))  # a runner's clock may have been set back
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
    """Return values of 0 to 1 as the SVG path of a filled line chart."""
    step = WIDTH / (len(busy) - 1)
    tops = (f"L{nth * step:.0f} {HEIGHT - 1 - part * (HEIGHT - 2):.1f}"
            for nth, part in enumerate(busy))  # fmt: skip
    return f"M0 {HEIGHT}{''.join(tops)}L{WIDTH} {HEIGHT}Z"


def _time_at(part: int) -> Subquery:
    """Return a subquery for the `ts` of the first unswept event after a log's part."""
    # The product comes first because this is integer arithmetic. Seqs start at 1.
    seq = ExpressionWrapper(
        (OuterRef("head_seq") - 1) * part / PARTS + 1, output_field=BigIntegerField()
    )
    events = Event.objects.filter(session=OuterRef("pk"), seq__gte=seq)
    return Subquery(events.order_by("seq").values("ts")[:1])
