from decimal import Decimal
from typing import Any

import msgspec

from sessions_app.models import AgentSession
from sessions_app.operations.metrics import COST_USD, TOKENS
from sessions_app.protocol.events import Compacted, Event, TurnDiscarded, TurnEnd
from sessions_app.protocol.wire import Usage


class SessionCost:
    """A session's tokens and cost, summed over its attempts; its children's not."""

    def __init__(self, session: AgentSession) -> None:
        self._model = session.model
        self._usage = msgspec.convert(session.usage, Usage)
        self._cost_usd = session.cost_usd
        # A part of the cost that is not known makes the sum unknown for good.
        self._is_unknown = session.cost_usd is None and self._usage.total > 0

    def add(self, event: Event) -> dict[str, Any]:
        """Add an event's part, if it has one; return what changes in the row."""
        if not isinstance(event, TurnEnd | TurnDiscarded | Compacted):
            return {}
        if not event.usage.total:
            return {}
        self._count(event)
        self._usage += event.usage
        self._is_unknown = self._is_unknown or event.cost_usd is None
        cost = (self._cost_usd or Decimal(0)) + Decimal(str(event.cost_usd or 0))
        self._cost_usd = None if self._is_unknown else cost
        return {"usage": msgspec.to_builtins(self._usage), "cost_usd": self._cost_usd}

    def _count(self, event: TurnEnd | TurnDiscarded | Compacted) -> None:
        for kind, tokens in msgspec.structs.asdict(event.usage).items():
            TOKENS.labels(self._model, kind.removesuffix("_tokens")).inc(tokens)
        COST_USD.labels(self._model).inc(event.cost_usd or 0)
