import pytest

from runners.sandbox.environment import scrubbed
from runners.sandbox.variable_names import BadVariableName, checked_variable


@pytest.mark.parametrize("name", ["PIP_INDEX_URL", "MYAPP_*", "_x", "ABC*"])
def test_a_name_or_a_prefix_is_taken_as_it_is_written(name: str) -> None:
    assert checked_variable(f" {name} ") == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "A*",
        "AB*",
        "A*B",
        "A-B",
        "A=B",
        "1A",
        "A B",
        "Ä",
        "A\nB",
        "A" * 300,
        "?AB",
    ],
)
def test_what_names_no_variable_is_refused(text: str) -> None:
    with pytest.raises(BadVariableName):
        checked_variable(text)


@pytest.mark.parametrize(
    "name",
    [
        "RINGSIDE_SECRET_KEY",
        "ANTHROPIC_API_KEY",
        "DJANGO_X",
        "ANTHROPIC_*",
        "RING*",
        "ANT*",
    ],
)
def test_ringsides_own_variables_are_not_given_to_commands(name: str) -> None:
    with pytest.raises(BadVariableName, match="Ringside's own"):
        checked_variable(name)


def test_a_named_variable_comes_with_its_value_whatever_it_holds() -> None:
    given = {"MYAPP_TOKEN": "ghp_x", "OTHER_TOKEN": "y", "MYAPP": "z"}
    assert scrubbed(given, ["MYAPP_*"]).get("MYAPP_TOKEN") == "ghp_x"
    assert {"OTHER_TOKEN", "MYAPP"} & set(scrubbed(given, ["MYAPP_*"])) == set()
