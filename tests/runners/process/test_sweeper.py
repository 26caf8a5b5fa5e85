import asyncio
from itertools import chain

import pytest
from django.conf import LazySettings

from runners.process.sweeper import Sweeper
from sessions_app.log.database.reader import Reader
from sessions_app.log.sweep import DELTAS
from tests.sessions_app.logbook import (
    delta,
    elsewhere,
    held_session,
    row,
    text,
    until,
    write_log,
)

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]
BLOCKS = 200


async def test_a_long_log_does_not_keep_a_short_one_from_being_swept(
    settings: LazySettings,
) -> None:
    settings.SWEEP_INTERVAL_S = 0.01
    long, short = [await elsewhere(held_session, id=f"s_{n}") for n in range(2)]
    blocks = [f"m1.{number}" for number in range(BLOCKS)]
    said = [(delta("a", block=block), text("a", block=block)) for block in blocks]
    await elsewhere(write_log, long, *chain.from_iterable(said))
    await elsewhere(write_log, short, *said[0])
    reader = Reader(1)
    sweeping = asyncio.create_task(Sweeper(reader).run())

    async def is_short_swept() -> bool:
        swept = await elsewhere(row, short.id)
        return swept.swept_seq == swept.head_seq

    await until(is_short_swept)
    deltas = long.events.filter(type__in=DELTAS)
    assert await elsewhere(deltas.exists)
    sweeping.cancel()
    await asyncio.gather(sweeping, return_exceptions=True)
    await reader.close()


async def test_what_has_nothing_to_sweep_is_passed_over_in_few_steps(
    settings: LazySettings,
) -> None:
    settings.SWEEP_INTERVAL_S = 0.01
    session = await elsewhere(held_session)
    texts = [text("a", block=f"m1.{number}") for number in range(BLOCKS)]
    await elsewhere(write_log, session, *texts)
    reader = Reader(1)
    sweeping = asyncio.create_task(Sweeper(reader).run())

    async def is_swept() -> bool:
        return (await elsewhere(row, session.id)).swept_seq == BLOCKS

    await until(is_swept)
    sweeping.cancel()
    await asyncio.gather(sweeping, return_exceptions=True)
    await reader.close()
