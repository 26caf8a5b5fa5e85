from decimal import Decimal
from typing import Any

import msgspec

from sessions_app.metrics import COST_USD, TOKENS
from sessions_app.models import AgentSession
from sessions_app.protocol.events import Event, TurnEnd
from sessions_app.protocol.wire import Usage


class Tally:
    """A session's tokens and cost, summed over its turns; its children's not."""

    def __init__(self, session: AgentSession) -> None:
        self._usage = msgspec.convert(session.usage, Usage)
        # None until a turn's price is known; then the sum of those that are.
        self._cost_usd = session.cost_usd
        self._model = session.model

    def add(self, event: Event) -> dict[str, Any]:
        """Add an event's part, if it has one; return what changes in the row."""
        if not isinstance(event, TurnEnd):
            return {}
        self._usage += event.usage
        self._count(event)
        if event.cost_usd is not None:
            turn = Decimal(str(event.cost_usd))
            self._cost_usd = (self._cost_usd or Decimal(0)) + turn
        usage = msgspec.to_builtins(self._usage)
        return {"usage": usage, "cost_usd": self._cost_usd}

    def _count(self, turn: TurnEnd) -> None:
        for kind, tokens in msgspec.structs.asdict(turn.usage).items():
            TOKENS.labels(self._model, kind.removesuffix("_tokens")).inc(tokens)
        COST_USD.labels(self._model).inc(turn.cost_usd or 0)
