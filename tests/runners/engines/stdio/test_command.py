import pytest

from runners.engines.stdio.command import own_environment


@pytest.mark.parametrize(
    ("before", "given"), [("Asia/Tokyo", "Asia/Tokyo"), ("", None)]
)
def test_a_program_has_the_time_zone_from_before_django(
    monkeypatch: pytest.MonkeyPatch, before: str, given: str | None
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("RINGSIDE_TZ", before)
    assert own_environment().get("TZ") == given
