"""Judges of AG-UI that nobody here wrote, on the simulator's scenarios."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from ag_ui.core import Event
from ag_ui_validate.pytest_plugin import assert_valid_agui
from pydantic import TypeAdapter

from runners.simulator.script.library import Library
from tests.ag_ui.conftest import AgUi, Json

OTHERS = ("claude_code", "opencode")  # scripts for other programs' own tools
SLOW = {"long", "silence", "sleeper"}  # on purpose; `long` has nothing new
NAMES = sorted(
    name
    for name in Library.shipped({}).scenarios
    if not name.startswith(OTHERS) and "." not in name and name not in SLOW
)
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
Runs = dict[str, Future[list[Json]]]


@pytest.fixture(scope="module")
def runs(ag_ui: AgUi) -> Iterator[Runs]:
    """All scenarios, at once."""
    with ThreadPoolExecutor(len(NAMES)) as pool:
        yield {
            name: pool.submit(ag_ui.run, name, f"[scenario: {name}]") for name in NAMES
        }


@pytest.mark.parametrize("name", NAMES)
def test_every_scenario_is_a_valid_run(runs: Runs, name: str) -> None:
    events = runs[name].result()
    assert_valid_agui(events, max_warnings=0)
    for event in events:
        parsed = EVENT.validate_python(event)
        assert not parsed.model_extra, "a field that AG-UI does not know"
    assert events[0]["type"] == "RUN_STARTED"
    assert events[-1]["type"] in {"RUN_FINISHED", "RUN_ERROR"}
