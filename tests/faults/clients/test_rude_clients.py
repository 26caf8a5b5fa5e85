import struct
import time
from collections.abc import Callable, Iterator

import pytest

from sessions_app.protocol.close_codes import CloseCode
from sessions_app.protocol.encoding.codec import encode
from sessions_app.protocol.frames import Ack, Ping
from tests.benchmarks.usage import resident_kb
from tests.conftest import Install
from tests.faults.arena import Arena
from tests.faults.clients.raw_client import PING, TEXT, RawClient
from tests.servers.background import Background
from tests.servers.installation import Installation
from tests.servers.process import until
from tests.servers.stack import SQLITE

PATIENCE_S = "2"  # instead of 30, with a frame that is not acknowledged
CUT_WITHIN_S = 30.0
STALLED = 20
STALLED_MAX_KB = 4 * 1024  # each
FLOOD = 2_000  # frames: more than a burst


@pytest.fixture(scope="module")
def opened(install_for_module: Install, background: Background) -> Arena:
    installation: Installation = install_for_module(SQLITE)
    installation.env["RINGSIDE_OUTBOX_MAX_AGE_S"] = PATIENCE_S
    arena = Arena(installation, background)
    arena.open()
    return arena


@pytest.fixture(scope="module")
def session(opened: Arena) -> str:
    """Streams all the while."""
    return opened.endless()


@pytest.fixture
def arena(opened: Arena) -> Iterator[Arena]:
    yield opened
    opened.leave()


@pytest.fixture
def rude(arena: Arena) -> Iterator[Callable[[], RawClient]]:
    """Opens clients, and closes them in the end."""
    clients: list[RawClient] = []

    def connect() -> RawClient:
        clients.append(RawClient(arena.server, arena.cookies))
        return clients[-1]

    yield connect
    for client in clients:
        client.__exit__(None, None, None)


Connect = Callable[[], RawClient]


def test_who_never_reads_is_cut_and_costs_little(
    arena: Arena, session: str, rude: Connect
) -> None:
    polite = arena.watch(session)
    polite.streams(session)
    before = resident_kb(arena.server.process.pid)
    clients = [rude() for _ in range(STALLED)]
    for client in clients:
        client.subscribe(session)
    for client in clients:
        assert until(client.is_cut, CUT_WITHIN_S)
    polite.streams(session)
    grown = resident_kb(arena.server.process.pid) - before
    assert grown < STALLED * STALLED_MAX_KB
    assert polite.connections == 1


def test_who_reads_a_byte_a_second_is_cut(
    arena: Arena, session: str, rude: Connect
) -> None:
    polite = arena.watch(session)
    client = rude()
    client.subscribe(session)

    def reads_one_and_is_cut() -> bool:
        client.read(1)
        time.sleep(1.0)  # its pace is the fault
        return client.is_cut()

    assert until(reads_one_and_is_cut, CUT_WITHIN_S)
    polite.streams(session)
    assert polite.connections == 1


def test_who_reads_and_never_acknowledges_is_told_so(
    session: str, rude: Connect
) -> None:
    client = rude()
    client.subscribe(session)
    assert close_code(client) == CloseCode.SLOW_CONSUMER


@pytest.mark.parametrize(
    "payload", [encode(Ping()), encode(Ack(frames=0))], ids=["pings", "empty acks"]
)
def test_who_floods_with_messages_is_sent_away(rude: Connect, payload: str) -> None:
    client = rude()
    for _ in range(FLOOD):
        client.say(payload.encode())
    # Who is slow to read finds the connection reset, and no code.
    assert close_code(client) in {CloseCode.MALFORMED, None}


@pytest.mark.parametrize("opcode", [TEXT, PING], ids=["messages", "control frames"])
def test_who_floods_without_end_and_reads_nothing_is_cut(
    arena: Arena, session: str, rude: Connect, opcode: int
) -> None:
    polite = arena.watch(session)
    polite.streams(session)
    before = resident_kb(arena.server.process.pid)
    client = rude()

    def is_cut_while_it_floods() -> bool:
        try:
            for _ in range(FLOOD):
                client.say(b"x" * 100, opcode)
        except OSError:
            return True
        return False

    assert until(is_cut_while_it_floods, CUT_WITHIN_S)
    polite.streams(session)
    assert resident_kb(arena.server.process.pid) - before < STALLED_MAX_KB
    assert polite.connections == 1


def close_code(client: RawClient) -> int | None:
    """Read to the end, which must come; return the code of the close frame there."""
    received = client.read_all(within=CUT_WITHIN_S)
    at = received.rfind(b"\x88")
    if at < 0:
        return None
    code: int = struct.unpack_from(">H", received, at + 2)[0]
    return code
