import pytest
from django.conf import LazySettings
from django.test import AsyncClient, Client


@pytest.mark.parametrize("path", ["/{}", "/?text={}", "/admin/{}/", "/sessions/{}/"])
def test_address_that_is_far_too_long_is_refused(
    client: Client, settings: LazySettings, path: str
) -> None:
    settings.ADDRESS_MAX_CHARS = 300
    refused = client.get(path.format("x" * 300))
    assert refused.status_code == 414
    assert "300 characters" in refused.content.decode()
    assert client.get(path.format("x" * 200)).status_code in {302, 404}


async def test_it_is_refused_to_asynchronous_requests(settings: LazySettings) -> None:
    settings.ADDRESS_MAX_CHARS = 300
    answer = await AsyncClient().get("/sessions/s_x/export.md?" + "x" * 300)
    assert answer.status_code == 414
