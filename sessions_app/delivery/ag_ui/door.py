import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import msgspec

from sessions_app.delivery.ag_ui.plan import RunPlan
from sessions_app.delivery.ag_ui.position import Position, read_position
from sessions_app.delivery.ag_ui.run_state import Source, restore, sources_of
from sessions_app.delivery.ag_ui.run_writer import RunWriter
from sessions_app.delivery.ag_ui.stream import RunStream
from sessions_app.delivery.ag_ui.translator import AgUiTranslator
from sessions_app.delivery.connection.guard import ConnectionGrant
from sessions_app.delivery.connection.sockets import Message
from sessions_app.delivery.connection.start import Start
from sessions_app.delivery.event_stream.door import (
    EventStreamDoor,
    StreamRefused,
    known_children,
    refuse,
    start_of,
)
from sessions_app.models import Event as StoredEvent
from sessions_app.people.api_tokens import token_in
from sessions_app.people.rights import Principal, visible
from sessions_app.protocol.encoding.codec import decode_event
from sessions_app.protocol.events import Event

PATH = re.compile(r"/api/v1/(sessions/[A-Za-z0-9_-]{1,20}/)?ag-ui")
OK = 200


@dataclass
class Decision:
    """Django's answer to a request for a run: a plan is kept, an error is passed on."""

    send: Any
    plan: RunPlan | None = None
    _is_kept: bool = False
    _body: list[bytes] = field(default_factory=list)

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._is_kept = message["status"] == OK
        if not self._is_kept:
            await self.send(message)
            return
        self._body.append(message.get("body", b""))
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.plan = msgspec.json.decode(b"".join(self._body), type=RunPlan)


class AgUiDoor:
    """AG-UI at /api/v1/ag-ui: Django decides about the request, this door streams.

    So rights, limits and the stored commands are those of every other operation, and a
    run that lasts for hours has neither a thread nor a database connection.
    """

    def __init__(self, streams: EventStreamDoor) -> None:
        self._streams = streams

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        if scope["method"] != "POST" or not PATH.fullmatch(scope["path"]):
            await self._streams(scope, receive, send)
            return
        decision = Decision(send)
        await self._streams(scope, receive, decision.take)
        if decision.plan is None:
            return
        try:
            await self._stream(decision.plan, scope, receive, send)
        except StreamRefused as refusal:
            await refuse(send, refusal)

    async def _stream(
        self, plan: RunPlan, scope: Message, receive: Any, send: Any
    ) -> None:
        headers = dict(scope["headers"])
        sent = headers.get(b"last-event-id", b"").decode("latin-1")
        at = read_position(sent or plan.start)
        if at is None:
            raise StreamRefused(
                HTTPStatus.BAD_REQUEST, "Last-Event-ID: not one of this run's."
            )
        token = token_in(headers.get(b"authorization", b"").decode("latin-1"))
        reader = self._streams.reader
        grant = await reader.read(ConnectionGrant.of_token, token)
        if grant is None:
            raise StreamRefused(HTTPStatus.UNAUTHORIZED, "The token may not read.")
        begun = await reader.read(_begin, grant.principal, plan, at)
        if begun is None:
            raise StreamRefused(HTTPStatus.NOT_FOUND, "There is no such session.")
        start, places, events = begun
        state = restore(at.marks, events)
        translator = AgUiTranslator(
            plan.session_id, state, plan.command_id, plan.answered
        )
        stream = RunStream(
            self._streams.feed,
            start,
            self._streams.finder(grant.principal),
            places,
            writer=RunWriter(plan, translator, at),
            is_over=bool(sent) and at.began is None,
        )
        await self._streams.hold(stream, grant, scope, receive, send)


def _begin(
    who: Principal, plan: RunPlan, at: Position
) -> tuple[Start, dict[str, Any], dict[Source, Event]] | None:
    """Find where a stream begins, and the events that its position names."""
    start = start_of(who, plan.session_id, at.own, at.own.seq)
    if start is None:
        return None
    places = dict(at.children)
    if not start.is_void:
        places = known_children(start, places)
    return start, places, _events(who, sources_of(at.marks))


def _events(who: Principal, sources: set[Source]) -> dict[Source, Event]:
    """Read events of sessions that the person may see, whatever a client has named."""
    if not sources:
        return {}
    rows = StoredEvent.objects.filter(
        session__in=visible(who).filter(pk__in={of for of, _ in sources}),
        seq__in={seq for _, seq in sources},
    )
    found = rows.values_list("session_id", "seq", "data")
    return {
        (of, seq): decode_event(data) for of, seq, data in found if (of, seq) in sources
    }
