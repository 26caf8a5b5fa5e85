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
    """Tokens and what they cost; for some tokens the price is not known."""

    usage: Usage = NO_TOKENS
    priced_usd: Decimal = Decimal(0)
    unpriced_tokens: int = 0

    @classmethod
    def of(cls, usage: Usage, cost_usd: float | None) -> Self:
        """Read what an event reports; programs may report anything."""
        usage, cost = _tokens(usage), _dollars(cost_usd)
        if cost is not None:
            return cls(usage, cost)
        # A cost that cannot be a sum of money is unknown even without tokens.
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
        """The cost of all, None if it is not known, or too large for the row."""
        is_known = not self.unpriced_tokens and self.priced_usd < COST_MAX_USD
        return self.priced_usd if is_known else None


class SessionCost:
    """A session's own tokens and cost, without its sub-agents'.

    The sum is that of its turns, broken attempts and summaries. An external program may
    tell what a run has taken in all only at its end; `settled` puts that into its
    `agent_complete`, with the rest that its turns had not told, which counts as well.
    """

    def __init__(self, session: AgentSession) -> None:
        self._model = session.model
        self._is_external = not session.kind.has_budget
        self._is_billed = session.engine != "simulator"
        usage = msgspec.convert(session.usage, Usage)
        unpriced = usage.total if session.cost_usd is None else 0
        self._spent = Spent(usage, session.cost_usd or Decimal(0), unpriced)
        self._run = Spent()  # the part of the present run

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
            # The turns' own costs hold; tokens that no turn told have no price.
            priced_tokens, rest_usd = min(0, -rest.total), Decimal(0)
            cost = None if rest.total > 0 or not run.usage.total else run.cost_usd
        else:
            priced_tokens, rest_usd = run.unpriced_tokens, cost - run.priced_usd
        # A field that has its default, the very object, is left out of the line.
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
        """Add what an event reports, if anything; return the changes of the row."""
        match event:
            case TurnEnd() | TurnDiscarded() | Compacted():
                spent = Spent.of(event.usage, event.cost_usd)
                self._run += spent
            case AgentComplete() if self._is_external:
                rest_usd = Decimal(str(event.rest_cost_usd))
                spent = Spent(event.rest_usage, rest_usd, -event.priced_tokens)
                self._run = Spent()
            case SessionStarted():  # the run before had no end
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
        """Counters only rise: a correction downwards is not theirs."""
        for kind, tokens in msgspec.structs.asdict(spent.usage).items():
            name = kind.removesuffix("_tokens")
            TOKENS.labels(self._model, name).inc(max(0, tokens))
        if self._is_billed:
            COST_USD.labels(self._model).inc(max(0.0, float(spent.priced_usd)))


def _tokens(usage: Usage) -> Usage:
    """Read counts that others may have written: a negative one is 0."""
    told = msgspec.structs.asdict(usage)
    return Usage(**{kind: max(0, count) for kind, count in told.items()})


def _minus(usage: Usage, other: Usage) -> Usage:
    rest = msgspec.structs.asdict(other)
    told = msgspec.structs.asdict(usage)
    return Usage(**{kind: count - rest[kind] for kind, count in told.items()})


def _dollars(cost: float | None) -> Decimal | None:
    """Read a cost that others may have written: None if it is no sum of money."""
    is_sum = cost is not None and 0 <= cost < COST_MAX_USD
    return Decimal(str(cost)) if is_sum else None
