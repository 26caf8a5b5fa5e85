from collections.abc import Mapping
from http import HTTPStatus


class StreamRefusal(Exception):
    """A request to a stream that is refused: an HTTP status, and what to do.

    `headers` tell a program what the sentence tells people.
    """

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})


def bad_request(detail: str) -> StreamRefusal:
    return StreamRefusal(HTTPStatus.BAD_REQUEST, detail)


def not_found() -> StreamRefusal:
    return StreamRefusal(
        HTTPStatus.NOT_FOUND, "There is no such stream, or you may not see it."
    )
