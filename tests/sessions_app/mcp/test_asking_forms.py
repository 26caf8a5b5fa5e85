"""What a person is shown of a call that waits, and what they may answer."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx2
import msgspec
import pytest
from django.conf import LazySettings
from mcp.types import ElicitResult

from sessions_app.mcp.api import Api, ToolFailed
from sessions_app.mcp.asgi_transport import AsgiTransport
from sessions_app.mcp.caller import Call, CallingClient
from sessions_app.mcp.tools.arguments import AskArguments
from sessions_app.mcp.tools.asking import ask_person, choices_of, form_of, shown


def waiting(**request: Any) -> dict[str, Any]:
    asked = {"tool": "bash", "input": {"command": "ls"}, "reason": "", **request}
    return {"session": "s_1", "title": "Look", "request": asked}


def test_call_that_is_not_shown_whole_can_only_be_denied(
    settings: LazySettings,
) -> None:
    settings.MCP_ASK_MAX_CHARS = 100
    text, is_whole = shown(waiting(input={"command": "x" * 200}))
    assert (is_whole, len(text) < 250) == (False, True)
    assert "characters more" in text
    assert list(choices_of({"rule": "bash(ls)"}, is_whole)) == ["Deny"]


@pytest.mark.parametrize(("rule", "lasting"), [("", False), ("bash(ls)", True)])
def test_approval_for_the_session_is_offered_where_it_makes_a_rule(
    rule: str, lasting: bool
) -> None:
    words = list(choices_of({"rule": rule}, True))
    assert ("Approve for this session" in words) is lasting


def test_options_of_an_agent_are_offered_in_its_words() -> None:
    options = [
        {"id": "a", "name": "Yes", "kind": "allow_once"},
        {"id": "b", "name": "No", "kind": "reject_once"},
        {"id": "c", "name": "No", "kind": "reject_always"},
    ]
    assert choices_of({"options": options}, True) == {
        "Yes": {"type": "approve", "optionId": "a"},
        "No (b)": {"type": "deny", "optionId": "b"},
        "No (c)": {"type": "deny", "optionId": "c"},
    }


def test_questions_are_fields_of_the_form() -> None:
    choices = [{"value": "x"}, {"value": "y"}]
    questions = [
        {"id": "q1", "text": "Which?", "kind": "one", "choices": choices},
        {"id": "q2", "text": "All?", "kind": "many", "choices": choices},
        {"id": "q3", "text": "How many?", "kind": "integer"},
    ]
    fields = form_of({"questions": questions}, ["Approve once"])["properties"]
    assert fields["question_q1"]["enum"] == ["x", "y"]
    assert fields["question_q2"]["items"]["enum"] == ["x", "y"]
    assert fields["question_q3"]["type"] == "integer"


def test_hidden_characters_are_spelled_out_and_a_title_makes_no_lines() -> None:
    one = waiting(input={"command": "echo \u202egnp"}) | {"title": "Look\n\nls"}
    text, _ = shown(one)
    assert "⟨U+202E⟩" in text
    assert text.startswith("Look ls asks to run bash")


def test_call_that_the_log_has_a_part_of_can_only_be_denied() -> None:
    text, is_whole = shown(waiting(wholeId="o_whole"))
    assert not is_whole
    assert "This is a part" in text


class Agreeing(Mapping[str, Any]):
    """The answers of a person who says yes to whatever is asked."""

    def __getitem__(self, key: str) -> ElicitResult:
        return ElicitResult(action="accept", content={"answer": "Approve once"})

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class Changing:
    """An API whose call that waits is another one each time it is looked at."""

    def __init__(self, *commands: str) -> None:
        self._commands = iter(commands)
        self.answered = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body: dict[str, Any] = {}
        if scope["method"] == "POST":
            self.answered += 1
        else:
            one = waiting(input={"command": next(self._commands)}, toolUseId="t")
            body = {"approvals": [one | {"can_control": True}]}
        await send({"type": "http.response.start", "status": 200, "headers": []})
        data = msgspec.json.encode(body)
        await send({"type": "http.response.body", "body": data})


@pytest.mark.parametrize(("later", "answered"), [("ls", 1), ("rm -rf .", 0)])
async def test_yes_is_to_the_call_that_was_shown(later: str, answered: int) -> None:
    api = Changing("ls", later)
    transport = AsgiTransport(api, ("127.0.0.1", 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://x") as client:
        context: Any = None
        call = Call(CallingClient(Api(client)), context, Agreeing())
        said = AskArguments(session="s_1", tool_use_id="t")
        if answered:
            assert (await ask_person(call, said))["waits"] is False
        else:
            with pytest.raises(ToolFailed, match="not the one that was shown"):
                await ask_person(call, said)
    assert api.answered == answered
