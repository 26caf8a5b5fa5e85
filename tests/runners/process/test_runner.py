import asyncio
import threading

import pytest
from django.conf import LazySettings

from runners.process.runner import Runner

JOIN_S = 5.0


@pytest.mark.django_db(transaction=True)
async def test_a_runner_that_cannot_begin_leaves_nothing_open(
    settings: LazySettings,
) -> None:
    settings.ANTHROPIC_API_KEY, settings.ANTHROPIC_BASE_URL = "a key", 5
    tasks, threads = asyncio.all_tasks(), {*threading.enumerate()}
    with pytest.raises((AttributeError, TypeError)):
        await Runner().__aenter__()
    for thread in {*threading.enumerate()} - threads:
        thread.join(JOIN_S)
        assert not thread.is_alive(), thread.name
    assert asyncio.all_tasks() == tasks
