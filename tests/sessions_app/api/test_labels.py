from unicodedata import normalize
from urllib.parse import quote

import pytest
from django.test import Client

from sessions_app.models import AgentSession, Tag
from tests.sessions_app.masking.keys import KEYS

AWS = KEYS[6]


def tags(session: AgentSession) -> list[str]:
    return [tag.name for tag in session.tags.all()]


def test_a_tag_is_given_and_taken_away_and_again_does_no_harm(
    as_alice: Client, session: AgentSession
) -> None:
    before = AgentSession.objects.get(pk=session.pk).updated_at
    for name in ("bug", "bug", "v1.2-fix"):
        answer = as_alice.put(f"/sessions/{session.pk}/tags/{name}")
        assert answer.status_code == 204
    assert tags(session) == ["bug", "v1.2-fix"]
    assert AgentSession.objects.get(pk=session.pk).updated_at > before
    for _ in range(2):
        assert as_alice.delete(f"/sessions/{session.pk}/tags/bug").status_code == 204
    assert tags(session) == ["v1.2-fix"]


@pytest.mark.parametrize(
    "word", ["हिन्दी", "ภาษาไทย", "தமிழ்", "café", "münchen", "نُسْخَة"]
)
def test_a_tag_is_a_word_of_any_script_however_it_was_typed(
    as_alice: Client, session: AgentSession, word: str
) -> None:
    for form in ("NFC", "NFD"):
        name = quote(normalize(form, word))
        assert as_alice.put(f"/sessions/{session.pk}/tags/{name}").status_code == 204
        listed = as_alice.get(f"/sessions/list?tag={name}").json()["rows"]
        assert len(listed) == 1
    assert tags(session) == [normalize("NFC", word)]


@pytest.mark.parametrize(
    "name",
    ["two%20words", "x" * 33, "a,b", "%00"]
    # A mark without a letter; marks and joiners that nobody sees.
    + [
        quote(text)
        for text in ("\u0301x", "x\u034f", "x\ufe0f", "a\u200db", "a\u202eb")
    ],
)
def test_what_is_no_tag_is_explained(
    as_alice: Client, session: AgentSession, name: str
) -> None:
    for call in (as_alice.put, as_alice.delete):
        answer = call(f"/sessions/{session.pk}/tags/{name}")
        assert answer.status_code == 400
        assert "one word" in answer.json()["error"]


def test_a_tag_with_a_secret_is_refused_for_it_is_stored_in_clear(
    as_alice: Client, session: AgentSession
) -> None:
    answer = as_alice.put(f"/sessions/{session.pk}/tags/{''.join(AWS)}")
    assert answer.status_code == 400
    assert "secret" in answer.json()["error"]
    assert tags(session) == []


def test_a_session_at_rest_is_put_away_and_taken_back(
    as_alice: Client, session: AgentSession
) -> None:
    path = f"/sessions/{session.pk}/archive"
    refused = as_alice.put(path)
    assert (refused.status_code, "running" in refused.json()["error"]) == (409, True)
    AgentSession.objects.filter(pk=session.pk).update(status="completed")
    for _ in range(2):
        assert as_alice.put(path).status_code == 204
    assert as_alice.get("/sessions/list").json()["rows"] == []
    assert as_alice.delete(path).status_code == 204
    assert len(as_alice.get("/sessions/list").json()["rows"]) == 1


def test_labels_are_for_those_who_control_the_session(
    as_bob: Client, session: AgentSession
) -> None:
    for path in ("tags/x", "archive"):
        assert as_bob.put(f"/sessions/{session.pk}/{path}").status_code == 404
    assert not Tag.objects.exists()
