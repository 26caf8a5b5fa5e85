import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from sessions_app.protocol.commands import Interrupt, Prompt
from tests.faults.arena import AT_REST, Arena
from tests.servers.background import Background
from tests.servers.installation import Installation, Template
from tests.servers.process import until
from tests.servers.redis_server import RedisServer
from tests.servers.stack import POSTGRES, POSTGRES_URL, SQLITE, is_given
from tests.watcher import Verdict, Watcher

SESSIONS = 3
PROXIES = 2
FIRST_VIEWERS = 3  # at each proxy, and as many at the server itself
VIEWERS_MAX = 30
PAUSE_S = (0.1, 0.6)  # between faults
OUTAGE_S = (0.1, 2.0)


@dataclass(frozen=True)
class Report:
    """What was done, and what the viewers saw against the log."""

    seed: int
    seconds: float
    kills: int
    faults: int
    viewers: int
    events: int
    holes: int
    repeats: int
    reordered: int
    strangers: int
    wrong_texts: int

    @property
    def is_good(self) -> bool:
        wrong = (self.holes, self.repeats, self.reordered, self.strangers)
        return self.events > 0 and not any((*wrong, self.wrong_texts))


class Chaos:
    """Breaks whatever there is, at random, while sessions stream to watchers."""

    def __init__(self, arena: Arena, redis: RedisServer, seed: int) -> None:
        self._arena = arena
        self._redis = redis
        self._seed = seed
        self._dice = random.Random(seed)  # noqa: S311 seeded, to be repeatable
        self._proxies = [arena.proxy() for _ in range(PROXIES)]
        self._doors = [arena.server.websocket_url]
        self._doors += [proxy.websocket_url for proxy in self._proxies]
        self._sessions = [arena.endless() for _ in range(SESSIONS)]
        self._watchers: list[Watcher] = []
        self._kills = 0
        self._faults = 0

    def run(self, seconds: float) -> Report:
        """Break things for a while, mend them all, and compare."""
        for door in self._doors * FIRST_VIEWERS:
            self._join(door)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._dice.choice(self._ways())()
            self._faults += 1
            self._go_on()
            if len(self._watchers) < VIEWERS_MAX:
                self._join(self._dice.choice(self._doors))
            time.sleep(self._dice.uniform(*PAUSE_S))
        for session in self._sessions:
            until(partial(self._is_settled, session))
        return self._report(seconds)

    def _ways(self) -> list[Callable[[], None]]:
        ways = [self._cut, self._cut, self._stall, self._stall, self._refuse]
        ways += [self._kill_server, self._kill_runner, self._kill_both]
        ways += [self._kill_redis, self._pause_redis, self._redis.flush]
        return [*ways, self._arena.cut_database] if self._is_on_postgres else ways

    @property
    def _is_on_postgres(self) -> bool:
        return self._arena.installation.stack.postgres

    def _join(self, door: str) -> None:
        self._watchers.append(self._arena.watch(*self._sessions, url=door))

    # --- faults ---------------------------------------------------------------

    def _kill_server(self) -> None:
        self._arena.server.process.kill()
        self._kills += 1
        self._arena.restart_server()

    def _kill_runner(self) -> None:
        self._arena.runner.kill()
        self._kills += 1
        self._arena.start_runner()

    def _kill_both(self) -> None:
        self._kill_runner()
        self._kill_server()

    def _kill_redis(self) -> None:
        self._redis.kill()
        self._kills += 1
        self._last()
        self._redis.start()

    def _pause_redis(self) -> None:
        self._redis.pause()
        self._last()
        self._redis.resume()

    def _cut(self) -> None:
        self._dice.choice(self._proxies).cut()

    def _stall(self) -> None:
        proxy = self._dice.choice(self._proxies)
        proxy.stall()
        self._last()
        proxy.resume()

    def _refuse(self) -> None:
        proxy = self._dice.choice(self._proxies)
        proxy.refuse()
        self._last()
        proxy.accept()

    def _last(self) -> None:
        time.sleep(self._dice.uniform(*OUTAGE_S))

    # --- sessions -------------------------------------------------------------

    def _go_on(self) -> None:
        """Say something to sessions whose runner was killed."""
        for session in self._sessions:
            if self._arena.sessions.status(session) in AT_REST:
                self._arena.sessions.tell(session, Prompt(text="go on"))

    def _is_settled(self, session: str) -> bool:
        """Tell whether a session is at rest; stop it where it is not."""
        sessions = self._arena.sessions
        if sessions.status(session) in AT_REST:
            return not sessions.lease(session)
        stop = sessions.tell(session, Interrupt())
        # Whose runner was killed comes to rest without heeding it.
        until(
            lambda: sessions.is_applied(stop) or sessions.status(session) in AT_REST,
            within=60,
        )
        return False

    def _report(self, seconds: float) -> Report:
        verdicts = [v for s in self._sessions for v in self._judge(s)]
        return Report(
            seed=self._seed,
            seconds=seconds,
            kills=self._kills,
            faults=self._faults,
            viewers=len(self._watchers),
            events=sum(v.events for v in verdicts),
            holes=sum(v.holes for v in verdicts),
            repeats=sum(v.repeats for v in verdicts),
            reordered=sum(v.reordered for v in verdicts),
            strangers=sum(v.strangers for v in verdicts),
            wrong_texts=sum(not v.same_text for v in verdicts),
        )

    def _judge(self, session: str) -> list[Verdict]:
        head = self._arena.head(session)
        deadline = time.monotonic() + 30
        for watcher in self._watchers:
            # Who does not get there has a hole, and the verdict says so.
            while not watcher.has(session, head) and time.monotonic() < deadline:
                time.sleep(0.02)
        log = self._arena.sessions.events(session)
        return [watcher.view(session).judge(log) for watcher in self._watchers]


def run(seconds: float, seed: int, directory: Path) -> Report:
    """Break an installation of its own, on PostgreSQL where there is one."""
    stack = POSTGRES if is_given(POSTGRES_URL) else SQLITE
    background = Background()
    template = Template(stack, directory)
    installation = Installation(stack, directory, template)
    redis = RedisServer(directory)
    installation.env |= {"REDIS_URL": redis.url, "REDIS_PREFIX": "chaos"}
    arena = Arena(installation, background)
    try:
        arena.open()
        return Chaos(arena, redis, seed).run(seconds)
    finally:
        arena.leave()
        redis.resume()
        installation.end()
        redis.kill()
        background.end()
        template.drop()


def main() -> int:
    parser = argparse.ArgumentParser(description=Chaos.__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, help="default: any; it is printed")
    parser.add_argument("--json", action="store_true", help="print nothing but JSON")
    options = parser.parse_args()
    seed = options.seed
    if seed is None:
        seed = random.SystemRandom().randrange(1_000_000)
    if not options.json:
        sys.stdout.write(f"seed {seed}\n")
        sys.stdout.flush()
    with tempfile.TemporaryDirectory(prefix="ringside-chaos-") as directory:
        report = run(options.seconds, seed, Path(directory))
    sys.stdout.write(json.dumps(asdict(report)) + "\n")
    return 0 if report.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
