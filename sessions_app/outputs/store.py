import msgspec
from django.conf import settings

from sessions_app.masking.secret_spans import without_secrets_in
from sessions_app.models import Output
from sessions_app.protocol.encoding.codec import decode_event
from sessions_app.protocol.events import Event
from sessions_app.protocol.fields.raster import raster_type


def keep(session_id: str, data: bytes, total_bytes: int) -> str:
    """Store an output, or the beginning of it; return its id."""
    if settings.MASK_SECRETS:
        data = without_secrets_in(data)
    output = Output.objects.create(
        session_id=session_id, data=data, total_bytes=total_bytes
    )
    return output.pk


def keep_image(session_id: str, data: bytes) -> str:
    """Store an image as it is; return its output's id."""
    output = Output.objects.create(
        session_id=session_id, data=data, total_bytes=len(data)
    )
    return output.pk


def read_image(session_id: str, output_id: str) -> tuple[bytes, str] | None:
    """Read an image and its media type; None of any other output."""
    outputs = Output.objects.filter(session=session_id, pk=output_id)
    small = outputs.filter(total_bytes__lte=settings.IMAGE_MAX_BYTES)
    data = bytes(small.values_list("data", flat=True).first() or b"")
    media_type = raster_type(data)
    return (data, media_type) if media_type else None


def whole(event: Event) -> Event:
    """Return the whole of a cut event; the event itself if no output holds it."""
    kept = Output.objects.filter(session=event.session_id, pk=event.whole_id).first()
    if kept is None:
        return event
    return msgspec.structs.replace(
        decode_event(bytes(kept.data)),
        session_id=event.session_id,
        seq=event.seq,
        ts=event.ts,
    )
