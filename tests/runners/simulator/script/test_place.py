from typing import Any

import msgspec
import pytest

from runners.simulator.api.error import InvalidRequestReply
from runners.simulator.api.request import Message
from runners.simulator.script.call_id import new_call_id
from runners.simulator.script.library import Library
from runners.simulator.script.place import ScriptPosition, find_place
from runners.simulator.script.scenario import Scenario

SCRIPT = {
    "about": "Three turns.",
    "keywords": ["river"],
    "turn": [
        {"block": [{"text": "first"}, {"tool": "bash"}, {"tool": "glob"}]},
        {"when": "FAILED", "block": [{"text": "mend"}, {"tool": "edit_file"}]},
        {"block": [{"text": "last"}]},
    ],
}
LIBRARY = Library.shipped({"mine": msgspec.convert(SCRIPT, Scenario)})


def user(text: str) -> Message:
    return Message("user", text)


def said(*blocks: dict[str, Any]) -> Message:
    return Message("assistant", list(blocks))


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def called(turn: int, block: int) -> dict[str, Any]:
    return {
        "type": "tool_use",
        "id": new_call_id(turn, block),
        "name": "t",
        "input": {},
    }


def results(output: str, *more: dict[str, Any]) -> Message:
    return Message("user", [{"type": "tool_result", "content": output}, *more])


def place(*messages: Message, default: str = "") -> ScriptPosition:
    return find_place(messages, LIBRARY, default)


PROMPT = user("Go [scenario: mine]")
FIRST = said(text("first"), called(0, 1), called(0, 2))


def test_a_prompt_starts_its_scenario() -> None:
    found = place(PROMPT)
    assert (found.directive.scenario, found.number, found.skip) == ("mine", 0, 0)


def test_the_default_scenario_is_for_prompts_that_name_none() -> None:
    assert place(user("a river"), default="markdown").directive.scenario == "markdown"
    assert place(PROMPT, default="markdown").directive.scenario == "mine"


def test_a_word_of_the_prompt_chooses_without_a_default() -> None:
    assert place(user("Look at the River!")).directive.scenario == "mine"


def test_an_unknown_prompt_gets_the_showpiece() -> None:
    assert place(user("Hello there")).directive.scenario == "coding"


def test_an_unknown_scenario_is_an_invalid_request() -> None:
    with pytest.raises(InvalidRequestReply, match="unknown scenario 'nope'"):
        place(user("[scenario: nope]"))


def test_a_refused_prompt_does_not_spoil_the_next_one() -> None:
    bad = user("[scenario: nope]")
    assert place(bad, user("[scenario: mine]")).directive.scenario == "mine"
    assert (
        place(PROMPT, FIRST, results("OK"), said(text("last")), bad, PROMPT).number == 0
    )


def test_a_turn_whose_condition_holds_is_taken() -> None:
    assert place(PROMPT, FIRST, results("FAILED (failures=1)")).number == 1


def test_a_turn_whose_condition_fails_is_left_out() -> None:
    assert place(PROMPT, FIRST, results("OK")).number == 2


def test_the_same_conversation_is_always_at_the_same_place() -> None:
    messages = [PROMPT, FIRST, results("FAILED"), said(text("mend"), called(1, 1))]
    assert place(*messages, results("ok")).number == 2


def test_an_answer_that_lost_its_last_call_is_completed() -> None:
    found = place(PROMPT, said(text("first"), called(0, 1)), results("FAILED"))
    assert (found.number, [number for number, _ in found.blocks()]) == (0, [2])


def test_attempts_at_one_turn_begin_at_the_same_message() -> None:
    part = said(text("first"), called(0, 1))
    assert place(PROMPT).began == 1
    assert place(PROMPT, part, results("ok")).began == 1
    assert place(PROMPT, FIRST, results("OK")).began == 3


def test_an_interrupted_text_is_told_again() -> None:
    found = place(PROMPT, said(text("fir")), user("Go on"))
    assert (found.number, found.skip) == (0, 0)


def test_a_further_prompt_goes_on_with_an_unfinished_script() -> None:
    answered = results("OK", text("and be quick about that table"))
    assert place(PROMPT, FIRST, answered).directive.scenario == "mine"


def test_a_further_prompt_after_the_end_gets_a_short_answer() -> None:
    ended = [PROMPT, FIRST, results("OK"), said(text("last"))]
    follow_up = LIBRARY.script("follow_up").turns
    assert place(*ended, user("Thanks")).turn == follow_up[0]
    more = [*ended, user("Thanks"), said(text("x")), user("Really")]
    assert place(*more).turn == follow_up[1]


def test_a_further_prompt_after_the_end_may_choose_anew() -> None:
    ended = [PROMPT, FIRST, results("OK"), said(text("last"))]
    assert place(*ended, user("A table!")).directive.scenario == "markdown"
    assert place(*ended, user("[scenario: cut]")).directive.scenario == "cut"


def test_a_directive_beside_tool_results_starts_anew() -> None:
    found = place(PROMPT, FIRST, results("OK", text("[scenario: mine]")))
    assert (found.number, found.began) == (0, 3)


def test_foreign_answers_leave_the_script_at_its_beginning() -> None:
    assert place(user("[scenario: mine]"), said(text("Hi")), user("So?")).number == 0


def test_a_paused_turn_goes_on_in_the_same_or_in_another_message() -> None:
    pause = LIBRARY.script("pause").turns
    opening = [text(pause[0].blocks[0].text or ""), pause[0].blocks[1].raw or {}]
    start = user("[scenario: pause]")
    assert place(start, said(*opening)).number == 1
    rest = [pause[1].blocks[0].raw or {}, text(pause[1].blocks[1].text or "")]
    assert place(start, said(*opening, *rest), user("And?")).number == 2
    assert place(start, said(*opening), said(*rest), user("And?")).number == 2
