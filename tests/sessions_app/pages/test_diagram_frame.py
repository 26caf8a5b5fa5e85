from django.test import Client


def directives(client: Client, path: str) -> dict[str, str]:
    policy = client.get(path)["Content-Security-Policy"]
    return dict(part.strip().partition(" ")[::2] for part in policy.split(";"))


def test_the_frame_that_draws_is_a_sandbox_without_network(client: Client) -> None:
    policy = directives(client, "/diagram/")
    assert policy["sandbox"] == "allow-scripts"
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert "connect-src" not in policy
    assert "img-src" not in policy


def test_only_pages_of_ours_may_frame_it(client: Client) -> None:
    assert directives(client, "/diagram/")["frame-ancestors"] == "'self'"
    assert client.get("/diagram/")["X-Frame-Options"] == "SAMEORIGIN"


def test_pages_may_frame_nothing_else_and_are_framed_by_nobody(
    as_alice: Client,
) -> None:
    policy = directives(as_alice, "/")
    assert policy["frame-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe-inline" not in str(policy)
    assert as_alice.get("/")["X-Frame-Options"] == "DENY"
