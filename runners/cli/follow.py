import asyncio
import sys
from collections import Counter

from django.contrib.auth.models import User

from runners.cli.signals import stop_signals
from runners.follow.follower import Follower
from runners.process.runner import Runner
from sessions_app.agents.places import AgentPlaces


async def follow(owner: User, places: AgentPlaces, *, once: bool) -> int:
    """Follow until Ctrl-C, or until all that is there is taken in; the exit code."""
    async with Runner() as runner:
        follower = Follower(runner.context, owner, places)
        with stop_signals(follower.stop, follower.stop):
            following = asyncio.create_task(follower.run())
            caught_up = asyncio.create_task(follower.has_caught_up.wait())
            await asyncio.wait(
                [following, caught_up], return_when=asyncio.FIRST_COMPLETED
            )
            if caught_up.done():
                sys.stdout.write(_summary(follower.found, owner))
                sys.stdout.flush()
            caught_up.cancel()
            if once:
                follower.stop()
            await following
    return 0


def _summary(found: Counter[str], owner: User) -> str:
    if not found:
        return "No transcripts yet: they are followed as soon as an agent writes one.\n"
    named = ", ".join(f"{count} of {label}" for label, count in sorted(found.items()))
    return f"Taken in for {owner.get_username()}: {named}. They are followed now.\n"
