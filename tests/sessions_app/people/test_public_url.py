import pytest
from django.conf import LazySettings

from sessions_app.people.public_url import LOCAL_URL, public_url


@pytest.mark.parametrize(
    ("is_https", "hosts", "origins", "url"),
    [
        (False, ["localhost", "127.0.0.1", "[::1]"], [], LOCAL_URL),
        (False, ["ringside.example.com"], [], LOCAL_URL),
        (True, ["localhost", "127.0.0.1", "[::1]"], [], LOCAL_URL),
        (True, ["*"], [], LOCAL_URL),
        (True, [".example.com"], [], LOCAL_URL),
        (True, ["ringside.example.com"], [], "https://ringside.example.com"),
        (True, ["localhost", "a.example", "b.example"], [], "https://a.example"),
        (True, ["10.0.0.5"], [], "https://10.0.0.5"),
        (
            True,
            ["a.example"],
            ["https://other.example:1", "https://a.example:8443"],
            "https://a.example:8443",
        ),
    ],
)
def test_a_link_leads_where_people_reach_the_pages(
    settings: LazySettings, is_https: bool, hosts: list[str], origins: list[str],
    url: str,
) -> None:  # fmt: skip
    settings.HTTPS = is_https
    settings.ALLOWED_HOSTS = hosts
    settings.CSRF_TRUSTED_ORIGINS = origins
    assert public_url() == url
