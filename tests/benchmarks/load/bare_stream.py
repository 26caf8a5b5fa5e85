import asyncio
import sys
import time

import msgspec
from websockets.asyncio.server import ServerConnection, serve

from tests.benchmarks.load.pacing import paced


async def main(tokens: int, rate: float) -> None:
    """Print the URL of a WebSocket that says numbers and knows nothing else.

    When a line comes, print when the numbers left, and end.
    """
    left_ms: list[float] = []

    async def stream(socket: ServerConnection) -> None:
        async for number, _ in paced(tokens, rate):
            left_ms.append(time.time() * 1000)
            await socket.send(f"{number:04}")

    async with serve(stream, "127.0.0.1", 0, compression=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        _say(f"ws://127.0.0.1:{port}/")
        await asyncio.to_thread(sys.stdin.readline)
        _say(msgspec.json.encode(left_ms).decode())


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
