import pytest

from tests.agents.install import TARGET
from tests.agents.wire_schema import SCHEMA, Json, WireSchema


def line(method: str, params: Json) -> tuple[str, Json]:
    return "agent", {"jsonrpc": "2.0", "method": method, "params": params}


def test_a_line_that_breaks_the_published_schema_is_found() -> None:
    if not (TARGET / SCHEMA).exists():
        pytest.skip("the schema is not here: make agents")
    schema = WireSchema.published()
    plan = {"sessionUpdate": "plan", "entries": []}
    good = line("session/update", {"sessionId": "s", "update": plan})
    assert schema.unfit([good], "agent") == []
    bad = [
        line("session/update", {"update": plan}),
        line("session/update", {"sessionId": "s", "update": plan | {"entries": 1}}),
        line("session/updates", {}),
        ("agent", {"jsonrpc": "2.0", "id": 7, "result": {}}),
        ("agent", {"method": "session/update"}),
    ]
    assert len(schema.unfit(bad, "agent")) == len(bad)
    assert schema.unfit(bad, "client") == []
