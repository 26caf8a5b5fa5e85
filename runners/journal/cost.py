from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

import msgspec

from sessions_app.log.metrics import COST_USD, TOKENS
from sessions_app.models import COST_MAX_USD, AgentSession
from sessions_app.protocol.events import (
    AgentComplete,
    Compacted,
    Event,
    SessionStarted,
    TurnDiscarded,
    TurnEnd,
)
from sessions_app.protocol.wire import Usage

Spending = TurnEnd | TurnDiscarded | Compacted


NO_TOKENS = Usage()


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens and their cost; for some tokens the price may be unknown."""

    usage: Usage = NO_TOKENS
    priced_usd: Decimal = Decimal(0)
    unpriced_tokens: int = 0

    @classmethod
    def of(cls, usage: Usage, cost_usd: float | None) -> Self:
        """Read an event's usage and cost; a program may report any values."""
        usage, cost = _tokens(usage), _dollars(cost_usd)
        if cost is not None:
            return cls(usage, cost)
        # A cost that is no sum of money counts as unknown even if there are no tokens.
        unpriced = max(usage.total, int(cost_usd is not None))
        return cls(usage, Decimal(0), unpriced)

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(
            self.usage + other.usage,
            self.priced_usd + other.priced_usd,
            self.unpriced_tokens + other.unpriced_tokens,
        )

    @property
    def cost_usd(self) -> Decimal | None:
        """The total cost; None if it is unknown, or too large for the row."""
        is_known = not self.unpriced_tokens and self.priced_usd < COST_MAX_USD
        return self.priced_usd if is_known else None


class SessionCost:
    """A session's own tokens and cost, without those of its sub-agents.

    The sum is that of its turns, discarded attempts and summaries. An external program
    may report the total of a run only at its end: `settled` then adds to its
    `agent_complete` the difference to what its turns reported, and that difference
    counts as well.
    """

    def __init__(self, session: AgentSession) -> None:
        self._model = session.model
        self._is_external = not session.kind.has_budget
        self._is_billed = not session.kind.is_simulated
        usage = msgspec.convert(session.usage, Usage)
        unpriced = usage.total if session.cost_usd is None else 0
        self._spent = Spent(usage, session.cost_usd or Decimal(0), unpriced)
        self._run = Spent()  # the current run's share

    def settled(self, event: Event) -> Event:
        """Fill the end of a program's run in; every other event stays as it is."""
        if not self._is_external or not isinstance(event, AgentComplete):
            return event
        run = self._run
        usage = _tokens(event.usage)
        usage = usage if usage.total else run.usage
        rest = _minus(usage, run.usage)
        cost = _dollars(event.cost_usd)
        if cost is None:
            # The costs of the turns are kept; tokens that no turn reported have no
            # price.
            priced_tokens, rest_usd = min(0, -rest.total), Decimal(0)
            cost = None if rest.total > 0 or not run.usage.total else run.cost_usd
        else:
            priced_tokens, rest_usd = run.unpriced_tokens, cost - run.priced_usd
        # The encoder omits a field whose value is the default object itself.
        nothing = AgentComplete(status=event.status, usage=usage)
        return msgspec.structs.replace(
            event,
            usage=usage,
            cost_usd=None if cost is None else float(cost),
            rest_usage=nothing.rest_usage if rest == NO_TOKENS else rest,
            rest_cost_usd=float(rest_usd) if rest_usd else nothing.rest_cost_usd,
            priced_tokens=priced_tokens,
        )

    def add(self, event: Event) -> dict[str, Any]:
        """Add what an event reports; return the changed columns of the row."""
        match event:
            case TurnEnd() | TurnDiscarded() | Compacted():
                spent = Spent.of(event.usage, event.cost_usd)
                self._run += spent
            case AgentComplete() if self._is_external:
                rest_usd = Decimal(str(event.rest_cost_usd))
                spent = Spent(event.rest_usage, rest_usd, -event.priced_tokens)
                self._run = Spent()
            case SessionStarted():  # the previous run has no final event
                self._run = Spent()
                return {}
            case _:
                return {}
        if spent == Spent():
            return {}
        self._count(spent)
        self._spent += spent
        usage = msgspec.to_builtins(self._spent.usage)
        return {"usage": usage, "cost_usd": self._spent.cost_usd}

    def _count(self, spent: Spent) -> None:
        """Update the counters, which only rise: a downward correction is skipped."""
        for kind, tokens in msgspec.structs.asdict(spent.usage).items():
            name = kind.removesuffix("_tokens")
            TOKENS.labels(self._model, name).inc(max(0, tokens))
        if self._is_billed:
            COST_USD.labels(self._model).inc(max(0.0, float(spent.priced_usd)))


def _tokens(usage: Usage) -> Usage:
    """Read token counts that a program may have written: a negative one is 0."""
    counts = msgspec.structs.asdict(usage)
    return Usage(**{kind: max(0, count) for kind, count in counts.items()})


def _minus(usage: Usage, other: Usage) -> Usage:
    rest = msgspec.structs.asdict(other)
    counts = msgspec.structs.asdict(usage)
    return Usage(**{kind: count - rest[kind] for kind, count in counts.items()})


def _dollars(cost: float | None) -> Decimal | None:
    """Read a cost that a program may have written: None if it is no sum of money."""
    is_sum = cost is not None and 0 <= cost < COST_MAX_USD
    return Decimal(str(cost)) if is_sum else None
