import asyncio
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from sessions_app.delivery.server.slots import Slots

LONG_S = 60.0


async def test_who_has_all_that_one_may_have_holds_up_nobody_else() -> None:
    slots = Slots(3, 9, 9)
    greedy, other = {"a": 2}, {"b": 2}
    assert [slots.take_now(greedy) for _ in range(3)] == [True, True, False]
    waiting = asyncio.create_task(slots.acquire(greedy, LONG_S))
    await asyncio.sleep(0)
    assert await slots.acquire(other, 0)
    assert not waiting.done()
    slots.free(greedy)
    assert await waiting


async def test_slots_are_given_in_the_order_of_coming() -> None:
    slots = Slots(1, 9, 9)
    assert slots.take_now({"a": 1})
    came: list[int] = []

    async def wait(number: int) -> None:
        assert await slots.acquire({str(number): 1}, LONG_S)
        came.append(number)

    waits = []
    for number in range(4):
        waits.append(asyncio.create_task(wait(number)))
        await asyncio.sleep(0)
    slots.free({"a": 1})
    for number in range(4):
        await waits[number]
        slots.free({str(number): 1})
    assert came == [0, 1, 2, 3]
    assert slots.in_use == 0


async def is_refused_at_once(slots: Slots, who: str) -> bool:
    asking = asyncio.create_task(slots.acquire({who: 1}, LONG_S))
    await asyncio.sleep(0)
    return asking.done() and not asking.result()


async def test_more_than_may_wait_are_refused_at_once() -> None:
    slots = Slots(1, 3, 1)
    assert slots.take_now({"a": 1})
    waits = [asyncio.create_task(slots.acquire({who: 1}, LONG_S)) for who in "ab"]
    await asyncio.sleep(0)
    assert await is_refused_at_once(slots, "a")  # one of theirs waits already
    waits.append(asyncio.create_task(slots.acquire({"c": 1}, LONG_S)))
    await asyncio.sleep(0)
    assert await is_refused_at_once(slots, "d")  # three wait in all
    for wait in waits:
        wait.cancel()
    await asyncio.gather(*waits, return_exceptions=True)
    assert slots.waiting == 0


async def test_who_has_waited_for_too_long_is_refused() -> None:
    slots = Slots(1, 2, 2)
    assert slots.take_now({"a": 1})
    assert not await slots.acquire({"b": 1}, 0.01)
    slots.free({"a": 1})
    assert slots.take_now({"b": 1})


STEPS = st.lists(
    st.tuples(st.sampled_from(["take", "free", "leave"]), st.sampled_from("abc")),
    max_size=40,
)


@given(steps=STEPS, most=st.integers(1, 4), of_one=st.integers(1, 3))
def test_slots_give_what_a_queue_that_is_searched_each_time_gives(
    steps: list[tuple[str, str]], most: int, of_one: int
) -> None:
    asyncio.run(compare(steps, most, of_one))


async def compare(steps: list[tuple[str, str]], most: int, of_one: int) -> None:
    slots = Slots(most, 99, 99)
    tasks: list[tuple[str, asyncio.Task[bool]]] = []
    queue: list[tuple[str, int]] = []  # the oracle's: who waits, by task
    has: Counter[str] = Counter()
    owners: dict[int, str] = {}
    for what, who in steps:
        limits = {who: of_one}
        if what == "take":
            tasks.append((who, asyncio.create_task(slots.acquire(limits, LONG_S))))
            queue.append((who, len(tasks) - 1))
        elif what == "free" and has[who]:
            has[who] -= 1
            slots.free(limits)
        elif what == "leave":
            found = next((entry for entry in queue if entry[0] == who), None)
            if found:
                queue.remove(found)
                tasks[found[1]][1].cancel()
        for entry in list(queue):
            if has.total() < most and has[entry[0]] < of_one:
                queue.remove(entry)
                has[entry[0]] += 1
                owners[entry[1]] = entry[0]
        for _ in range(3):
            await asyncio.sleep(0)
        given = {n for n, (_, task) in enumerate(tasks) if task.done()}
        given -= {n for n, (_, task) in enumerate(tasks) if task.cancelled()}
        assert given == set(owners)
        assert slots.in_use == has.total()
        assert slots.waiting == len(queue)
    for _, task in tasks:
        task.cancel()
    await asyncio.gather(*(task for _, task in tasks), return_exceptions=True)
