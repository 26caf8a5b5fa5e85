from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Self
from unicodedata import normalize

from django.db.models import (
    BooleanField,
    Case,
    DateTimeField,
    DecimalField,
    ExpressionWrapper,
    Func,
    IntegerField,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.db.models.sql.compiler import SQLCompiler

from sessions_app.models import AgentSession
from sessions_app.protocol.status import SessionStatus
from sessions_app.sessions.tree import roots_of
from sessions_app.text.folding import caseless


class Moment(Func):
    """A time in a form in which equal times compare as equal.

    SQLite compares times as text. The database writes three decimals of a second,
    Python six or none. So on SQLite times are formatted to the millisecond.
    """

    template = "%(expressions)s"
    arity = 1
    output_field = DateTimeField()

    def as_sqlite(
        self, compiler: SQLCompiler, connection: Any, **context: Any
    ) -> tuple[str, Any]:
        template = "strftime('%%%%Y-%%%%m-%%%%d %%%%H:%%%%M:%%%%f', %(expressions)s)"
        return self.as_sql(compiler, connection, template=template, **context)


GROUPS = ("person", "active", "over")  # the groups of the list, in their order
SORTS = {
    "changed": Moment("updated_at"),
    "created": Moment("created_at"),
    "cost": Coalesce("cost_usd", Value(-1), output_field=DecimalField()),
}
TEXT_MAX_CHARS = 200
COST_DIGITS = 14  # the column's number of digits
Key = tuple[int, datetime | Decimal, str]  # group, sort value, session id


@dataclass(frozen=True, slots=True)
class ListQuery:
    """The filters and the sort order of the session list; an empty filter is off."""

    text: str = ""
    status: str = ""
    model: str = ""
    engine: str = ""
    owner: str = ""
    tag: str = ""
    archived: str = ""  # "yes": only archived sessions; else only the others
    sort: str = "changed"

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Self:
        """Parse a URL's query; unknown names and values are ignored."""
        names = ("text", "status", "model", "engine", "owner", "tag", "archived")
        # PostgreSQL rejects NUL characters, even in a query's parameters.
        values = {n: asked.get(n, "").replace("\0", "").strip() for n in names}
        if values["status"] not in list(SessionStatus):
            values["status"] = ""
        sort = asked.get("sort", "")
        values["text"] = values["text"][:TEXT_MAX_CHARS]
        values["tag"] = normalize("NFC", values["tag"])  # as tags are stored
        return cls(**values, sort=sort if sort in SORTS else "changed")

    @property
    def is_narrow(self) -> bool:
        """True if a filter is set."""
        return self != type(self)(sort=self.sort)

    def choose(
        self, sessions: QuerySet[AgentSession], saying: Collection[str] | None = ()
    ) -> QuerySet[AgentSession]:
        """Select main sessions, those that wait for a person first.

        `saying`: ids of the sessions whose logs contain the text. None: do not filter
        by the text, but annotate whether title or prompt contain it (`is_named`).
        """
        waiting = sessions.filter(status=SessionStatus.WAITING)
        roots = set(roots_of(waiting.only("pk", "parent_id")).values())
        waits = Q(status=SessionStatus.WAITING) | Q(pk__in=roots)
        works = Q(status__in=[SessionStatus.RUNNING, SessionStatus.QUEUED])
        rank = Case(
            When(waits, 0), When(works, 1), default=2, output_field=IntegerField()
        )
        found = sessions.filter(self._filter(), parent=None)
        if saying is None:
            is_named = ExpressionWrapper(self._named, output_field=BooleanField())
            found = found.annotate(is_named=is_named)
        elif self.text:
            found = found.filter(self._named | Q(pk__in=saying))
        found = found.annotate(rank=rank, value=SORTS[self.sort])
        return found.order_by("rank", "-value", "-pk")

    @property
    def _named(self) -> Q:
        """True if title or prompt contain every word of the text, also inside words.

        Compares the unfolded text, for sessions that are not indexed yet, and the
        folded text, which works for all scripts.
        """
        named = Q()
        for word in self.text.split():
            here = Q(title__icontains=word) | Q(prompt__icontains=word)
            if said := caseless(word):
                here |= Q(search_index__named__contains=said)
            named &= here
        return named

    def _filter(self) -> Q:
        wanted = Q(archived_at__isnull=self.archived != "yes")
        if self.status:
            wanted &= Q(status=self.status)
        if self.model:
            wanted &= Q(model=self.model)
        if self.engine:
            wanted &= Q(engine=self.engine)
        if self.owner:
            wanted &= Q(owner__username=self.owner)
        if self.tag:
            wanted &= Q(tags__name=self.tag)
        return wanted


def beyond(cursor: str, sort: str) -> Q:
    """Select the rows after a cursor that `cursor_of` has made."""
    key = _read(cursor, sort)
    if key is None:
        return Q()
    rank, edge, id_ = key
    value = Moment(Value(edge)) if isinstance(edge, datetime) else edge
    below = Q(value__lt=value) | Q(value=value, pk__lt=id_)
    return Q(rank__gt=rank) | (Q(rank=rank) & below)


def cursor_of(rank: int, value: datetime | Decimal, id_: str) -> str:
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return f"{rank}_{text}_{id_}"


def _read(cursor: str, sort: str) -> Key | None:
    """Parse a cursor; None if it is invalid, which selects the first page."""
    rank, _, rest = cursor.replace("\0", "").partition("_")
    text, _, id_ = rest.partition("_")
    try:
        if sort == "cost":
            cost = Decimal(text)
            is_sum = cost.is_finite() and abs(cost.adjusted()) <= COST_DIGITS
            return (int(rank), cost, id_) if is_sum else None
        at = datetime.fromisoformat(text)
        return (int(rank), at.astimezone(UTC), id_) if at.tzinfo else None
    except (ValueError, OverflowError, InvalidOperation):
        return None
