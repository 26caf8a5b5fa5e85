import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from prometheus_client import REGISTRY

from sessions_app.log.batch import Batch
from sessions_app.log.layer import Layer, group_of, to_batch, to_message
from sessions_app.log.publisher import Publisher

pytestmark = [pytest.mark.conformance, pytest.mark.layer]


def batch(number: int, session_id: str = "s_one", body: str = "1") -> Batch:
    return Batch(session_id, number, number + 1, 1, body)


def publish(publisher: Publisher, batch: Batch) -> None:
    """As a log does, with each batch that it has committed."""
    publisher.announce(batch)
    publisher.offer(batch)


def use_redis(settings: LazySettings, url: str) -> None:
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [url], "prefix": f"test-{secrets.token_hex(4)}"},
        }
    }


@pytest.fixture
async def layer() -> AsyncIterator[Layer]:
    layer = Layer()
    yield layer
    await layer.close()


@pytest.fixture
async def deaf(settings: LazySettings) -> AsyncIterator[None]:
    """A server in Redis's place that takes all and never answers."""
    connections = set()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(writer)
        while await reader.read(1000):
            pass
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    use_redis(settings, f"redis://127.0.0.1:{port}/0")
    yield
    server.close()
    for writer in connections:
        writer.close()
    await server.wait_closed()


@pytest.fixture
def gone(settings: LazySettings, unused_tcp_port: int) -> None:
    """Nothing listens in Redis's place."""
    use_redis(settings, f"redis://127.0.0.1:{unused_tcp_port}/0")


async def test_batches_arrive_in_order(layer: Layer) -> None:
    if not layer.is_shared:
        pytest.skip("there is no shared layer here")
    await layer.open()
    await layer.join(group_of("s_one"))
    async with Publisher(layer) as publisher:
        for number in range(50):
            publish(publisher, batch(number))
            publish(publisher, batch(number, "s_two"))  # a group nobody here has joined
        for number in range(50):
            assert to_batch(await layer.receive()) == batch(number)


async def test_the_last_batches_still_leave_at_the_end(layer: Layer) -> None:
    if not layer.is_shared:
        pytest.skip("there is no shared layer here")
    await layer.open()
    await layer.join(group_of("s_one"))
    async with Publisher(layer) as publisher:
        for number in range(5):
            publish(publisher, batch(number))
    async with asyncio.timeout(5):
        received = [to_batch(await layer.receive()) for _ in range(5)]
    assert received == [batch(number) for number in range(5)]


async def test_without_a_shared_layer_nothing_is_queued(
    settings: LazySettings,
) -> None:
    settings.CHANNEL_LAYERS = {
        "default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    }
    settings.PUBLISH_QUEUE_MAX_BATCHES = 1
    layer = Layer()
    assert not layer.is_shared
    async with Publisher(layer) as publisher:
        for number in range(5):
            publisher.offer(batch(number))


async def test_a_layer_that_hangs_holds_up_nobody(
    deaf: None, settings: LazySettings
) -> None:
    settings.PUBLISH_DEADLINE_S = 0.05
    settings.PUBLISH_QUEUE_MAX_BATCHES = 3
    now = asyncio.get_running_loop().time
    layer = Layer()
    began = now()
    async with Publisher(layer) as publisher:
        for number in range(100):
            publisher.offer(batch(number))
        assert now() - began < 0.05
    assert now() - began < 2
    await layer.close()


async def test_a_layer_that_is_away_is_said_once(
    gone: None, settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.PUBLISH_DEADLINE_S = 5.0
    layer = Layer()
    with caplog.at_level(logging.WARNING, "sessions_app.log.publisher"):
        async with Publisher(layer) as publisher:
            for number in range(3):
                publisher.offer(batch(number))
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 1
    assert messages[0].startswith("event=layer_away")
    await layer.close()


async def test_a_send_has_a_deadline(deaf: None, settings: LazySettings) -> None:
    settings.PUBLISH_DEADLINE_S = 0.05
    layer = Layer()
    with pytest.raises(TimeoutError):
        await layer.send(group_of("s_one"), to_message(batch(0)))
    await layer.close()


def test_a_message_is_a_batch_and_a_large_one_a_notice(settings: LazySettings) -> None:
    small, large = batch(3, body="x" * 10), batch(4, body="x" * 11)
    settings.LAYER_MESSAGE_MAX_CHARS = 10
    assert to_batch(to_message(small)) == small
    notice = to_batch(to_message(large))
    assert (notice.after, notice.up_to, notice.count) == (4, 5, 1)
    assert notice.body is None


async def test_what_was_left_is_heard_no_more(layer: Layer) -> None:
    if not layer.is_shared:
        pytest.skip("there is no shared layer here")
    await layer.open()
    for name in ("s_one", "s_two"):
        await layer.join(group_of(name))
    await layer.leave(group_of("s_one"))
    async with Publisher(layer) as publisher:
        publish(publisher, batch(0, "s_one"))
        publish(publisher, batch(0, "s_two"))
        assert to_batch(await layer.receive()).session_id == "s_two"


async def test_opening_twice_leaves_no_second_channel_behind(layer: Layer) -> None:
    if not layer.is_shared:
        pytest.skip("there is no shared layer here")
    await layer.open()
    await layer.join(group_of("s_one"))
    await layer.open()  # as after a layer that was away
    async with Publisher(layer) as publisher:
        publish(publisher, batch(0))
        assert to_batch(await layer.receive()) == batch(0)


async def test_a_local_layer_that_fails_is_said_once_and_works_again(
    settings: LazySettings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory = tmp_path / "layer"
    use_local(settings, directory)
    directory.write_text("a file")
    layer = Layer()
    async with Publisher(layer) as publisher:
        for number in range(3):
            publisher.announce(batch(number))
        directory.unlink()
        await layer.open()
        await layer.join(group_of("s_one"))
        publisher.announce(batch(3))
        assert to_batch(await layer.receive()) == batch(3)
    messages = [record.getMessage() for record in caplog.records]
    assert [m.startswith("event=layer_away") for m in messages] == [True]
    await layer.close()


async def test_what_a_reader_has_no_room_for_is_counted_and_not_waited_for(
    settings: LazySettings, tmp_path: Path
) -> None:
    use_local(settings, tmp_path / "layer")
    layer = Layer()
    await layer.open()
    await layer.join(group_of("s_one"))
    before = dropped()
    async with Publisher(layer) as publisher:
        for number in range(50):  # nobody reads meanwhile
            publisher.announce(batch(number, body="x" * 20_000))
    lost = dropped() - before
    assert 0 < lost < 50
    for number in range(50 - int(lost)):
        assert to_batch(await layer.receive()).after == number
    await layer.close()


def use_local(settings: LazySettings, directory: Path) -> None:
    backend = "sessions_app.channel_layer.layer.LocalLayer"
    config = {"directory": directory}
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend, "CONFIG": config}}


def dropped() -> float:
    return REGISTRY.get_sample_value("ringside_batches_dropped_total") or 0.0
