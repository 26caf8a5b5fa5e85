import os
import subprocess
import sys
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO

from tests.servers.installation import clean_env
from tests.servers.stack import (
    ALL,
    POSTGRES_URL,
    REDIS_URL,
    REQUIRE_SERVERS,
    SQLITE,
    Stack,
    with_database,
)


@dataclass(frozen=True)
class Run:
    """The tests of one stack, as they run; what they say is kept until they end."""

    stack: Stack
    tests: subprocess.Popen[bytes]
    said: IO[bytes]


def main() -> int:
    """Run on each stack what must hold there; SQLite alone runs it with all tests.

    All at once: each has a database and a layer of its own, and mostly waits.
    """
    stacks = [stack for stack in ALL if stack != SQLITE or "--all" in sys.argv]
    absent = {stack: names for stack in stacks if (names := _absent(stack))}
    for stack, names in absent.items():
        say(f"{stack}: skipped; set {' and '.join(names)} to run it")
    runs = [begin(stack) for stack in stacks if stack not in absent]
    codes = [end(run) for run in runs]
    codes.append(1 if absent and os.environ.get(REQUIRE_SERVERS) else 0)
    return max(codes)


def begin(stack: Stack) -> Run:
    name = str(stack).replace("+", "_")
    urls = {"REDIS_PREFIX": f"conformance-{name}-{os.getpid()}"}
    if stack.postgres:
        urls["DATABASE_URL"] = with_database(os.environ[POSTGRES_URL], name)
    if stack.redis:
        urls["REDIS_URL"] = os.environ[REDIS_URL]
    # The log does not know of the layer: without it was enough.
    what = "layer" if stack.redis else "conformance"
    command = [sys.executable, "-m", "pytest", "-q", "-m", what]
    said = TemporaryFile()  # noqa: SIM115 closed in `end`
    env = clean_env() | urls
    tests = subprocess.Popen(command, env=env, stdout=said, stderr=subprocess.STDOUT)
    return Run(stack, tests, said)


def end(run: Run) -> int:
    """Wait for a run, and show what it said."""
    code = run.tests.wait()
    say(f"{run.stack}:")
    run.said.seek(0)
    sys.stdout.buffer.write(run.said.read())
    sys.stdout.flush()
    run.said.close()
    return code


def _absent(stack: Stack) -> list[str]:
    needed = [POSTGRES_URL] * stack.postgres + [REDIS_URL] * stack.redis
    return [name for name in needed if not os.environ.get(name)]


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
