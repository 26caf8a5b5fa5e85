from collections.abc import Sequence
from contextlib import closing
from functools import cached_property

from tests.benchmarks.ground import Ground
from tests.benchmarks.load.load import Crowd, Load
from tests.benchmarks.load.production import Production
from tests.servers.installation import SESSION_COOKIE
from tests.servers.stack import Stack


class Rig:
    """A Ringside that serves, with somebody signed in; producers stand for runners."""

    def __init__(self, ground: Ground, stack: Stack) -> None:
        self.ground = ground
        self.installation = ground.install(stack)
        self.served = self.installation.serve("--no-runner")
        with closing(self.installation.sign_in(self.served.url)) as client:
            self.cookie = f"{SESSION_COOKIE}={client.cookies[SESSION_COOKIE]}"

    @property
    def server_pid(self) -> int:
        return self.served.process.pid

    @cached_property
    def production(self) -> Production:
        return self.new_production()

    def new_production(self) -> Production:
        production = Production(self.installation.env, self.ground.directory())
        self.ground.at_end(production.end)
        return production

    def new_sessions(self, count: int) -> list[str]:
        return self.production.begin(count)

    def load(
        self,
        sessions: Sequence[str],
        clients: int,
        limit_s: float,
        upto: int = 0,
        slow: int = 0,
    ) -> Load:
        """Open viewers, spread over the sessions, from their beginnings."""
        crowd = Crowd(
            url=self.served.websocket_url,
            sessions=sessions,
            clients=clients,
            limit_s=limit_s,
            upto=upto,
            cookie=self.cookie,
            slow=slow,
        )
        return self.ground.load(crowd)
