from collections.abc import Collection
from contextlib import suppress

from django.db import DatabaseError

from runners.permissions.rules import Rules
from runners.records.rulebook import add_rules, rules_of, variables_of
from runners.records.title import retitle
from runners.records.tool_processes import (
    forget_process,
    forget_processes,
    note_process,
)
from runners.records.workdir import note_changes
from sessions_app.commands.message_claim import take_messages
from sessions_app.log.database.reader import Reader
from sessions_app.masking.originals import keep_event
from sessions_app.outputs.store import keep, keep_image
from sessions_app.protocol.events import Event


class SessionRecords:
    """A run's access to the tables beside its session's log."""

    def __init__(self, reader: Reader, session_id: str) -> None:
        self._reader = reader
        self._session_id = session_id

    async def keep(self, data: bytes, total_bytes: int) -> str:
        """Store an output, or its beginning; it is committed when this returns."""
        return await self._reader.read(keep, self._session_id, data, total_bytes)

    async def keep_image(self, data: bytes) -> str:
        """Store an image as an output; it is committed when this returns."""
        return await self._reader.read(keep_image, self._session_id, data)

    async def keep_original(self, event: Event) -> str:
        """Store an event as it was before masking; returns its `unmasked_id`."""
        return await self._reader.read(keep_event, self._session_id, event)

    async def retitle(self, title: str) -> None:
        """Name the session as its agent does; without a database it keeps its name."""
        with suppress(DatabaseError):
            await self._reader.read(retitle, self._session_id, title)

    async def rules(self) -> Rules:
        return await self._reader.read(rules_of, self._session_id)

    async def variables(self) -> tuple[str, ...]:
        return await self._reader.read(variables_of, self._session_id)

    async def allow(self, rule: str) -> None:
        await self._reader.read(add_rules, self._session_id, [rule])

    async def take_messages(self, command_ids: Collection[int]) -> list[int]:
        """Take messages for the agent; returns those not withdrawn, in order."""
        return await self._reader.read(take_messages, command_ids)

    async def note_changes(self, added: int, removed: int, files: int) -> None:
        # Counts that are missed come with the next change.
        with suppress(DatabaseError):
            await self._reader.read(
                note_changes, self._session_id, added, removed, files
            )

    async def note_process(self, pid: int) -> None:
        await self._reader.read(note_process, self._session_id, pid)

    async def forget_process(self, pid: int) -> None:
        # A record that remains only causes one needless question.
        with suppress(DatabaseError):
            await self._reader.read(forget_process, self._session_id, pid)

    async def forget_processes(self) -> None:
        """Delete the command records of the whole tree: a person has checked them."""
        await self._reader.read(forget_processes, self._session_id)
