from dataclasses import asdict
from typing import Any

from sessions_app.console import bars
from sessions_app.console.overview.sessions_now import sessions_now
from sessions_app.console.overview.spending import (
    NOTHING,
    OVERVIEW_DAYS,
    cost_by_day,
    priced_sessions,
    top_costs,
)
from sessions_app.console.overview.storage import storage_use
from sessions_app.models import RunnerProcess, WebProcess
from sessions_app.operations.presence import present

RUNNERS_MAX = 8  # with a line of their own


def overview() -> dict[str, Any]:
    """Read what the admin's first page shows, as template context.

    Every query is bounded, or answered from an index: the page is as quick with a
    million events as with none.
    """
    priced = priced_sessions(OVERVIEW_DAYS)
    by_day = cost_by_day(priced, OVERVIEW_DAYS)
    tops = top_costs(priced)
    runners = list(present(RunnerProcess).order_by("host", "pid"))
    web = list(present(WebProcess))
    return {
        "groups": sessions_now(),
        "days": OVERVIEW_DAYS,
        "has_spent": any(cost for _, cost in by_day),
        "spent": bars.usd(sum((cost for _, cost in by_day), NOTHING)),
        "spent_today": bars.usd(by_day[-1][1]),
        "columns": bars.columns(by_day),
        "width": bars.WIDTH,
        "columns_height": bars.DAYS_HEIGHT,
        "tops": [
            ("By model", tops["model"]),
            ("By owner", tops["owner"]),
            ("By project", tops["workdir"]),
        ],
        "runners": runners[:RUNNERS_MAX],
        "runner_count": len(runners),
        "room": sum(runner.concurrency for runner in runners),
        "held": sum(runner.sessions for runner in runners),
        "web_count": len(web),
        "viewers": sum(sum(process.viewers.values()) for process in web),
        "storage": asdict(storage_use()),
    }
