from django.test import Client


def test_what_browsers_keep_of_the_page_is_the_same_for_everybody(
    client: Client, as_alice: Client
) -> None:
    for path in ("/offline/", "/service-worker.js", "/manifest.webmanifest"):
        mine, anybody = as_alice.get(path), client.get(path)
        assert anybody.status_code == 200, path
        assert mine.content == anybody.content, path
        assert not mine.cookies, path
    worker = client.get("/service-worker.js")
    assert worker.headers["Content-Type"] == "text/javascript"
    assert b'"/offline/"' in worker.content
