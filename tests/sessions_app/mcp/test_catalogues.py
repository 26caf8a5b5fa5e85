"""Catalogues that settings add to the server's own."""

import re
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.exceptions import ImproperlyConfigured

from sessions_app.mcp.catalogues import RINGSIDE, Catalogues
from sessions_app.people.api_tokens import Scope
from tests.servers.process import ROOT

ADDED = "tests.mcp.catalogue.catalogue.CATALOGUE"


def test_added_tools_stand_beside_our_own(settings: LazySettings) -> None:
    settings.MCP_CATALOGUES = [ADDED]
    names = set(Catalogues.configured().tools)
    assert {tool.name for tool in RINGSIDE.tools} < names
    assert "test_simple_text" in names


def test_server_without_the_setting_has_nothing_of_the_suite() -> None:
    found = Catalogues.configured()
    assert set(found.tools) == {tool.name for tool in RINGSIDE.tools}
    assert all(one.uri.startswith("ringside://") for one in found.resources)


@pytest.mark.parametrize(
    "path", ["nothing", "no.such.module.VALUE", f"{ADDED}S", "os.path.sep"]
)
def test_wrong_path_is_refused_by_its_name(settings: LazySettings, path: str) -> None:
    settings.MCP_CATALOGUES = [path]
    with pytest.raises(ImproperlyConfigured, match="RINGSIDE_MCP_CATALOGUES"):
        Catalogues.configured()


def test_catalogue_of_the_documentation_adds_its_tool() -> None:
    page = (ROOT / "docs" / "mcp.md").read_text(encoding="utf-8")
    *_, example = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    module: dict[str, Any] = {"__name__": "example"}
    exec(example, module)  # noqa: S102 our own page
    found = Catalogues([RINGSIDE, module["CATALOGUE"]])
    assert found.tools["count_failed"].scope is Scope.READ


def test_name_that_is_there_twice_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="there twice"):
        Catalogues([RINGSIDE, RINGSIDE])
