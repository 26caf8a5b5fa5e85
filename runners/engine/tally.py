from runners.engine.options import Options
from runners.engine.pricing import price_of
from runners.engine.run_ended import RunEnded
from runners.engine.turn import Turn
from sessions_app.protocol.wire import Usage


class Tally:
    """What one run has cost so far, broken attempts too: they are billed."""

    def __init__(self) -> None:
        self.turns = 0
        self.usage = Usage()
        self.cost_usd: float | None = 0.0  # None once a price was not known

    def add(self, turn: Turn) -> None:
        self.turns += turn.complete
        self.usage += turn.usage
        cost = turn.cost_usd
        if self.cost_usd is not None:
            self.cost_usd = None if cost is None else self.cost_usd + cost

    def check(self, options: Options) -> None:
        """Raise RunEnded where the next API call would be one too many."""
        turns, budget_usd = options.max_turns, options.budget_usd
        if turns is not None and self.turns >= turns:
            raise RunEnded("budget", "max_turns", f"the limit of {turns} turns")
        if budget_usd is None:
            return
        if price_of(options.model) is None or self.cost_usd is None:
            reason = f"no price is known for {options.model}, so no budget can hold"
            raise RunEnded("error", "unknown_price", reason)
        if self.cost_usd >= budget_usd:
            raise RunEnded("budget", "budget", f"the limit of {budget_usd} USD")
