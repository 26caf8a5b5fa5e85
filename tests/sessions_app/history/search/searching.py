from typing import Any

import msgspec

from sessions_app.history.search.indexer import index, unindexed
from sessions_app.history.search.search import SearchResult, search
from sessions_app.models import AgentSession, Event
from sessions_app.people.visitor import Person
from sessions_app.text.query import SearchQuery


def write(session: AgentSession, type_: str, **fields: Any) -> Event:
    session.head_seq += 1
    session.save(update_fields=["head_seq"])
    id_ = fields.pop("id", None)
    data = msgspec.json.encode({"type": type_, "seq": session.head_seq, **fields})
    return Event.objects.create(
        id=id_,
        session=session,
        seq=session.head_seq,
        type=type_,
        ts=0,
        data=data.decode(),
    )


def index_all() -> None:
    for session_id in unindexed(100):
        while index(session_id):
            pass
    assert not unindexed(100)


def found(person: Person, text: str) -> list[int]:
    return [one.event.seq for one in search(person, SearchQuery.parse(text)).found]


def shown(one: SearchResult) -> str:
    return "".join(f"[{p}]" if n % 2 else p for n, p in enumerate(one.parts))
