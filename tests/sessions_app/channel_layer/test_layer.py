import asyncio
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sessions_app.channel_layer.layer import BIRTH_S, LocalLayer
from tests.servers.process import PATIENCE_S, ROOT
from tests.sessions_app.logbook import until

GROUP = "session.s_one"
# In a process of its own: joins a group and says so, or sends what it reads.
READER = """
import asyncio, sys
from sessions_app.channel_layer.layer import LocalLayer
async def main():
    layer = LocalLayer(sys.argv[1])
    await layer.group_add(sys.argv[2], await layer.new_channel())
    print("joined", flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""
SENDER = """
import sys, time
from sessions_app.channel_layer.layer import LocalLayer
layer = LocalLayer(sys.argv[1])
for number in range(int(sys.argv[3])):
    while not layer.post(sys.argv[2], {"number": number, "from": sys.argv[4]}):
        time.sleep(0.001)  # the reader is behind
"""


def run(program: str, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, *words]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE)


@pytest.fixture
async def layer(tmp_path: Path) -> AsyncIterator[LocalLayer]:
    layer = LocalLayer(tmp_path / "layer")
    yield layer
    await layer.flush()


@pytest.fixture
async def other(tmp_path: Path) -> AsyncIterator[LocalLayer]:
    """Another process's, as far as layers can tell."""
    layer = LocalLayer(tmp_path / "layer")
    yield layer
    await layer.flush()


async def joined(layer: LocalLayer, group: str = GROUP) -> str:
    channel = await layer.new_channel()
    await layer.group_add(group, channel)
    return channel


