import codecs
from dataclasses import dataclass

from django.db.models import BinaryField
from django.db.models.functions import Length, Substr

from sessions_app.models import Output


@dataclass(frozen=True, slots=True)
class OutputPage:
    """A part of a stored output; offsets and sizes are in bytes."""

    data: bytes
    offset: int
    kept: int  # the size of the stored part
    total: int  # the size of the whole output; the part beyond `kept` is lost

    @property
    def next(self) -> int | None:
        """The offset of the next page, None at the end."""
        end = self.offset + len(self.data)
        return end if end < self.kept else None


def read_output(
    session_id: str, output_id: str, offset: int, limit: int
) -> OutputPage | None:
    """Read a page that ends between two characters; None if there is no such output."""
    found = (
        Output.objects.filter(session=session_id, pk=output_id)
        .annotate(
            page=Substr("data", offset + 1, limit, output_field=BinaryField()),
            kept=Length("data"),
        )
        .values_list("page", "kept", "total_bytes")
        .first()
    )
    if found is None:
        return None
    page, kept, total = found
    return OutputPage(_whole_characters(bytes(page or b"")), offset, kept, total)


def _whole_characters(data: bytes) -> bytes:
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    decoder.decode(data)
    begun, _ = decoder.getstate()
    return data[: len(data) - len(begun)] or data
