import re
from collections.abc import Iterator

import httpx2
import pytest

from runners.simulator.options import SimulatorOptions
from runners.simulator.simulator import Simulator
from tests.agents.real_agents import RealAgents
from tests.agents.wire_schema import WireSchema
from tests.servers.background import Background
from tests.servers.installation import Installation

RATE = 200.0  # tokens per second of the simulated model


@pytest.fixture
def real_agents(
    installation: Installation, background: Background
) -> Iterator[RealAgents]:
    """Agents, each line of which, and each to them, must fit the published schema."""
    simulator = background.call(Simulator(SimulatorOptions(rate=RATE)).__aenter__())
    agents = RealAgents(installation, simulator.url)
    yield agents
    background.call(simulator.__aexit__(None, None, None))
    if not agents.are_named:  # the agent is not installed
        return
    lines, schema = agents.lines(), WireSchema.published()
    assert {who for who, _ in lines} == {"client", "agent"}
    assert schema.unfit(lines, "client") == []
    assert schema.unfit(lines, "agent") == []


def start_in_page(client: httpx2.Client, engine: str, prompt: str, mode: str) -> str:
    """Start a session by the page's form; return its id."""
    page = client.get("/").text
    assert f'<option value="{engine}">' in page
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    form = {
        "csrfmiddlewaretoken": token[1],
        "prompt": prompt,
        "engine": engine,
        "permission_mode": mode,
    }
    answer = client.post("/sessions/", data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].strip("/").rpartition("/")[2]
