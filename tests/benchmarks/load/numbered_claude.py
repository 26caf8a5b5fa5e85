import asyncio
import sys
import time

import msgspec

from runners.simulator.options import SimulatorOptions
from runners.simulator.reply.pace import Pace
from runners.simulator.script.place import ScriptPosition
from runners.simulator.script.scenario import Scenario, ScriptedBlock, ScriptedTurn
from runners.simulator.simulator import Simulator

PARAGRAPH = 60  # numbers


class TimedPace(Pace):
    """Notes when each token leaves, in ms since 1970."""

    def __init__(self, rate: float, left_ms: list[float]) -> None:
        super().__init__(rate, 0.0, "")
        self._left_ms = left_ms

    async def wait(self) -> None:
        await super().wait()
        self._left_ms.append(time.time() * 1000)


class NumberedClaude(Simulator):
    """Answers with numbers, one a token, and knows when each of them left."""

    def __init__(self, conversations: int, tokens: int, rate: float) -> None:
        scenario = _numbers(tokens)
        names = [f"numbers{number}" for number in range(conversations)]
        super().__init__(SimulatorOptions(rate=rate), dict.fromkeys(names, scenario))
        self.left_ms: dict[str, list[float]] = {name: [] for name in names}

    def _pace(self, place: ScriptPosition) -> Pace:
        times = self.left_ms.get(place.directive.scenario, [])
        return TimedPace(self.options.rate, times)


def _numbers(count: int) -> Scenario:
    """Write 0000 0001 0002 …: each of four digits, so each is one token."""
    text = "0000"
    for number in range(1, count):
        text += "\n\n" if number % PARAGRAPH == 0 else " "
        text += f"{number:04}"
    turn = ScriptedTurn(blocks=(ScriptedBlock(text=text),))
    return Scenario(about="Numbers.", turns=(turn,))


async def main(conversations: int, tokens: int, rate: float) -> None:
    """Print the URL; when a line comes, print when the tokens left, and end."""
    async with NumberedClaude(conversations, tokens, rate) as claude:
        sys.stdout.write(claude.url + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.readline)
        sys.stdout.write(msgspec.json.encode(claude.left_ms).decode() + "\n")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
