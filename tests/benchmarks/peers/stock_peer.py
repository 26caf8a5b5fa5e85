import asyncio
import re
import secrets

from channels_redis.pubsub import RedisPubSubChannelLayer
from websockets.asyncio.client import connect

from tests.benchmarks.ground import Ground
from tests.benchmarks.load.load import Crowd
from tests.benchmarks.peers.lines import send_lines
from tests.benchmarks.peers.peer import Step
from tests.benchmarks.peers.ringside_peer import GRACE_S
from tests.benchmarks.stock.consumers import group_of
from tests.benchmarks.usage import cpu_seconds
from tests.servers.installation import clean_env
from tests.servers.process import Process, until

APPLICATION = "tests.benchmarks.stock.asgi:application"
LISTENING = re.compile(r"Listening on TCP address (\S+):(\d+)")


class StockPeer:
    """Plain Channels on plain daphne: a consumer a viewer, a group_send an event.

    Without `redis_url` the layer is the one in memory, and events come to it by a
    WebSocket of the runner's.
    """

    first_rate = 10.0

    def __init__(self, ground: Ground, redis_url: str = "") -> None:
        self._ground = ground
        self._redis_url = redis_url
        self._prefix = f"bench-{secrets.token_hex(4)}"
        self.name = f"Channels ({'Redis' if redis_url else 'memory'})"
        env = clean_env() | {"REDIS_URL": redis_url, "REDIS_PREFIX": self._prefix}
        command = ["-m", "daphne", "-b", "127.0.0.1", "-p", "0", APPLICATION]
        self._process = Process(command, env, ground.directory())
        ground.at_end(self._process.end)
        found = until(lambda: LISTENING.search(self._process.errors()))
        assert found is not None
        self._url = f"ws://{found[1]}:{found[2]}"

    def step(self, rate: float, seconds: float) -> Step:
        count, session = round(rate * seconds), f"s_{secrets.token_hex(4)}"
        crowd = Crowd(
            url=f"{self._url}/ws/",
            sessions=[session],
            clients=self._ground.plan.viewers,
            limit_s=seconds + GRACE_S,
            upto=count,
            protocol="hub",
        )
        load = self._ground.load(crowd)
        cpu, viewers_cpu = cpu_seconds(self._process.pid), load.cpu_s()
        took = asyncio.run(self._produce(session, count, rate))
        viewers_cpu = load.cpu_s() - viewers_cpu
        cpu = cpu_seconds(self._process.pid) - cpu
        return Step(rate, count, took, load.seen(), cpu, viewers_cpu)

    async def _produce(self, session: str, count: int, rate: float) -> float:
        if not self._redis_url:
            async with connect(f"{self._url}/runner/") as socket:
                took = await send_lines(session, count, rate, socket.send)
            return took
        layer = RedisPubSubChannelLayer(hosts=[self._redis_url], prefix=self._prefix)

        async def send(line: str) -> None:
            message = {"type": "session.event", "text": line}
            await layer.group_send(group_of(session), message)

        took = await send_lines(session, count, rate, send)
        await layer.flush()
        return took
