import re
from collections.abc import Mapping
from importlib import resources

import msgspec

from runners.simulator.error import InvalidRequest
from runners.simulator.scenario import Scenario, Script

SHOWPIECE = "coding"
FOLLOW_UP = "follow_up"


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
        """Load the scenarios of this package, with more beside or over them."""
        folder = resources.files(__package__) / "scenarios"
        shipped = {
            file.name.removesuffix(".toml"): _scenario(file.name, file.read_bytes())
            for file in folder.iterdir()
            if file.name.endswith(".toml")
        }
        return cls(shipped | dict(extra))

    def script(self, name: str) -> Script:
        """Look a script up; InvalidRequest names those that exist."""
        if name not in self._scripts:
            names = ", ".join(self.scenarios)
            raise InvalidRequest(f"unknown scenario '{name}'; there are {names}")
        return self._scripts[name]

    def named_by_keyword(self, prompt: str) -> str | None:
        """Name the first scenario one of whose keywords is in the prompt."""
        words = set(re.findall(r"[\w-]+", prompt.lower()))
        for name, scenario in self.scenarios.items():
            if not words.isdisjoint(scenario.keywords):
                return name
        return None


# Builds the type information at import: msgspec's lazy building is not safe in threads.
msgspec.json.Decoder(Scenario)


def _scenario(file: str, text: bytes) -> Scenario:
    try:
        return msgspec.toml.decode(text, type=Scenario)
    except msgspec.DecodeError as error:
        raise ValueError(f"scenario file {file}: {error}") from error