async def hear(layer: LocalLayer, channel: str, count: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(PATIENCE_S):
        return [await layer.receive(channel) for _ in range(count)]


def left_in(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*"))


async def test_processes_are_heard_each_in_its_order(
    layer: LocalLayer, tmp_path: Path
) -> None:
    channel = await joined(layer)
    senders = [
        run(SENDER, str(tmp_path / "layer"), GROUP, "300", name) for name in "ab"
    ]
    heard = await hear(layer, channel, 600)
    for sender, name in zip(senders, "ab", strict=True):
        assert await asyncio.to_thread(sender.wait, PATIENCE_S) == 0
        sender.communicate()
        numbers = [m["number"] for m in heard if m["from"] == name]
        assert numbers == list(range(300))


async def test_only_who_is_in_a_group_hears_it(
    layer: LocalLayer, other: LocalLayer
) -> None:
    first, second = await joined(layer), await joined(layer, "session.s_two")
    both = await joined(other)
    await other.group_add("session.s_two", both)
    assert layer.post("session.s_three", {"n": 0})  # where nobody is
    layer.post(GROUP, {"n": 1})
    layer.post("session.s_two", {"n": 2})
    assert await hear(layer, first, 1) == [{"n": 1}]
    assert await hear(layer, second, 1) == [{"n": 2}]
    assert await hear(other, both, 2) == [{"n": 1}, {"n": 2}]
    await other.group_discard(GROUP, both)
    layer.post(GROUP, {"n": 3})
    layer.post("session.s_two", {"n": 4})
    assert await hear(other, both, 1) == [{"n": 4}]


async def test_a_channel_is_sent_to_by_its_name(
    layer: LocalLayer, other: LocalLayer
) -> None:
    channel = await layer.new_channel()
    await other.send(channel, {"n": 1})
    assert await hear(layer, channel, 1) == [{"n": 1}]


async def test_a_listener_hears_what_came_before_and_then_at_once(
    layer: LocalLayer, other: LocalLayer
) -> None:
    channel = await joined(layer)
    other.post(GROUP, {"n": 0})
    heard = await hear(layer, channel, 1)
    other.post(GROUP, {"n": 1})
    listening = asyncio.create_task(layer.listen(channel, heard.append))
    await until(lambda: len(heard) == 2)
    for number in (2, 3):
        other.post(GROUP, {"n": number})
    await until(lambda: len(heard) == 4)
    assert heard == [{"n": number} for number in range(4)]
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening


async def test_who_does_not_read_is_not_waited_for_and_misses_whole_messages(
    layer: LocalLayer, other: LocalLayer
) -> None:
    """The loop stands still while it is sent to, as in a server that is stalled."""
    channel = await joined(layer)
    body = "x" * 10_000
    sent = [n for n in range(200) if other.post(GROUP, {"n": n, "body": body})]
    assert 0 < len(sent) < 200
    heard = await hear(layer, channel, len(sent))
    assert [m["n"] for m in heard] == sent
    assert {m["body"] for m in heard} == {body}
    assert other.post(GROUP, {"n": 200})  # and hears again what comes then
    assert (await hear(layer, channel, 1))[0]["n"] == 200


async def test_what_waits_for_a_reader_is_bounded(tmp_path: Path) -> None:
    layer = LocalLayer(tmp_path / "layer", capacity=3)
    channel = await joined(layer)
    for number in range(10):
        layer.post(GROUP, {"n": number})
    assert await hear(layer, channel, 1) == [{"n": 0}]
    assert await hear(layer, channel, 2) == [{"n": 1}, {"n": 2}]
    layer.post(GROUP, {"n": 10})
    assert await hear(layer, channel, 1) == [{"n": 10}]
    await layer.flush()


async def test_threads_that_send_at_once_do_not_mix_their_bytes(
    layer: LocalLayer, other: LocalLayer
) -> None:
    channel = await joined(layer)
    texts = {letter: letter * 3_000 for letter in "abcd"}

    def send(letter: str) -> None:
        for _ in range(5):
            other.post(GROUP, {"text": texts[letter]})

    threads = [threading.Thread(target=send, args=letter) for letter in texts]
    for thread in threads:
        thread.start()
    heard = await hear(layer, channel, 20)
    for thread in threads:
        thread.join()
    assert sorted(m["text"] for m in heard) == sorted([*texts.values()] * 5)


async def test_what_a_killed_process_leaves_is_taken_away_by_who_sends(
    layer: LocalLayer, tmp_path: Path
) -> None:
    reader = run(READER, str(tmp_path / "layer"), GROUP)
    assert reader.stdout is not None
    await asyncio.to_thread(reader.stdout.readline)
    layer.post(GROUP, {"n": 0})  # by a connection that breaks then
    reader.send_signal(signal.SIGKILL)
    await asyncio.to_thread(reader.communicate)
    assert len(left_in(tmp_path / "layer")) == 4  # groups, the group, and twice itself
    for _ in range(2):
        assert layer.post(GROUP, {"n": 1})  # nobody is there who would miss it
    assert left_in(tmp_path / "layer") == ["groups"]


async def test_what_a_killed_process_leaves_is_taken_away_by_who_begins(
    layer: LocalLayer, tmp_path: Path
) -> None:
    directory = tmp_path / "layer"
    reader = run(READER, str(directory), GROUP)
    assert reader.stdout is not None
    await asyncio.to_thread(reader.stdout.readline)
    reader.kill()
    await asyncio.to_thread(reader.communicate)
    (socket,) = (path for path in directory.iterdir() if path.is_socket())
    first = await layer.new_channel()
    assert socket.exists()  # it may be about to listen
    os.utime(socket, times=(0, time.time() - BIRTH_S - 1))
    second = await layer.new_channel()
    assert left_in(directory) == sorted([first, second, "groups"])


async def test_nobody_else_may_look_in(layer: LocalLayer, tmp_path: Path) -> None:
    await joined(layer)
    assert (tmp_path / "layer").stat().st_mode & 0o077 == 0


async def test_a_directory_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "layer").write_text("a file")
    layer = LocalLayer(tmp_path / "layer")
    with pytest.raises(OSError, match="layer"):
        await layer.new_channel()
    with pytest.raises(OSError, match="layer"):
        layer.post(GROUP, {"n": 1})


async def test_a_directory_that_is_taken_away_stops_nobody(
    layer: LocalLayer, other: LocalLayer, tmp_path: Path
) -> None:
    channel = await joined(layer)
    other.post(GROUP, {"n": 0})
    shutil.rmtree(tmp_path / "layer")
    assert other.post(GROUP, {"n": 1})
    await layer.group_add(GROUP, channel)
    assert other.post(GROUP, {"n": 2})  # by the connection that there is, or to nobody
    again = await joined(layer)
    assert other.post(GROUP, {"n": 3})
    assert await hear(layer, again, 1) == [{"n": 3}]
    shutil.rmtree(tmp_path / "layer")
    await layer.flush()


async def test_a_group_that_cannot_be_made_is_an_error(
    layer: LocalLayer, tmp_path: Path
) -> None:
    channel = await layer.new_channel()
    (tmp_path / "layer/groups" / GROUP).write_text("a file")
    with pytest.raises(FileExistsError):
        await layer.group_add(GROUP, channel)


async def test_a_flushed_layer_leaves_nothing_and_can_be_used_again(
    layer: LocalLayer, other: LocalLayer, tmp_path: Path
) -> None:
    await joined(layer)
    other.post(GROUP, {"n": 0})
    await layer.flush()
    assert left_in(tmp_path / "layer") == ["groups"]
    assert other.post(GROUP, {"n": 1})
    channel = await joined(layer)
    other.post(GROUP, {"n": 2})
    assert await hear(layer, channel, 1) == [{"n": 2}]


async def test_a_group_survives_that_its_last_channel_leaves_as_another_comes(
    layer: LocalLayer, other: LocalLayer
) -> None:
    mine, theirs = await layer.new_channel(), await other.new_channel()

    async def come_and_go() -> None:
        for _ in range(400):
            await other.group_add(GROUP, theirs)
            await other.group_discard(GROUP, theirs)

    thread = threading.Thread(target=asyncio.run, args=[come_and_go()])
    thread.start()
    for number in range(200):
        await layer.group_add(GROUP, mine)
        layer.post(GROUP, {"n": number})
        assert await hear(layer, mine, 1) == [{"n": number}]
        await layer.group_discard(GROUP, mine)
    await asyncio.to_thread(thread.join)


@pytest.mark.parametrize("name", ["", "a/b", "..\0", "ä", "x" * 101])
async def test_a_name_that_is_none_is_refused(layer: LocalLayer, name: str) -> None:
    with pytest.raises(TypeError):
        await layer.group_add(name, "c1")
    with pytest.raises(TypeError):
        layer.post(name, {})


async def remembered(layer: LocalLayer, directory: Path) -> None:
    """Have the layer know a group's members, since for long none came or went."""
    group = directory / "layer" / "groups" / GROUP
    os.utime(group, (1, 1))
    assert layer.post(GROUP, {"number": 0})


async def test_who_joins_a_group_that_stood_still_for_long_is_sent_to(
    layer: LocalLayer, other: LocalLayer, tmp_path: Path
) -> None:
    first = await joined(other)
    await remembered(layer, tmp_path)
    second = await joined(other)
    assert layer.post(GROUP, {"number": 1})
    assert [m["number"] for m in await hear(other, first, 2)] == [0, 1]
    assert [m["number"] for m in await hear(other, second, 1)] == [1]


async def test_who_leaves_a_group_that_stood_still_for_long_is_not_sent_to(
    layer: LocalLayer, other: LocalLayer, tmp_path: Path
) -> None:
    first, second = await joined(other), await joined(other)
    await remembered(layer, tmp_path)
    await other.group_discard(GROUP, first)
    assert layer.post(GROUP, {"number": 1})
    await other.group_discard(GROUP, second)
    assert layer.post(GROUP, {"number": 2})  # nobody is in it
    await other.group_add(GROUP, first)
    assert layer.post(GROUP, {"number": 3})
    assert [m["number"] for m in await hear(other, first, 2)] == [0, 3]
    assert [m["number"] for m in await hear(other, second, 2)] == [0, 1]
