import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

Limits = Mapping[str, int]  # by who asks: how many slots they may have at once


@dataclass(eq=False, slots=True)
class Waiter:
    """Somebody who waits for a slot; the future is done when the slot is given."""

    limits: Limits
    given: asyncio.Future[None]


class Slots:
    """So many things at once in all, and so many of each who asks; others wait.

    Who waits gets the next free slot in the order of coming, but nobody waits behind
    somebody who has as many as they may. How many may wait is bounded as well, in all
    and for each.
    """

    def __init__(self, most: int, waiting: int, waiting_of_one: int) -> None:
        self._most = most
        self._most_waiting = waiting
        self._most_waiting_of_one = waiting_of_one
        self._taken: Counter[str] = Counter()
        self._waits: Counter[str] = Counter()
        self._waiters: dict[Waiter, None] = {}  # in the order of coming
        self.in_use = 0

    @property
    def waiting(self) -> int:
        return len(self._waiters)

    async def acquire(self, limits: Limits, patience_s: float) -> bool:
        """Take a slot, now or in a while; False: too many wait, or it took too long."""
        if self.take_now(limits):
            return True
        if not self._may_wait(limits):
            return False
        waiter = Waiter(limits, asyncio.get_running_loop().create_future())
        self._waiters[waiter] = None
        self._waits.update(limits.keys())
        try:
            async with asyncio.timeout(patience_s):
                await waiter.given
        except BaseException as error:
            if self._give_up(waiter):  # it was given at this very moment
                self.free(limits)
            if isinstance(error, TimeoutError):
                return False
            raise
        return True

    def take_now(self, limits: Limits) -> bool:
        """Take a slot if there is one; whoever waits could not have had it."""
        if not self._fits(limits):
            return False
        self.in_use += 1
        self._taken.update(limits.keys())
        return True

    def free(self, limits: Limits) -> None:
        """Give a slot back."""
        self.in_use -= 1
        _subtract(self._taken, limits)
        for waiter in list(self._waiters):
            if self.in_use >= self._most:
                return
            if not waiter.given.done() and self.take_now(waiter.limits):
                self._forget(waiter)
                waiter.given.set_result(None)

    def _fits(self, limits: Limits) -> bool:
        if self.in_use >= self._most:
            return False
        return all(self._taken[who] < most for who, most in limits.items())

    def _may_wait(self, limits: Limits) -> bool:
        if len(self._waiters) >= self._most_waiting:
            return False
        return all(self._waits[who] < self._most_waiting_of_one for who in limits)

    def _give_up(self, waiter: Waiter) -> bool:
        """Wait no longer; tell whether the slot was given all the same."""
        if waiter not in self._waiters:
            return True
        self._forget(waiter)
        return False

    def _forget(self, waiter: Waiter) -> None:
        del self._waiters[waiter]
        _subtract(self._waits, waiter.limits)


def _subtract(counts: Counter[str], limits: Limits) -> None:
    for who in limits:
        counts[who] -= 1
        if counts[who] <= 0:
            del counts[who]
