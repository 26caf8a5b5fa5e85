from collections import Counter
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import TypeVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from mcp.shared.uri_template import UriTemplate

from sessions_app.mcp.api import Json
from sessions_app.mcp.catalogue import (
    Completer,
    McpCatalogue,
    McpPrompt,
    McpResource,
    McpTool,
    Variables,
)
from sessions_app.mcp.resources.completion import complete_session
from sessions_app.mcp.resources.prompts import PROMPTS
from sessions_app.mcp.resources.resources import RESOURCES, changed_by
from sessions_app.mcp.tools.tools import TOOLS

Named = TypeVar("Named", McpTool, McpPrompt)
RINGSIDE = McpCatalogue(
    tools=TOOLS,
    resources=RESOURCES,
    prompts=PROMPTS,
    completers={"session": complete_session},
    changed_by=changed_by,
)


class Catalogues:
    """Everything that the server offers: Ringside's own catalogue, and those added.

    Raises ImproperlyConfigured if two tools, prompts or resources have one name.
    """

    def __init__(self, catalogues: Sequence[McpCatalogue]) -> None:
        self._catalogues = tuple(catalogues)
        self.tools = _by_name(tool for one in catalogues for tool in one.tools)
        self.prompts = _by_name(prompt for one in catalogues for prompt in one.prompts)
        self.resources = tuple(res for one in catalogues for res in one.resources)
        _check_unique(resource.uri for resource in self.resources)
        self._templates = [(UriTemplate.parse(one.uri), one) for one in self.resources]

    @classmethod
    def configured(cls) -> "Catalogues":
        """Load those that settings name, after our own."""
        return cls([RINGSIDE, *map(_load, settings.MCP_CATALOGUES)])

    def find(self, uri: str) -> tuple[McpResource, Variables] | None:
        """Find the resource that has an address, and its template's variables."""
        for template, resource in self._templates:
            found = template.match(uri)
            if found is not None:
                return resource, {name: str(value) for name, value in found.items()}
        return None

    def completer(self, owner: str, argument: str) -> Completer | None:
        """Find what completes an argument of a prompt, or of a template's address."""
        for one in self._catalogues:
            names = {prompt.name for prompt in one.prompts}
            if owner in names | {resource.uri for resource in one.resources}:
                return one.completers.get(argument)
        return None

    def changed_by(self, event: Json) -> set[str]:
        """Return the addresses of the resources that an event changes."""
        changes = [one.changed_by for one in self._catalogues if one.changed_by]
        return {uri for change in changes for uri in change(event)}


def _by_name(found: Iterable[Named]) -> dict[str, Named]:
    listed = list(found)
    _check_unique(one.name for one in listed)
    return {one.name: one for one in listed}


def _check_unique(names: Iterable[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ImproperlyConfigured(
            f"RINGSIDE_MCP_CATALOGUES: {', '.join(twice)} is there twice."
        )


def _load(path: str) -> McpCatalogue:
    module, _, attribute = path.rpartition(".")
    wrong = f"RINGSIDE_MCP_CATALOGUES: {path!r} is no dotted path of an McpCatalogue"
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise ImproperlyConfigured(f"{wrong}: {error}") from None
    if not isinstance(found, McpCatalogue):
        raise ImproperlyConfigured(f"{wrong}.")
    return found
