from sessions_app.protocol.close_codes import CloseCode


def test_the_codes_are_those_of_the_language() -> None:
    assert {code.name: code.value for code in CloseCode} == {
        "RESTARTING": 1012,
        "MALFORMED": 4400,
        "NOT_SIGNED_IN": 4401,
        "NOT_ALLOWED": 4403,
        "SLOW_CONSUMER": 4408,
        "TOO_MANY_SOCKETS": 4429,
    }
