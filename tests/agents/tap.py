"""Run an agent and write down every line both ways: tap.py FILE -- COMMAND…

Each line of FILE is {"from": "client" or "agent", "line": "…"}.
"""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO


def main() -> int:
    file, _, *command = sys.argv[1:]
    lock = threading.Lock()
    with (
        Path(file).open("a") as kept,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as agent,
    ):

        def pump(who: str, source: IO[bytes], target: IO[bytes]) -> None:
            for line in source:
                with lock:
                    said = {"from": who, "line": line.decode(errors="replace")}
                    kept.write("\n" + json.dumps(said) + "\n")  # a cut line stays alone
                    kept.flush()
                target.write(line)
                target.flush()
            target.close()

        assert agent.stdin is not None
        assert agent.stdout is not None
        to_agent = (sys.stdin.buffer, agent.stdin)
        threading.Thread(target=pump, args=("client", *to_agent), daemon=True).start()
        pump("agent", agent.stdout, sys.stdout.buffer)
        return agent.wait()


if __name__ == "__main__":
    sys.exit(main())
