import re
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import msgspec
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sessions_app.console.bars import LABEL_WIDTH, VALUE_WIDTH, WIDTH, columns, rows
from sessions_app.models import AgentSession
from sessions_app.protocol.engine_kind import SIMULATOR

COSTS = "/admin/sessions_app/agentsession/costs/"


def spend(
    usd: str, owner: User | None = None, days_ago: int = 0, **fields: str
) -> None:
    AgentSession.objects.create(
        title="t",
        prompt="p",
        owner=owner,
        cost_usd=Decimal(usd),
        created_at=timezone.now() - timedelta(days=days_ago),
        **fields,
    )


def test_costs_are_summed_by_day_model_and_owner(as_root: Client, alice: User) -> None:
    spend("1.5", alice, model="opus")
    spend("2.5", alice, days_ago=2, model="opus")
    spend("0.25", model="<haiku>")
    spend("99", days_ago=40)
    AgentSession.objects.create(title="t", prompt="p", model="opus")  # unknown
    page = as_root.get(COSTS).content.decode()
    assert "$4.25</strong> in 30 days" in page
    assert "&lt;haiku&gt;" in page
    figures = re.findall(r">\$([\d.]+)</text>", page)
    assert figures == ["4.00", "0.2500", "4.00", "0.2500"]
    assert page.count("<title>") - page.count("<title>Costs") == 30
    today = timezone.localdate()
    assert f"<title>{today.isoformat()}: $1.75</title>" in page
    assert (
        "$103.25</strong> in 90 days"
        in as_root.get(f"{COSTS}?days=90").content.decode()
    )


def test_what_the_simulator_would_cost_is_no_cost(as_root: Client) -> None:
    spend("1.5", model="opus", engine="anthropic")
    spend("40", model="opus", engine="simulator")
    page = as_root.get(COSTS).content.decode()
    assert "$1.50</strong> in 30 days" in page
    assert re.findall(r">\$([\d.]+)</text>", page) == ["1.50", "1.50"]


def test_every_simulated_engine_is_free(
    as_root: Client, settings: LazySettings
) -> None:
    mime = msgspec.structs.replace(SIMULATOR, name="mime")
    settings.ENGINES = {**settings.ENGINES, "mime": mime}
    spend("40", model="opus", engine="mime")
    assert "Nothing was spent." in as_root.get(COSTS).content.decode()


def test_charts_need_no_style_or_script_of_their_own(as_root: Client) -> None:
    page = as_root.get(COSTS)
    body = page.content.decode()
    chart = body[body.index('<figure class="chart">') :]
    assert "style=" not in chart[: chart.rindex("</figure>")]
    assert "Nothing was spent." in body
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]


def test_many_owners_and_models_take_as_many_queries(as_root: Client) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert as_root.get(COSTS).status_code == 200
        return len(captured)

    spend("1", model="m")
    few = count()
    for number in range(20):
        spend("1", User.objects.create_user(f"u{number}"), model=f"m{number}")
    assert count() == few
    assert "all others" in as_root.get(COSTS).content.decode()


def test_costs_are_for_admins(as_alice: Client) -> None:
    assert as_alice.get(COSTS).status_code == 302


def test_bars_share_the_room() -> None:
    sums = [("a", Decimal(4)), ("b", Decimal(1)), ("c", Decimal(0))]
    found = rows(sums)
    assert [bar.width for bar in found] == [WIDTH - LABEL_WIDTH - VALUE_WIDTH, 102.5, 0]
    assert [bar.y for bar in found] == sorted(bar.y for bar in found)
    days = columns(sums)
    assert days[0].y == 0
    assert [bar.height for bar in days] == [160, 40, 0]
    assert all(one.end <= other.x for one, other in pairwise(days))
    assert columns([]) == rows([]) == []
