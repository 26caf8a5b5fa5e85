import msgspec
import pytest

from runners.simulator.api.error import InvalidRequestReply
from runners.simulator.script.library import Library
from runners.simulator.script.scenario import Scenario


def test_every_shipped_scenario_says_what_it_is_about() -> None:
    scenarios = Library.shipped({}).scenarios
    assert len(scenarios) >= 18
    assert all(scenario.about.endswith(".") for scenario in scenarios.values())


def test_a_part_is_found_by_its_scenario_and_name() -> None:
    library = Library.shipped({})
    part = library.scenarios["subagents"].parts["poet"]
    assert library.script("subagents.poet") is part


def test_an_unknown_scenario_names_those_that_exist() -> None:
    with pytest.raises(
        InvalidRequestReply, match=r"unknown scenario 'x'; .*coding, compaction, cut"
    ):
        Library.shipped({}).script("x")


def test_a_scenario_of_ones_own_stands_beside_the_shipped_ones() -> None:
    mine = msgspec.convert({"about": "Mine.", "turn": [{}]}, Scenario)
    assert Library.shipped({"mine": mine}).script("mine") is mine


def test_a_keyword_is_a_whole_word() -> None:
    library = Library.shipped({})
    assert library.named_by_keyword("Show me a TABLE, please") == "markdown"
    assert library.named_by_keyword("Make it stable") is None


@pytest.mark.parametrize(
    ("turn", "complaint"),
    [
        ({"block": [{"text": "a", "tool": "b"}]}, "not text and tool"),
        ({"block": [{}]}, "not none"),
        ({"block": [{"raw": {"depth": 1}}]}, "needs a type"),
        ({"blocks": []}, "unknown field `blocks`"),
        ({"fault": [{"kind": "flood"}]}, "Invalid value 'flood'"),
        ({"when": "("}, "when is no pattern: missing"),
    ],
)
def test_a_scenario_that_makes_no_sense_is_refused(
    turn: dict[str, object], complaint: str
) -> None:
    with pytest.raises(msgspec.ValidationError, match=complaint):
        msgspec.convert({"about": "Bad.", "turn": [turn]}, Scenario)
