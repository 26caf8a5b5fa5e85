import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from runners.engines.claude_api.conversation.conversation import Conversation
from runners.engines.claude_api.run.stop import Stop, Stopped
from runners.engines.claude_api.tool_runner import ToolRunner
from runners.tools.call import ToolCall
from sessions_app.protocol.events import ToolResult


class ParallelCalls:
    """Runs the calls of one turn; a stop cancels those that are unfinished.

    Calls may depend on each other in the order in which Claude wrote them. So a call
    that changes something runs alone, after all calls before it; read-only calls and
    sub-agents run in parallel. All calls may ask for approval at once. `emit` writes
    results and folds them into the conversation.
    """

    def __init__(
        self,
        tools: ToolRunner,
        conversation: Conversation,
        stop: Stop,
        emit: Callable[..., Awaitable[None]],
    ) -> None:
        self._tools = tools
        self._conversation = conversation
        self._stop = stop
        self._emit = emit

    async def run(self, calls: Sequence[ToolCall]) -> None:
        """Run the calls; each result is emitted as soon as it is there."""
        tasks = self._start(calls)
        waiting = set(tasks)
        try:
            while waiting:
                async with self._stop:
                    done, waiting = await asyncio.wait(
                        waiting, return_when=asyncio.FIRST_COMPLETED
                    )
                await self._emit(*[task.result() for task in done])
        except Stopped as stopped:
            await _end(waiting)
            ended = [t for t in waiting if not self._goes_on(t, tasks[t], stopped)]
            await self._emit(*[self._outcome(t, tasks[t], stopped) for t in ended])
            raise
        finally:
            await _end(set(tasks))

    def _start(
        self, calls: Sequence[ToolCall]
    ) -> "dict[asyncio.Task[ToolResult], ToolCall]":
        tasks: dict[asyncio.Task[ToolResult], ToolCall] = {}
        for call in calls:
            changes = self._tools.changes(call)
            before = [t for t, c in tasks.items() if changes or self._tools.changes(c)]
            running = self._tools.run(call, partial(_ended, before))
            tasks[asyncio.create_task(running)] = call
        return tasks

    def _goes_on(
        self, task: "asyncio.Task[ToolResult]", call: ToolCall, stopped: Stopped
    ) -> bool:
        """Whether the next runner can continue this call."""
        if stopped.status != "left" or not task.cancelled():
            return False
        unfinished = {each.tool_use_id for each in self._conversation.unfinished}
        return call.tool_use_id in unfinished

    def _outcome(
        self, task: "asyncio.Task[ToolResult]", call: ToolCall, stopped: Stopped
    ) -> ToolResult:
        if task.cancelled():
            return self._tools.stopped(call, stopped.status)
        return task.result()


async def _ended(tasks: "Sequence[asyncio.Task[ToolResult]]") -> None:
    """Wait until these calls have ended. Raises the exception of one that failed."""
    if tasks:
        await asyncio.wait(tasks)
    for task in tasks:
        task.result()


async def _end(tasks: "set[asyncio.Task[ToolResult]]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
