from runners.simulator.api.signature import sign, signed


def test_a_signature_holds_for_its_text() -> None:
    assert signed("a thought", sign("a thought"))


def test_a_signature_does_not_hold_for_another_text() -> None:
    assert not signed("a thought ", sign("a thought"))


def test_a_foreign_signature_is_refused_whatever_its_characters() -> None:
    assert not signed("a thought", "größer")
