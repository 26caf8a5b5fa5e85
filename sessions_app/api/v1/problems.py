from http import HTTPStatus
from typing import Any

import msgspec
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import Field

from sessions_app.api.errors import ApiError

CONTENT_TYPE = "application/problem+json"


class ProblemDetails(Schema):
    """An error, as RFC 9457 describes it."""

    type: str = "about:blank"
    title: str = Field(description="the HTTP status in words")
    status: int
    detail: str = Field(description="what was wrong, and what to do")


class Problem(Exception):
    """Ends a request with an HTTP status and a sentence for the caller."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


def problem_response(status: int, detail: str) -> HttpResponse:
    details = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    return HttpResponse(
        msgspec.json.encode(details), status=status, content_type=CONTENT_TYPE
    )


def add_handlers(api: NinjaAPI) -> None:
    """Make every error of an API a problem document."""

    @api.exception_handler(Problem)
    def _problem(request: HttpRequest, error: Problem) -> HttpResponse:
        return problem_response(error.status, error.detail)

    @api.exception_handler(ApiError)
    def _api_error(request: HttpRequest, error: ApiError) -> HttpResponse:
        return problem_response(error.status, error.text)

    @api.exception_handler(RequestDataTooBig)
    def _too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
        most = settings.HTTP_BODY_MAX_BYTES
        return problem_response(413, f"A request may have at most {most:,} bytes.")

    @api.exception_handler(HttpError)
    def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem_response(error.status_code, str(error))

    @api.exception_handler(AuthenticationError)
    def _no_caller(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        response = problem_response(
            401, "Send a valid token: Authorization: Bearer ringside_…"
        )
        response["WWW-Authenticate"] = 'Bearer realm="ringside"'
        return response

    @api.exception_handler(ValidationError)
    def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        return problem_response(
            422, "; ".join(_sentence(each) for each in error.errors)
        )


def _sentence(error: dict[str, Any]) -> str:
    # The first part of `loc` is where the value stands: query, path, header, body.
    place = ".".join(str(part) for part in error["loc"][1:]) or "body"
    return f"{place}: {error['msg']}"
