import os
import subprocess
import sys

from tests.installation import clean_env
from tests.stack import ALL, POSTGRES_URL, REDIS_URL, REQUIRE_SERVERS, SQLITE, Stack


def main() -> int:
    """Run on each stack what must hold there; SQLite alone runs it with all tests."""
    stacks = [stack for stack in ALL if stack != SQLITE or "--all" in sys.argv]
    return max(run(stack) for stack in stacks)


def run(stack: Stack) -> int:
    needed = {"DATABASE_URL": POSTGRES_URL} if stack.postgres else {}
    if stack.redis:
        needed["REDIS_URL"] = REDIS_URL
    absent = [name for name in needed.values() if not os.environ.get(name)]
    if absent:
        say(f"{stack}: skipped; set {' and '.join(absent)} to run it")
        return 1 if os.environ.get(REQUIRE_SERVERS) else 0
    say(f"{stack}:")
    urls = {name: os.environ[variable] for name, variable in needed.items()}
    env = clean_env() | urls | {"REDIS_PREFIX": f"conformance-{os.getpid()}"}
    # The log does not know of the layer: without it was enough.
    what = "layer" if stack.redis else "conformance"
    command = [sys.executable, "-m", "pytest", "-q", "-m", what]
    return subprocess.run(command, env=env, check=False).returncode


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
