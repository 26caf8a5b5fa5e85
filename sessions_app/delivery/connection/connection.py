import asyncio
import logging
from asyncio import FIRST_COMPLETED
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from django.conf import settings

from sessions_app.delivery.connection.client_frame import Close, read_client_frame
from sessions_app.delivery.connection.connection_tasks import ConnectionTasks
from sessions_app.delivery.connection.list_pace import ListPace
from sessions_app.delivery.connection.outbox import AckError, Outbox
from sessions_app.delivery.connection.session_list import (
    Row,
    SessionList,
    frame_of,
)
from sessions_app.delivery.connection.sockets import BusySocket, Message, ViewerSocket
from sessions_app.delivery.connection.start import Start, find_start
from sessions_app.delivery.connection.subscription import Subscription
from sessions_app.delivery.connection.token_bucket import TokenBucket
from sessions_app.delivery.connection.viewer import Want
from sessions_app.delivery.feed.feed import Feed
from sessions_app.log.batch import Batch
from sessions_app.people.rights import Principal, access_lists, sees
from sessions_app.protocol import frames
from sessions_app.protocol.close_codes import CloseCode
from sessions_app.protocol.encoding.codec import encode

logger = logging.getLogger(__name__)
Receive = Callable[[], Awaitable[Message]]


class Connection:
    """One browser tab's WebSocket: its subscriptions and its outbox.

    A batch from the feed is sent at once, within the feed's own call, if the socket
    and the outbox allow. Everything that may wait is done by separate tasks, so that
    none is held up by another: `_receive` reads the browser's frames; `_answer`
    handles the frames that need the database, in order; `_replay` reads pages of the
    log. `_answer` and `_replay` exist only while they have work, so that thousands of
    idle viewers cost little.
    """

    __slots__ = (
        "_behind",
        "_bucket",
        "_closed",
        "_control",
        "_feed",
        "_hungry",
        "_is_visible",
        "_loop",
        "_pace",
        "_requests",
        "_session_list",
        "_socket",
        "_subscriptions",
        "_tasks",
        "_timer",
        "_who",
        "outbox",
    )  # fmt: skip

    def __init__(
        self,
        feed: Feed,
        session_list: SessionList,
        who: Principal,
        socket: ViewerSocket,
        pace: ListPace,
    ) -> None:
        self._feed = feed
        self._session_list = session_list
        self._who = who
        self._is_visible = False  # until the browser says so
        self._socket = socket
        self.outbox = Outbox()
        self._bucket = TokenBucket()
        self._pace = pace  # shared by all of this person's sockets
        self._control: list[str] = []  # control frames that wait for the socket
        self._subscriptions: dict[str, Subscription] = {}  # by session id
        self._behind: dict[Subscription, None] = {}  # waiting for socket or outbox
        self._hungry: dict[Subscription, None] = {}  # waiting for a page, oldest first
        self._requests: list[frames.AnyClientFrame] = []  # in order of arrival
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._closed: asyncio.Future[Close] = self._loop.create_future()
        self._tasks = ConnectionTasks(self._closed)

    async def run(self, receive: Receive) -> CloseCode | None:
        """Serve the connection until it ends.

        Returns None if the browser left, else the code to close the socket with.
        """
        self._socket.attach(self)
        tasks = [asyncio.create_task(self._receive(receive))]
        if isinstance(self._socket, BusySocket):
            tasks.append(asyncio.create_task(self._socket.run()))
        try:
            ends_it: list[asyncio.Future[Any]] = [*tasks, self._closed]
            await asyncio.wait(ends_it, return_when=FIRST_COMPLETED)
        finally:
            self._leave()
            tasks += self._tasks.running
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end
        return self._closed.result().code if self._closed.done() else None

    def sign_out(self) -> None:
        if self._who.user_id is None:
            self._close(CloseCode.NOT_ALLOWED, "the link has expired or was revoked")
        else:
            self._close(CloseCode.NOT_SIGNED_IN, "signed out, or other rights")

    @property
    def watched(self) -> Collection[str]:
        return self._subscriptions.keys()

    @property
    def looker(self) -> int | None:
        """The id of the user whose visible page this is; None: nobody looks."""
        return self._who.user_id if self._is_visible else None

    def forbid(self, session_id: str) -> None:
        """End a subscription: the session is gone, or this person may not see it."""
        if session_id in self._subscriptions:
            self._unsubscribe(session_id)
            message = "the session is gone, or not yours to see any more"
            self._refuse(session_id, "not_found", message)

    # --- sending frames: nothing here blocks ----------------------------------

    def say(self, frame: frames.ServerFrame) -> None:
        """Send a control frame, before any batch that is sent later."""
        self._say(encode(frame))

    def _say(self, encoded: str) -> None:
        """Send a control frame; an empty text is none."""
        if encoded:
            self._control.append(encoded)
            self.flush()

    def serve(self, subscription: Subscription) -> None:
        """Send a subscription's batches, as far as socket and outbox allow."""
        if subscription in self._behind:
            return  # waiting for the timer, an ack or the socket: `flush` continues
        viewer = subscription.viewer
        while True:
            step = viewer.look()
            if isinstance(step, Batch):
                if not self._may_push():
                    self._behind[subscription] = None
                    self._set_timer()
                    return
                viewer.move(step)
                self._send(step)
            elif step is Want.PAGE:
                self._hungry[subscription] = None
                self._read_on()
                return
            else:
                self._announce_live(subscription)
                return

    def flush(self) -> None:
        """Send what was waiting for the socket, for an ack, or for the timer."""
        while self._control and self._socket.is_ready:
            self._socket.write(self._control.pop(0))
        behind, self._behind = self._behind, {}
        for subscription in behind:
            self.serve(subscription)
        self._read_on()
        self._check_pace()

    def acknowledge(self, frames: int) -> None:
        try:
            if not self.outbox.ack(frames):
                self.spend()  # the ack acknowledges nothing new
        except AckError as error:
            self._close(CloseCode.MALFORMED, str(error))
            return
        if self._behind:
            self.flush()
        self._read_on()

    def spend(self) -> None:
        """Count a rate-limited client frame; close the connection above the limit."""
        if not self._bucket.spend(self._loop.time()):
            self._close(CloseCode.MALFORMED, "too many frames in too short a time")

    def _read_on(self) -> None:
        if self._hungry and self._may_pull():
            self._tasks.begin(self._replay)

    def _may_pull(self) -> bool:
        return self.outbox.may_pull and self._socket.is_ready

    def _may_push(self) -> bool:
        is_free = self._socket.is_ready and not self._control
        return is_free and self.outbox.may_push(self._loop.time())

    def _send(self, batch: Batch) -> None:
        self.outbox.send(batch.size, self._loop.time())
        self._socket.write(batch)
        self._check_pace()

    def _announce_live(self, subscription: Subscription) -> None:
        viewer = subscription.viewer
        if not viewer.is_live:
            viewer.is_live = True
            self.say(frames.Live(session=subscription.session_id, seq=viewer.cursor))

    def _check_pace(self) -> None:
        if (
            self.outbox.is_slow(self._loop.time())
            or len(self._control) > settings.CONTROL_MAX_FRAMES
        ):
            self._close(CloseCode.SLOW_CONSUMER, "too far behind")
        else:
            self._set_timer()

    def _set_timer(self) -> None:
        """Set the timer for when the next live frame may be sent, or an ack is late."""
        at = self.outbox.slow_at
        if self._behind and self._socket.is_ready:
            push_at = self.outbox.push_at
            at = push_at if at is None else min(at, push_at)
        if at is not None and (self._timer is None or at < self._timer.when()):
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(at, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self.flush()

    # --- the tasks ------------------------------------------------------------

    async def _receive(self, receive: Receive) -> None:
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            try:
                self._handle(read_client_frame(message))
            except Close as close:
                self._close(close.code, close.reason)

    async def _answer(self) -> None:
        while self._requests:
            match self._requests.pop(0):
                case frames.Subscribe() as frame:
                    await self._subscribe(frame)
                case frames.Unsubscribe(session=session_id):
                    self._unsubscribe(session_id)
                    self.say(frames.Unsubscribed(session=session_id))
                case frames.WatchSessions(asks_only=asks_only):
                    await self._watch_sessions(asks_only)

    async def _replay(self) -> None:
        # Otherwise the replay resumes on the next ack or subscribe.
        while self._hungry and self._may_pull():
            await self._turn_page(next(iter(self._hungry)))

    # --- handling the browser's frames ----------------------------------------

    def _handle(self, frame: frames.AnyClientFrame) -> None:
        if isinstance(frame, frames.Ack):
            self.acknowledge(frame.frames)
            return
        self.spend()
        if isinstance(frame, frames.Ping):
            self.say(frames.Pong())
        elif isinstance(frame, frames.Visibility):
            self._is_visible = frame.visible
        elif isinstance(frame, frames.WatchSessions) and frame in self._requests:
            return  # the same request is still pending; one response serves both
        elif len(self._requests) >= 2 * settings.SUBSCRIPTIONS_MAX:
            raise Close(CloseCode.MALFORMED, "too many requests at once")
        else:
            self._requests.append(frame)
            self._tasks.begin(self._answer)

    async def _subscribe(self, frame: frames.Subscribe) -> None:
        start = await self._feed.reader.read(self._find, frame)
        if start is None:
            self._refuse(frame.session, "not_found", "no such session, or not yours")
            return
        self._unsubscribe(frame.session)
        if len(self._subscriptions) >= settings.SUBSCRIPTIONS_MAX:
            limit = settings.SUBSCRIPTIONS_MAX
            self._refuse(frame.session, "too_many", f"{limit} sessions at most")
            return
        self._begin(start)

    def _find(self, frame: frames.Subscribe) -> Start | None:
        start = find_start(frame)
        access_list = (
            access_lists([frame.session]).get(frame.session) if start else None
        )
        return start if access_list and sees(self._who, access_list) else None

    def _begin(self, start: Start) -> None:
        head = start.head
        subscription = Subscription(self, head.session_id, start.cursor)
        self._subscriptions[head.session_id] = subscription
        self.say(
            frames.Subscribed(
                session=head.session_id,
                head=head.seq,
                epoch=head.epoch,
                status=head.status,
            )
        )
        # Watch the session before the first page is read: every event committed from
        # now on is then either in the window or in the page.
        recent = self._feed.watch(head, subscription)
        if start.is_void:
            subscription.reset(recent)
        else:
            subscription.follow(recent)
            self.serve(subscription)

    def _refuse(self, session_id: str, code: str, message: str) -> None:
        self.say(frames.Error(code=code, message=message, session=session_id))

    def _unsubscribe(self, session_id: str) -> None:
        subscription = self._subscriptions.pop(session_id, None)
        if subscription is not None:
            self._hungry.pop(subscription, None)
            self._behind.pop(subscription, None)
            self._feed.unwatch(session_id, subscription)

    async def _watch_sessions(self, asks_only: bool) -> None:
        self._session_list.watch(self._tell_list)
        await asyncio.sleep(self._pace.delay(self._loop.time()))
        self._say(await self._session_list.frame(self._who, asks_only=asks_only))

    def _tell_list(self, rows: list[Row]) -> None:
        self._say(frame_of(rows, self._who))

    async def _turn_page(self, subscription: Subscription) -> None:
        """Read a subscription's next page and send it, unless the page is stale then.

        The page is stale if the subscription has ended, was reset, or its cursor has
        moved during the read.
        """
        viewer = subscription.viewer
        page = await self._feed.page(subscription.session_id, viewer.cursor)
        if subscription not in self._hungry:
            return  # the subscription ended during the read
        del self._hungry[subscription]
        if subscription.viewer is viewer and viewer.continues(page):
            viewer.move(page.batch)
            self._send(page.batch)
        self.serve(subscription)

    def _close(self, code: CloseCode, reason: str) -> None:
        if not self._closed.done():
            logger.info(
                "event=closing code=%d reason=%r user=%s",
                code,
                reason,
                self._who.user_id,
            )
            if code is CloseCode.MALFORMED:
                self._socket.mute()  # the peer may go on sending for ever
            self._closed.set_result(Close(code, reason))

    def _leave(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._session_list.unwatch(self._tell_list)
        for session_id in list(self._subscriptions):
            self._unsubscribe(session_id)
