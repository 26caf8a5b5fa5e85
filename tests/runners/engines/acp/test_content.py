"""Images and resources, in an agent's own messages and in results of its tools."""

from typing import Any

from sessions_app.protocol.wire import Json
from tests.runners.engines.acp.conftest import Agents
from tests.runners.engines.acp.piped import lines_of
from tests.runners.engines.acp.steps import CALL, DONE
from tests.runners.engines.acp.test_fuzz import line_of, said
from tests.runners.sessions import Sessions

DOT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)
IMAGE: Json = {"type": "image", "data": DOT, "mimeType": "image/png"}
NAMED = [("a", "m1"), ("1", "m1"), ("b", ""), ("c1", "m2"), ("c2", "m2")]
LINK: Json = {"type": "resource_link", "uri": "file:///w/plan.md", "name": "plan.md"}
FILE: Json = {
    "type": "resource",
    "resource": {"uri": "file:///w/a.txt", "text": "one", "mimeType": "text/plain"},
}
DRAWN: Json = {
    "type": "resource",
    "resource": {"uri": "file:///w/a.png", "blob": DOT, "mimeType": "image/png"},
}


def shown(content: Json, message: str = "m1") -> Json:
    kind = "agent_message_chunk"
    return {"sessionUpdate": kind, "messageId": message, "content": content}


async def texts_of(*updates: Json) -> list[Json]:
    lines, _ = await lines_of([line_of(update) for update in updates])
    return [line for line in lines if line["type"] == "text"]


async def test_what_is_no_text_in_a_message_keeps_its_place() -> None:
    parts = [said("Before. "), shown(IMAGE), said("Between."), shown(LINK), shown(FILE)]
    found = [(text["text"], text.get("content")) for text in await texts_of(*parts)]
    image = {"kind": "image", "data": DOT, "mediaType": "image/png"}
    link = {"kind": "resource", "uri": "file:///w/plan.md", "title": "plan.md"}
    file = {"kind": "resource", "uri": "file:///w/a.txt", "text": "one"}
    assert found == [
        ("Before. ", None),
        ("", [image]),
        ("Between.", None),
        ("", [link]),
        ("", [file | {"mediaType": "text/plain"}]),
    ]


async def test_a_notice_without_a_name_belongs_to_no_message_beside_it() -> None:
    said_of = [shown({"type": "text", "text": text}, m) for text, m in NAMED]
    assert [text["text"] for text in await texts_of(*said_of)] == ["a1", "b", "c1c2"]


async def test_an_image_without_data_is_named_and_not_fetched() -> None:
    elsewhere = {"type": "image", "uri": "https://example.org/a.png", "data": ""}
    (text,) = await texts_of(shown(elsewhere))
    (block,) = text["content"]
    assert (block["kind"], block["uri"]) == ("resource", elsewhere["uri"])


async def test_what_has_no_place_is_said_in_words() -> None:
    (text,) = await texts_of(shown({"type": "audio", "data": "…"}))
    assert text["text"] == "[audio]"


def test_images_are_kept_as_outputs_and_nothing_of_them_in_the_log(
    agents: Agents, sessions: Sessions
) -> None:
    several = [{"type": "content", "content": one} for one in (IMAGE, DRAWN, LINK)]
    agents.script(
        [
            {"say": "Look:"},
            {"update": shown(IMAGE)},
            {"update": CALL},
            {"update": DONE | {"content": several}},
        ]
    )
    process = agents.start("draw")
    assert process.wait() == 0, process.errors()
    (session_id,) = sessions.ids()
    first, drawn = sessions.events(session_id, "text")
    assert first["text"] == "Look:"
    kept = [
        *drawn["content"],
        *sessions.events(session_id, "tool_result")[0]["content"],
    ]
    assert [kind_of(block) for block in kept] == ["image"] * 3 + ["resource"]
    assert sessions.count("sessions_app_output") == 3
    assert DOT not in "".join(sessions.lines(session_id))


def kind_of(block: dict[str, Any]) -> str:
    """An image counts only once it is kept."""
    is_kept = bool(block.get("outputId")) and block.get("mediaType") == "image/png"
    return block["kind"] if is_kept or block["kind"] != "image" else "lost"
