from collections.abc import Mapping

from runners.engines.json_lines.engine import JsonLinesEngine
from runners.engines.stdio.command import open_program


class StdioEngine(JsonLinesEngine):
    """Runs any program that writes protocol lines to stdout (`runagent --exec`).

    The program belongs to the person who started it by hand: it gets their
    `environment`, keys included.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        super().__init__(open_program(environment))
