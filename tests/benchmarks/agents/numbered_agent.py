"""An agent that speaks ACP on stdio and writes numbers, one a line; stdlib alone.

    python numbered_agent.py DIRECTORY TOKENS RATE

A prompt is the name of a file in DIRECTORY, which gets the times, in ms since 1970, at
which the numbers left. A prompt may say other TOKENS after its name.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

PARAGRAPH = 60  # numbers


def send(**fields: Any) -> None:
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **fields}) + "\n")
    sys.stdout.flush()


def piece(number: int) -> str:
    """A number as the simulated Claude writes it: see numbered_claude.py."""
    if number == 0:
        return "0000"
    return ("\n\n" if number % PARAGRAPH == 0 else " ") + f"{number:04}"


def write_numbers(tokens: int, rate: float) -> list[float]:
    """Write so many numbers at a rate; return when each left."""
    left: list[float] = []
    began = time.monotonic()
    for number in range(tokens):
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        content = {"type": "text", "text": piece(number)}
        kind = "agent_message_chunk"
        update = {"sessionUpdate": kind, "messageId": "m1", "content": content}
        left.append(time.time() * 1000)
        send(method="session/update", params={"sessionId": "s1", "update": update})
    return left


def main(directory: Path, tokens: int, rate: float) -> None:
    for line in sys.stdin:
        message = json.loads(line)
        answer: dict[str, Any] = {}
        match message.get("method"):
            case "initialize":
                answer = {"protocolVersion": 1, "agentCapabilities": {}}
            case "session/new":
                answer = {"sessionId": "s1"}
            case "session/prompt":
                name, *count = message["params"]["prompt"][0]["text"].split()
                left = write_numbers(int(count[0]) if count else tokens, rate)
                (directory / name).write_text(json.dumps(left))
                answer = {"stopReason": "end_turn"}
        if "id" in message:
            send(id=message["id"], result=answer)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
