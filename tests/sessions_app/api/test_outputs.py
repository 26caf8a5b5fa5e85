import pytest
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pytest_django import Settings

from sessions_app.models import AgentSession, Output
from sessions_app.outputs.page import read_output
from tests.sessions_app.answer import Answer


@pytest.fixture
def output(session: AgentSession) -> Output:
    return Output.objects.create(session=session, data=b"x" * 1_000, total_bytes=5_000)


def get(client: Client, output: Output, query: str = "") -> Answer:
    return client.get(f"/sessions/{output.session_id}/outputs/{output.pk}{query}")


def test_an_output_is_plain_text_to_be_saved(as_alice: Client, output: Output) -> None:
    answer = get(as_alice, output)
    assert (answer.status_code, answer.content) == (200, b"x" * 1_000)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Cache-Control"] == "private, no-store"
    assert (answer["X-Output-Kept"], answer["X-Output-Total"]) == ("1000", "5000")
    assert "X-Output-Next" not in answer


def test_pages_follow_each_other(
    as_alice: Client, output: Output, settings: Settings
) -> None:
    settings.OUTPUT_PAGE_MAX_BYTES = 600
    first = get(as_alice, output, "?limit=100000")
    assert (len(first.content), first["X-Output-Next"]) == (600, "600")
    second = get(as_alice, output, "?offset=600")
    assert len(second.content) == 400
    assert "X-Output-Next" not in second
    beyond = get(as_alice, output, "?offset=99999999999999")
    assert (beyond.status_code, beyond.content) == (200, b"")


@pytest.mark.parametrize("query", ["?offset=-1", "?limit=x", "?offset=" + "1" * 30])
def test_a_bad_number_says_so(as_alice: Client, output: Output, query: str) -> None:
    answer = get(as_alice, output, query)
    assert answer.status_code == 400
    assert b"expected a whole number" in answer.content


def test_an_output_is_for_those_who_may_see_its_session(
    client: Client, as_bob: Client, as_root: Client, output: Output
) -> None:
    assert get(client, output).status_code == 401
    assert get(as_bob, output).status_code == 404
    assert get(as_root, output).status_code == 200


def test_an_output_of_another_session_is_not_found(
    as_alice: Client, alice: User, output: Output
) -> None:
    other = AgentSession.objects.create(owner=alice, title="t", prompt="p")
    path = f"/sessions/{other.pk}/outputs/{output.pk}"
    assert as_alice.get(path).status_code == 404


class Pages(TestCase):
    @given(st.text(), st.integers(1, 9))
    def test_join_to_the_whole_text_and_part_between_characters(
        self, text: str, limit: int
    ) -> None:
        data = text.encode("utf-8", "replace")
        session = AgentSession.objects.create(title="t", prompt="p")
        output = Output.objects.create(session=session, data=data, total_bytes=0)
        pages: list[bytes] = []
        offset: int | None = 0
        while offset is not None:
            page = read_output(session.pk, output.pk, offset, limit)
            assert page is not None
            pages.append(page.data)
            offset = page.next
        assert b"".join(pages) == data
        if limit >= 4:
            for part in pages:
                part.decode()
