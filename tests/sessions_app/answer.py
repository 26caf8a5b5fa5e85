from typing import TYPE_CHECKING

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

if TYPE_CHECKING:  # the stubs have a class of their own for what a client gets
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer
else:
    Answer = HttpResponse

__all__ = ["Answer", "streamed"]


async def streamed(answer: HttpResponseBase) -> bytes:
    """Take in all of an answer that comes in parts."""
    assert isinstance(answer, StreamingHttpResponse)
    return b"".join([part async for part in answer])
