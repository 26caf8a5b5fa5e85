import os
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from channels.layers import BaseChannelLayer

from sessions_app.channel_layer.channel import Channel, Message
from sessions_app.channel_layer.frame import frame
from sessions_app.channel_layer.peer import Peer

GROUPS = "groups"
JOIN_TRIES = 1000  # each fails only if somebody else leaves in that very moment
BIRTH_S = 10.0  # within which a socket that is there may not be listened to yet
STILL_NS = 3_000_000_000  # longer than a tick of any file system's clock
KNOWN_MAX = 1000  # groups whose members are remembered


class LocalLayer(BaseChannelLayer):
    """Carries messages between the processes of one machine, without a server.

    A channel is a socket in a directory that they share; a group is a directory in it,
    of empty files with the names of its channels. Nothing else is kept anywhere, so
    nothing can be out of step with it. At most once, like any layer: what a reader is
    too far behind for is lost.
    """

    extensions = ("groups", "flush")

    def __init__(self, directory: str | Path, capacity: int = 1000) -> None:
        """`capacity` is how many messages wait for a reader."""
        super().__init__(capacity=capacity)
        self._directory = Path(directory)
        self._channels: dict[str, Channel] = {}
        self._peers: dict[str, Peer] = {}
        self._known: dict[str, tuple[int, list[str]]] = {}
        self._sending = threading.Lock()  # the log sends from its own thread, views too

    async def new_channel(self, prefix: str = "c") -> str:
        """Make a channel that this process reads. Raises OSError."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._groups.mkdir(exist_ok=True)
        self._bury()
        name = f"{prefix}{os.getpid()}-{secrets.token_hex(4)}"
        channel = Channel(self._directory / name, self.capacity)
        await channel.open()
        self._channels[name] = channel
        return name

    async def receive(self, channel: str) -> Message:
        return await self._channels[channel].receive()

    async def listen(self, channel: str, hear: Callable[[Message], None]) -> None:
        """Have each message heard in the moment in which it comes, for ever."""
        await self._channels[channel].listen(hear)

    async def send(self, channel: str, message: Message) -> None:
        self.require_valid_channel_name(channel)
        with self._sending:
            self._send(channel, frame(message))

    async def group_add(self, group: str, channel: str) -> None:
        self.require_valid_group_name(group)
        for _ in range(JOIN_TRIES):
            # The last who leaves takes the directory away, between any two steps here.
            with suppress(FileExistsError, FileNotFoundError):
                return self._join(group, channel)
        self._join(group, channel)

    async def group_discard(self, group: str, channel: str) -> None:
        self.require_valid_group_name(group)
        self._remove(group, channel)

    async def group_send(self, group: str, message: Message) -> None:
        self.post(group, message)

    def post(self, group: str, message: Message) -> bool:
        """Send to a group, from any thread, without ever waiting.

        False: somebody in it did not take it, and misses it. Raises OSError.
        """
        self.require_valid_group_name(group)
        members = self._members(group)
        if not members:
            return True
        data = frame(message)
        with self._sending:
            missed = [channel for channel in members if not self._send(channel, data)]
        return not missed

    async def flush(self) -> None:
        """Leave all groups, and close all that is open; it can be used again."""
        for name, channel in self._channels.items():
            self._leave_all(name)
            channel.close()
        self._channels = {}
        with self._sending:
            for peer in self._peers.values():
                peer.close()
            self._peers = {}

    def _join(self, group: str, channel: str) -> None:
        members = self._groups / group
        members.mkdir(parents=True, exist_ok=True)
        (members / channel).touch()

    def _send(self, channel: str, data: bytes) -> bool:
        peer = self._peers.pop(channel, None)
        try:
            if peer is None:
                self._part()
                peer = Peer(self._directory / channel)
            is_sent = peer.send(data)
        except BlockingIOError:
            return False  # too many connect to it at this moment
        except (ConnectionError, FileNotFoundError):
            if peer is None:
                self._forget(channel)
            else:
                peer.close()
            return True  # who has ended misses nothing
        self._peers[channel] = peer
        return is_sent

    def _part(self) -> None:
        """Let go of those who have ended: none of them comes back by its name."""
        for channel in list(self._peers):
            if not (self._directory / channel).exists():
                self._peers.pop(channel).close()

    def _bury(self) -> None:
        """Take away what processes left that were killed."""
        for path in self._directory.iterdir():
            if not path.is_socket():
                continue
            try:
                is_new = time.time() < path.stat().st_mtime + BIRTH_S
                Peer(path).close()
            except ConnectionRefusedError:
                if not is_new:
                    self._forget(path.name)
            except OSError:
                continue  # it has just gone, or is busy

    def _forget(self, channel: str) -> None:
        self._leave_all(channel)
        (self._directory / channel).unlink(missing_ok=True)

    @property
    def _groups(self) -> Path:
        return self._directory / GROUPS

    def _members(self, group: str) -> list[str]:
        """Who is in a group; without reading its directory where that stands still.

        A look gives Python's lock away once, reading six times, and each batch comes by
        here. What has just changed may change once more at the same time of its clock.
        """
        path = f"{self._directory}/{GROUPS}/{group}"
        now_ns = time.time_ns()  # before the look: whatever holds us up, it was still
        try:
            changed_ns = os.stat(path).st_mtime_ns  # noqa: PTH116 a Path costs as much
            known_ns, known = self._known.get(group, (0, []))
            if changed_ns == known_ns:
                return known
            members = os.listdir(path)  # noqa: PTH208 as said
        except FileNotFoundError:
            self._known.pop(group, None)
            return []
        if now_ns - changed_ns > STILL_NS:
            if len(self._known) >= KNOWN_MAX:
                self._known.clear()
            self._known[group] = changed_ns, members
        return members

    def _leave_all(self, channel: str) -> None:
        for member in self._groups.glob(f"*/{channel}"):
            self._remove(member.parent.name, channel)

    def _remove(self, group: str, channel: str) -> None:
        members = self._groups / group
        (members / channel).unlink(missing_ok=True)
        with suppress(OSError):  # others are in it, or it has gone
            members.rmdir()
