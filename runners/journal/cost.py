from decimal import Decimal
from typing import Any

import msgspec

from sessions_app.log.metrics import COST_USD, TOKENS
from sessions_app.models import COST_MAX_USD, AgentSession
from sessions_app.protocol.events import Compacted, Event, TurnDiscarded, TurnEnd
from sessions_app.protocol.wire import Usage

Spending = TurnEnd | TurnDiscarded | Compacted


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
        if not isinstance(event, Spending):
            return {}
        usage, cost = _tokens(event.usage), _dollars(event.cost_usd)
        if not usage.total:
            return {}
        self._count(usage, cost)
        self._usage += usage
        total = (self._cost_usd or Decimal(0)) + (cost or Decimal(0))
        # A row that holds more than its column could never be read again.
        is_known = cost is not None and total < COST_MAX_USD
        self._is_unknown = self._is_unknown or not is_known
        self._cost_usd = None if self._is_unknown else total
        return {"usage": msgspec.to_builtins(self._usage), "cost_usd": self._cost_usd}

    def _count(self, usage: Usage, cost: Decimal | None) -> None:
        for kind, tokens in msgspec.structs.asdict(usage).items():
            TOKENS.labels(self._model, kind.removesuffix("_tokens")).inc(tokens)
        COST_USD.labels(self._model).inc(float(cost or 0))


def _tokens(usage: Usage) -> Usage:
    """Read counts that others may have written: less than none is none."""
    told = msgspec.structs.asdict(usage)
    return Usage(**{kind: max(0, count) for kind, count in told.items()})


def _dollars(cost: float | None) -> Decimal | None:
    """Read a cost likewise: what can be no sum of money is not known."""
    is_sum = cost is not None and 0 <= cost < COST_MAX_USD
    return Decimal(str(cost)) if is_sum else None
