from collections.abc import Mapping

from runners.engines.json_lines.engine import JsonLinesEngine
from runners.engines.stdio.command import open_program


class StdioEngine(JsonLinesEngine):
    """Any program that writes protocol lines to its stdout (`runagent --exec`).

    The program is a person's own, started by hand: it has their `environment`, keys
    included.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        super().__init__(open_program(environment))
