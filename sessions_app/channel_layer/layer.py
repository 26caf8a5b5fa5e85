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
JOIN_TRIES = 1000  # a try fails only if the last member leaves at that very moment
BIRTH_S = 10.0  # age up to which a socket may exist before its process listens
STILL_NS = 3_000_000_000  # longer than the resolution of any file system's mtime
KNOWN_MAX = 1000  # number of groups whose members are cached


class LocalLayer(BaseChannelLayer):
    """A channel layer between the processes of one machine, without a server.

    A channel is a Unix socket in a shared directory. A group is a directory in it that
    holds an empty file named after each member channel. There is no other state that
    could become inconsistent. Delivery is at most once, as in any channel layer:
    messages for a reader that is too far behind are dropped.
    """

    extensions = ("groups", "flush")

    def __init__(self, directory: str | Path, capacity: int = 1000) -> None:
        """`capacity` is how many messages may wait for a reader."""
        super().__init__(capacity=capacity)
        self._directory = Path(directory)
        self._channels: dict[str, Channel] = {}
        self._peers: dict[str, Peer] = {}
        self._known: dict[str, tuple[int, list[str]]] = {}
        self._sending = threading.Lock()  # the log's thread and views' threads send too

    async def new_channel(self, prefix: str = "c") -> str:
        """Create a channel that this process reads. Raises OSError."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._groups.mkdir(exist_ok=True)
        self._remove_stale()
        name = f"{prefix}{os.getpid()}-{secrets.token_hex(4)}"
        channel = Channel(self._directory / name, self.capacity)
        await channel.open()
        self._channels[name] = channel
        return name

    async def receive(self, channel: str) -> Message:
        return await self._channels[channel].receive()

    async def listen(self, channel: str, on_message: Callable[[Message], None]) -> None:
        """Call `on_message` with each message as soon as it arrives, for ever."""
        await self._channels[channel].listen(on_message)

    async def send(self, channel: str, message: Message) -> None:
        self.require_valid_channel_name(channel)
        with self._sending:
            self._send(channel, frame(message))

    async def group_add(self, group: str, channel: str) -> None:
        self.require_valid_group_name(group)
        for _ in range(JOIN_TRIES):
            # The last member to leave removes the group's directory, which may happen
            # between any two steps of `_join`.
            with suppress(FileExistsError, FileNotFoundError):
                return self._join(group, channel)
        self._join(group, channel)

    async def group_discard(self, group: str, channel: str) -> None:
        self.require_valid_group_name(group)
        self._remove(group, channel)

    async def group_send(self, group: str, message: Message) -> None:
        self.post(group, message)

    def post(self, group: str, message: Message) -> bool:
        """Send to a group, from any thread, without blocking.

        Returns False if a member did not take the message and has missed it. Raises
        OSError.
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
        """Leave all groups and close all sockets; the layer can be used again."""
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
            return False  # the peer's backlog of connections is full
        except (ConnectionError, FileNotFoundError):
            if peer is None:
                self._forget(channel)
            else:
                peer.close()
            return True  # the peer's process has ended, so it misses nothing
        self._peers[channel] = peer
        return is_sent

    def _part(self) -> None:
        """Close connections to channels that are gone; their names never return."""
        for channel in list(self._peers):
            if not (self._directory / channel).exists():
                self._peers.pop(channel).close()

    def _remove_stale(self) -> None:
        """Remove the channels left behind by processes that were killed."""
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
                continue  # the channel has just been removed, or is busy

    def _forget(self, channel: str) -> None:
        self._leave_all(channel)
        (self._directory / channel).unlink(missing_ok=True)

    @property
    def _groups(self) -> Path:
        return self._directory / GROUPS

    def _members(self, group: str) -> list[str]:
        """Return a group's members, cached by the mtime of the group's directory.

        Every batch calls this. A stat releases the GIL once, listing the directory six
        times. A directory that changed within STILL_NS is not cached, because it may
        change again with the same mtime.
        """
        path = f"{self._directory}/{GROUPS}/{group}"
        now_ns = time.time_ns()  # read before the stat, so a delay errs to no caching
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
        with suppress(OSError):  # the group has other members, or is gone already
            members.rmdir()
