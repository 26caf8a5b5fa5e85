import pytest
from django.test import Client
from pytest_django import Settings

from sessions_app.models import AgentSession
from sessions_app.outputs.store import keep_image
from tests.sessions_app.answer import Answer

PNG = b"\x89PNG\r\n\x1a\n" + b"sk-" + b"ant-api03-" + b"A" * 40
IMAGES = {
    "image/png": PNG,
    "image/jpeg": b"\xff\xd8\xff\xe0 and so on",
    "image/gif": b"GIF89a and so on",
    "image/webp": b"RIFF\x10\0\0\0WEBPVP8 and so on",
}
OTHERS = [
    b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
    b"<!doctype html><script>1</script>",
    b"%PDF-1.7",
    b"RIFF\x10\0\0\0WAVE",
    b"",
]


def get(client: Client, session: AgentSession, output_id: str) -> Answer:
    return client.get(f"/sessions/{session.pk}/outputs/{output_id}/image")


@pytest.mark.parametrize("media_type", IMAGES)
def test_an_image_is_shown_as_what_its_bytes_are(
    as_alice: Client, session: AgentSession, media_type: str
) -> None:
    data = IMAGES[media_type]
    answer = get(as_alice, session, keep_image(session.pk, data))
    assert (answer.status_code, answer.content) == (200, data)
    assert answer["Content-Type"] == media_type
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("data", OTHERS)
def test_what_is_no_raster_image_is_never_shown_as_one(
    as_alice: Client, session: AgentSession, data: bytes
) -> None:
    assert get(as_alice, session, keep_image(session.pk, data)).status_code == 404


def test_an_image_that_is_too_large_is_not_read(
    as_alice: Client, session: AgentSession, settings: Settings
) -> None:
    settings.IMAGE_MAX_BYTES = len(PNG) - 1
    assert get(as_alice, session, keep_image(session.pk, PNG)).status_code == 404


def test_an_image_is_for_those_who_may_see_its_session(
    client: Client, as_bob: Client, as_root: Client, session: AgentSession
) -> None:
    name = keep_image(session.pk, PNG)
    assert get(client, session, name).status_code == 401
    assert get(as_bob, session, name).status_code == 404
    assert get(as_root, session, name).status_code == 200
    other = AgentSession.objects.create(title="t", prompt="p")
    assert get(as_root, session, keep_image(other.pk, PNG)).status_code == 404
