import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping

from runners.port.model_table import known_model
from sessions_app.protocol.events import (
    Approval,
    ApprovalRequest,
    Compacted,
    Event,
    Status,
    TurnDiscarded,
    TurnEnd,
)
from sessions_app.protocol.status import SessionStatus
from sessions_app.protocol.wire import Usage
from sessions_app.sessions.budget_limits import (
    TOOL,
    Measure,
    asked_measure,
    question_id,
)

Ask = Callable[[ApprovalRequest], Awaitable[Approval]]
Clock = Callable[[], float]  # returns seconds since 1970
UNITS: Mapping[Measure, str] = {
    "usd": "USD",
    "turns": "turns",
    "tokens": "tokens",
    "seconds": "seconds of work",
}


class Budget:
    """The limits of a session tree and what it has spent, summed up from its events.

    All agents of the tree share one budget. `recall` adds what the logs held before
    this run; the journal of each session `add`s every event that it writes now.
    """

    def __init__(
        self, model: str, clock: Clock = time.time, *, is_told_costs: bool = False
    ) -> None:
        self._model = model
        self._is_told_costs = is_told_costs  # the agent says what its turns cost
        self._clock = clock
        self._ask: Ask
        self._given: Mapping[Measure, float] = {}
        self._limits: dict[Measure, float] = {}
        self._spent: dict[Measure, float] = dict.fromkeys(UNITS, 0.0)
        self._running_since: float | None = None
        self._answers: dict[Measure, int] = dict.fromkeys(UNITS, 0)
        self._asking = asyncio.Lock()
        self._is_refused = False  # in this run
        self._unpriced_turns = 0  # since a person last agreed to continue

    def limit(self, limits: Mapping[Measure, float]) -> None:
        self._given = limits
        self._limits = dict(limits)

    def ask_through(self, ask: Ask) -> None:
        """Set how a person is asked; `ask` also adds the answer to this budget."""
        self._ask = ask

    @property
    def is_limited(self) -> bool:
        return bool(self._given)

    def begin(self) -> None:
        """Start counting time: a run of the top session's agent begins."""
        self._is_refused = False

    def recall(self, log: Iterable[Event], *, at_top: bool) -> None:
        """Add one session's log; time counts up to its last event.

        The session's runner may have been killed after that event.
        """
        ts = 0
        for event in log:
            ts = event.ts
            self.add(event, at_top=at_top)
        if at_top:
            self._accrue_time(ts / 1000)

    def add(self, event: Event, *, at_top: bool) -> None:
        match event:
            case TurnEnd(usage=usage, cost_usd=cost):
                self._spent["turns"] += 1
                self._spend(usage, cost)
            case (
                TurnDiscarded(usage=usage, cost_usd=cost)
                | Compacted(usage=usage, cost_usd=cost)
            ):
                self._spend(usage, cost)
            case Status(status=status) if at_top:
                self._accrue_time(self._time_of(event))
                if status is SessionStatus.RUNNING:
                    self._running_since = self._time_of(event)
            case Approval(tool_use_id=asked) if at_top:
                self._on_answer(event, asked_measure(asked))

    async def afford(self) -> str:
        """Wait until another turn may begin; return why none may, or ""."""
        async with self._asking:  # one request at a time for the whole tree
            if "usd" in self._limits and not self._has_price:
                return f"no price is known for {self._model}, so no USD limit can hold"
            while not self._is_refused and (measure := self._reached()):
                approval = await self._ask(self._question(measure))
                self._is_refused = approval.decision == "denied"
            measure = self._reached()
            return self._reason(measure) if measure else ""

    @property
    def _has_price(self) -> bool:
        return self._is_told_costs or known_model(self._model).price is not None

    def _spend(self, usage: Usage, cost_usd: float | None) -> None:
        self._spent["tokens"] += usage.total
        self._spent["usd"] += cost_usd or 0.0
        if cost_usd is None and usage.total:
            self._unpriced_turns += 1

    def _reached(self) -> Measure | None:
        self._accrue_time(self._clock(), goes_on=True)
        for measure, limit in self._limits.items():
            is_unknown = measure == "usd" and self._unpriced_turns
            if is_unknown or self._spent[measure] >= limit:
                return measure
        return None

    def _question(self, measure: Measure) -> ApprovalRequest:
        more = self._given[measure]
        return ApprovalRequest(
            tool_use_id=question_id(measure, self._answers[measure] + 1),
            tool=TOOL,
            input={measure: more},
            reason=f"{self._reason(measure)}: go on with {more:g} more?",
        )

    def _reason(self, measure: Measure) -> str:
        """Return why no turn may begin: a limit is reached, or may be reached.

        It may be reached if some turns have no price.
        """
        limit = f"{self._limits[measure]:g} {UNITS[measure]}"
        if self._spent[measure] >= self._limits[measure]:
            return f"The budget of {limit} is spent"
        turns = (
            "1 turn" if self._unpriced_turns == 1 else f"{self._unpriced_turns} turns"
        )
        return f"What {turns} cost is not known, so the budget of {limit} may be spent"

    def _on_answer(self, approval: Approval, measure: Measure | None) -> None:
        if measure is None:
            return
        self._answers[measure] += 1
        if approval.decision == "approved":
            if measure == "usd":
                self._unpriced_turns = 0
            edited = _number((approval.input or {}).get(measure))
            if measure in self._limits:
                self._limits[measure] += edited or self._given.get(measure, 0.0)

    def _time_of(self, event: Event) -> float:
        return event.ts / 1000 if event.ts else self._clock()

    def _accrue_time(self, now: float, *, goes_on: bool = False) -> None:
        """Add the running time since the last call to the seconds spent."""
        if self._running_since is not None:
            self._spent["seconds"] += max(0.0, now - self._running_since)
            self._running_since = now if goes_on else None


def _number(edited: object) -> float:
    """Return the number that a person typed for a limit; 0 if it is none."""
    try:
        number = float(edited) if isinstance(edited, int | float) else 0.0
    except OverflowError:
        return 0.0
    return number if 0 < number < math.inf else 0.0
