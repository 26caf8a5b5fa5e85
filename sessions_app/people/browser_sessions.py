"""Django's browser sessions in the database, stored under a hash of their key.

The setting SESSION_ENGINE names this module.
"""

import hashlib
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

STORED_KEY_CHARS = 40  # the column's length; holds 160 bits of the hash


def stored_key(session_key: str | None) -> str:
    """Return the hash under which the database stores a cookie's session key.

    The key has some 165 random bits, so the hash needs no salt and may be fast.
    """
    hashed = hashlib.sha256((session_key or "").encode()).hexdigest()
    return hashed[:STORED_KEY_CHARS]


class SessionStore(db.SessionStore):
    """The session of one browser; its row is found by the hash of the cookie's key.

    The database and its backups hold no key that would sign a reader in.
    """

    def exists(self, session_key: str) -> bool:
        return self._rows(session_key).exists()

    async def aexists(self, session_key: str) -> bool:
        return await self._rows(session_key).aexists()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = super().create_model_instance(data)
        return Session(
            session_key=stored_key(row.session_key),
            session_data=row.session_data,
            expire_date=row.expire_date,
        )

    async def acreate_model_instance(self, data: dict[str, Any]) -> Session:
        row = await super().acreate_model_instance(data)
        return Session(
            session_key=stored_key(row.session_key),
            session_data=row.session_data,
            expire_date=row.expire_date,
        )

    def delete(self, session_key: str | None = None) -> None:
        self._rows(session_key or self.session_key).delete()

    async def adelete(self, session_key: str | None = None) -> None:
        await self._rows(session_key or self.session_key).adelete()

    def _get_session_from_db(self) -> Session | None:
        return self._found(self._live().first())

    async def _aget_session_from_db(self) -> Session | None:
        return self._found(await self._live().afirst())

    def _live(self) -> QuerySet[Session]:
        return self._rows(self.session_key).filter(expire_date__gt=timezone.now())

    def _rows(self, session_key: str | None) -> QuerySet[Session]:
        return Session.objects.filter(session_key=stored_key(session_key))

    def _found(self, row: Session | None) -> Session | None:
        if row is None:
            self._session_key = None  # as Django does: never adopt a client's own key
        return row
