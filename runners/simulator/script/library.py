import re
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

from runners.simulator.api.error import InvalidRequestReply
from runners.simulator.script.scenario import Scenario, Script

SHOWPIECE = "coding"
FOLLOW_UP = "follow_up"


class BadScenario(Exception):
    """A scenario file is invalid; the message says which and why."""


class Library:
    """All scenarios by name; a sub-agent's script is called `scenario.part`."""

    def __init__(self, scenarios: Mapping[str, Scenario]) -> None:
        self.scenarios = dict(sorted(scenarios.items()))
        self._scripts: dict[str, Script] = {}
        for name, scenario in self.scenarios.items():
            self._scripts[name] = scenario
            for part, script in scenario.parts.items():
                self._scripts[f"{name}.{part}"] = script

    @classmethod
    def shipped(cls, extra: Mapping[str, Scenario]) -> "Library":
        """Load the scenarios of this package; `extra` adds or replaces some."""
        shipped = _scenarios(resources.files("runners.simulator") / "scenarios")
        return cls(shipped | dict(extra))

    def script(self, name: str) -> Script:
        """Look a script up. Raises InvalidRequestReply, which lists the names."""
        if name not in self._scripts:
            names = ", ".join(self.scenarios)
            raise InvalidRequestReply(f"unknown scenario '{name}'; there are {names}")
        return self._scripts[name]

    def named_by_keyword(self, prompt: str) -> str | None:
        """The first scenario with a keyword that occurs in the prompt."""
        words = set(re.findall(r"[\w-]+", prompt.lower()))
        for name, scenario in self.scenarios.items():
            if not words.isdisjoint(scenario.keywords):
                return name
        return None


# Builds the type information at import: msgspec's lazy building is not safe in threads.
msgspec.json.Decoder(Scenario)


def scenarios_in(directory: Path) -> dict[str, Scenario]:
    """Read a directory's scenario files. Raises BadScenario."""
    if not directory.is_dir():
        raise BadScenario(f"{directory} is no directory of scenario files")
    found = _scenarios(directory)
    if not found:
        raise BadScenario(f"{directory} has no scenario file (NAME.toml)")
    return found


def _scenarios(folder: Traversable) -> dict[str, Scenario]:
    return {
        file.name.removesuffix(".toml"): _scenario(file.name, file.read_bytes())
        for file in folder.iterdir()
        if file.name.endswith(".toml")
    }


def _scenario(file: str, text: bytes) -> Scenario:
    try:
        return msgspec.toml.decode(text, type=Scenario)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadScenario(f"scenario file {file}: {error}") from error
