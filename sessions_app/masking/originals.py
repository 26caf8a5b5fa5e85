import secrets
from collections.abc import Callable, Collection, Iterable, Mapping

import msgspec
from django.conf import settings

from sessions_app.masking.mask import masked
from sessions_app.masking.secret_spans import without_secrets
from sessions_app.models import AgentSession, MaskedOriginal
from sessions_app.protocol.encoding.codec import decode_event, encode
from sessions_app.protocol.events import Event

PROMPT = "prompt"
OPTIONS = "options"


def keep_event(session_id: str, event: Event) -> str:
    """Store the event as it was before masking; return its `unmasked_id`."""
    name = f"u_{secrets.token_hex(8)}"
    _keep(session_id, name, encode(event).encode())
    return name


def with_originals(session_id: str, log: Iterable[Event]) -> list[Event]:
    """Replace masked events by their originals, for the session's own agent.

    An event stays masked if its original cannot be decrypted (it comes from another
    installation, or SECRET_KEY has changed) or was redacted.
    """
    events = list(log)
    found = _read(session_id, [e.unmasked_id for e in events if e.unmasked_id])
    return [_original(event, found.get(event.unmasked_id)) for event in events]


def masked_words(text: str) -> str:
    """Return a person's or agent's text as it may be stored unencrypted."""
    return without_secrets(text) if settings.MASK_SECRETS else text


def masked_json(data: str) -> str:
    """Mask secrets in JSON; without any, the same string is returned."""
    if not settings.MASK_SECRETS:
        return data
    value = msgspec.json.decode(data)
    cover = masked(value, without_secrets)
    return data if cover == value else msgspec.json.encode(cover).decode()


def keep_prompt(session: AgentSession, prompt: str) -> None:
    """Store a session's original prompt if the one on its row is masked."""
    if session.prompt != prompt:
        _keep(session.pk, PROMPT, prompt.encode())


def prompt_of(session: AgentSession) -> str:
    """Return the session's original prompt, as its agent receives it."""
    return _text(session.pk, PROMPT) or session.prompt


def masked_options(options: Mapping[str, object]) -> dict[str, object]:
    """Mask secrets in a session's options, which hold a program's command line."""
    cover: dict[str, object] = masked(dict(options), masked_words)
    return cover


def keep_options(session: AgentSession, options: Mapping[str, object]) -> None:
    """Store a session's original options if those on its row are masked."""
    if session.options != options:
        _keep(session.pk, OPTIONS, msgspec.json.encode(options))


def options_of(session: AgentSession) -> dict[str, object]:
    """Return a session's options unmasked."""
    text = _text(session.pk, OPTIONS)
    options: dict[str, object] = msgspec.json.decode(text) if text else session.options
    return options


def keep_command(session_id: str, command_id: int, data: str) -> None:
    """Store a command's original JSON if the one on its row is masked."""
    _keep(session_id, _command(command_id), data.encode())


def original_commands(
    session_ids: Collection[str], command_ids: Iterable[int]
) -> dict[int, str]:
    """Return the original JSON, by id, of those commands that are stored masked."""
    names = {_command(id_): id_ for id_ in command_ids}
    rows = MaskedOriginal.objects.filter(session__in=session_ids, name__in=names)
    found = {row.name: _unsealed(row) for row in rows}
    return {names[n]: data.decode() for n, data in found.items() if data is not None}


def forget_events(session_id: str, unmasked_ids: Iterable[str]) -> None:
    """Delete the originals of masked events whose text was redacted."""
    _forget(session_id, unmasked_ids)


def forget_command(session_id: str, command_id: int) -> None:
    _forget(session_id, [_command(command_id)])


def forget_prompt(session_id: str) -> None:
    _forget(session_id, [PROMPT])


def forget_originals(session_id: str, says: Callable[[str], bool]) -> None:
    """Delete the originals that `says` accepts, and those that cannot be decrypted."""
    rows = MaskedOriginal.objects.filter(session=session_id)
    for row in rows.iterator():
        data = _unsealed(row)
        if data is None or says(data.decode(errors="replace")):
            MaskedOriginal.objects.filter(pk=row.pk).delete()


def _forget(session_id: str, names: Iterable[str]) -> None:
    rows = MaskedOriginal.objects.filter(session=session_id)
    rows.filter(name__in=list(names)).delete()


def _command(command_id: int) -> str:
    return f"command:{command_id}"


def _original(event: Event, data: bytes | None) -> Event:
    if data is None:
        return event
    return msgspec.structs.replace(
        decode_event(data), session_id=event.session_id, seq=event.seq, ts=event.ts
    )


def _keep(session_id: str, name: str, data: bytes) -> None:
    # Slow to import, and few processes need it.
    from sessions_app.masking.vault import seal

    sealed = seal(session_id, data)
    MaskedOriginal.objects.create(session_id=session_id, name=name, data=sealed)


def _text(session_id: str, name: str) -> str | None:
    data = _read(session_id, [name]).get(name)
    return None if data is None else data.decode()


def _read(session_id: str, names: Collection[str]) -> Mapping[str, bytes]:
    if not names:
        return {}
    rows = MaskedOriginal.objects.filter(session=session_id)
    wanted = set(names)
    found = {row.name: _unsealed(row) for row in rows.iterator() if row.name in wanted}
    return {name: data for name, data in found.items() if data is not None}


def _unsealed(row: MaskedOriginal) -> bytes | None:
    from sessions_app.masking.vault import unseal

    return unseal(row.session_id, bytes(row.data))
