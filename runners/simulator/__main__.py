import argparse
import asyncio
import faulthandler
import signal
import sys

import msgspec

from runners.simulator.api.error import ErrorReply
from runners.simulator.options import SimulatorOptions
from runners.simulator.script.library import BadScenario
from runners.simulator.simulator import Simulator


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    faulthandler.enable()
    parser = _parser()
    try:
        options = msgspec.convert(vars(parser.parse_args()), SimulatorOptions)
        simulator = Simulator(options)
    except (msgspec.ValidationError, ErrorReply, BadScenario) as error:
        parser.error(str(error))
    asyncio.run(_serve(simulator))


def _parser() -> argparse.ArgumentParser:
    default = SimulatorOptions()
    parser = argparse.ArgumentParser(
        prog="python -m runners.simulator",
        description="A local server that speaks the Claude Messages API.",
    )
    parser.add_argument("--port", type=int, default=0, help="0 is any free port")
    parser.add_argument(
        "--rate", type=float, default=default.rate, help="tokens a second; 0: no limit"
    )
    parser.add_argument(
        "--jitter", type=float, default=default.jitter, help="0 to 1, uneven tokens"
    )
    parser.add_argument("--seed", type=int, default=default.seed, help="of the jitter")
    parser.add_argument(
        "--scenario", default="", help="for prompts that do not name a scenario"
    )
    parser.add_argument(
        "--scenarios",
        default="",
        metavar="DIR",
        help="a directory of scenario files, beside the shipped ones or over them",
    )
    return parser


async def _serve(simulator: Simulator) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with simulator:
        sys.stdout.write(f"listening on {simulator.url}\n")
        sys.stdout.flush()
        await stop.wait()


if __name__ == "__main__":
    main()
