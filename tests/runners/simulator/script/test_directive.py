import pytest

from runners.simulator.api.error import InvalidRequestReply
from runners.simulator.script.directive import Directive


def test_a_prompt_without_a_directive_has_none() -> None:
    assert Directive.find("Write me a poem [about: rivers]") is None


def test_a_directive_names_the_scenario() -> None:
    assert Directive.find("Go. [scenario: coding]") == Directive(scenario="coding")


def test_a_directive_carries_options() -> None:
    found = Directive.find("[scenario: long tokens=2000 rate=500 jitter=0.5]")
    assert found == Directive(scenario="long", tokens=2000, rate=500.0, jitter=0.5)


@pytest.mark.parametrize(
    ("prompt", "complaint"),
    [
        ("[scenario:]", "malformed"),
        ("[scenario: long tokens]", "malformed"),
        ("[scenario: long speed=3]", "unknown field `speed`"),
        ("[scenario: long rate=fast]", r"Expected `float.*\$.rate"),
        ("[scenario: long jitter=2]", r"<= 1.*\$.jitter"),
    ],
)
def test_a_malformed_directive_is_an_invalid_request(
    prompt: str, complaint: str
) -> None:
    with pytest.raises(InvalidRequestReply, match=complaint):
        Directive.find(prompt)


def test_options_are_passed_on_to_directives_in_a_text() -> None:
    directive = Directive(scenario="subagents", rate=500.0)
    told = directive.pass_on("Look. [scenario: subagents.poet]")
    assert told == "Look. [scenario: subagents.poet rate=500.0]"
    assert Directive.find(told) == Directive(scenario="subagents.poet", rate=500.0)
