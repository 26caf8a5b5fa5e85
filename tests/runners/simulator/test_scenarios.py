from pathlib import Path

import pytest
from anthropic import AsyncAnthropic

from runners.simulator.script.library import Library
from runners.simulator.script.scenario import ScriptedBlock, ScriptedTurn
from tests.runners.simulator.talk import Answer, Talk, results
from tests.runners.simulator.workbench import Workbench

LIBRARY = Library.shipped({})
AFTER_A_KILL = "may have had effects"  # the turns that repair what was cut
# Those that go well with a client that does not try again.
SMOOTH = sorted(
    name
    for name, scenario in LIBRARY.scenarios.items()
    if not any(turn.faults for turn in scenario.turns)
    and not name.startswith(("claude_code", "opencode"))  # test_other_agents.py
)


def sent(turn: ScriptedTurn) -> list[tuple[str, object]]:
    """List a scripted turn's blocks as a client sees them, by type and content."""
    return [_scripted(block) for block in turn.blocks if block.kind != "event"]


def _scripted(block: ScriptedBlock) -> tuple[str, object]:
    if block.raw is not None:
        return str(block.raw["type"]), block.raw
    if block.tool is not None:
        return "tool_use", (block.tool, block.input)
    return block.kind, block.text or block.thinking


def heard(answer: Answer) -> list[tuple[str, object]]:
    """List an answer's blocks in the same way."""
    return [(block["type"], _content(block)) for block in answer.content]


def _content(block: dict[str, object]) -> object:
    match block:
        case {"type": "tool_use", "name": name, "input": given}:
            return name, given
        case {"type": "text" | "thinking" as kind}:
            return block[kind]
        case _:
            return block


@pytest.mark.parametrize(
    "name", [name for name in SMOOTH if name not in {"long", "sleeper"}]
)
async def test_a_scenario_is_heard_as_it_is_written(
    client: AsyncAnthropic, tmp_path: Path, name: str
) -> None:
    talk = Talk(client, f"[scenario: {name}]")
    answers = await Workbench(tmp_path).run(talk)
    turns = LIBRARY.scenarios[name].turns
    if name == "follow_up":
        turns = turns[:1]
    turns = tuple(turn for turn in turns if turn.when != AFTER_A_KILL)
    assert [heard(answer) for answer in answers] == [sent(turn) for turn in turns]
    assert [answer.stop_reason for answer in answers] == [
        turn.stop_reason for turn in turns
    ]


async def test_coding_writes_a_project_meets_a_failure_and_mends_it(
    client: AsyncAnthropic, tmp_path: Path
) -> None:
    bench = Workbench(tmp_path)
    answers = await bench.run(Talk(client, "Please write me something"))
    assert [calls["name"] for answer in answers for calls in answer.calls()] == [
        "glob",
        "write_file",
        "write_file",
        "write_file",
        "bash",
        "read_file",
        "edit_file",
        "bash",
        "bash",
        "write_file",
        "write_file",
        "bash",
    ]
    runs = [output for output in bench.outputs if "Ran " in output]
    assert ["FAILED" in run for run in runs] == [True, False, False]
    assert "Ran 11 tests" in runs[-1]
    told = answers[-1].texts()[0]
    assert any("Ada        33.34" in output for output in bench.outputs)
    assert "Ada        33.34" in told


async def test_the_puzzle_s_answer_is_the_program_s(
    client: AsyncAnthropic, tmp_path: Path
) -> None:
    bench = Workbench(tmp_path)
    answers = await bench.run(Talk(client, "[scenario: thinking]"))
    assert f"**{bench.outputs[0].strip()}**" in answers[-1].texts()[0]


async def test_parallel_tools_tell_what_the_summary_says(
    client: AsyncAnthropic, tmp_path: Path
) -> None:
    bench = Workbench(tmp_path)
    await bench.run(Talk(client, "[scenario: parallel]"))
    assert "north 20 litres\nsouth 54 litres\neast 12 litres\n" in bench.outputs
    assert "step 1 of 3\nstep 2 of 3\nstep 3 of 3\n" in bench.outputs


async def test_sub_agents_work_three_levels_deep(
    client: AsyncAnthropic, tmp_path: Path
) -> None:
    bench = Workbench(tmp_path)
    await bench.run(Talk(client, "[scenario: subagents rate=0]"))
    assert sorted(depth for depth, _ in bench.agents) == [0, 1, 1, 2, 2, 3]
    assert all("rate=0" in prompt for _, prompt in bench.agents)
    assert "0 words\n3 words\n" in bench.outputs
    assert "24 words\n" in bench.outputs


async def test_unicode_comes_back_from_the_file_as_it_was_written(
    client: AsyncAnthropic, tmp_path: Path
) -> None:
    bench = Workbench(tmp_path)
    answers = await bench.run(Talk(client, "[scenario: unicode]"))
    assert bench.outputs[1] == answers[0].calls()[0]["input"]["content"]


async def test_a_long_text_is_as_long_as_the_directive_says(
    client: AsyncAnthropic,
) -> None:
    answer = await Talk(client, "[scenario: long tokens=777]").hear()
    deltas = [e for e in answer.events if e.type == "content_block_delta"]
    assert (len(deltas), answer.usage.output_tokens) == (777, 777)


async def test_a_refusal_says_why(client: AsyncAnthropic) -> None:
    answer = await Talk(client, "[scenario: refusal]").hear()
    assert answer.stop_reason == "refusal"
    assert (answer.stop_details.type, answer.stop_details.category) == (
        "refusal",
        "cyber",
    )


async def test_unknown_events_and_deltas_reach_the_client(
    client: AsyncAnthropic,
) -> None:
    answer = await Talk(client, "[scenario: unknown]").hear()
    assert "weather_report" in [event.type for event in answer.events]
    deltas = [e.delta.type for e in answer.events if e.type == "content_block_delta"]
    assert "hologram_delta" in deltas


async def test_a_conversation_resumes_with_another_server(
    client: AsyncAnthropic, tmp_path: Path
) -> None:
    first = Talk(client, "[scenario: thinking]")
    answer = await first.turn()
    again = Talk(client, "")
    again.messages = [*first.messages, {"role": "user", "content": results(answer)}]
    assert (await again.hear()).texts() == [
        LIBRARY.script("thinking").turns[1].blocks[1].text
    ]


async def test_a_finished_scenario_answers_on_and_may_be_left(
    client: AsyncAnthropic,
) -> None:
    talk = Talk(client, "[scenario: refusal]")
    await talk.turn()
    talk.say("Why?")
    assert "simulator" in (await talk.turn()).texts()[0]
    talk.say("[scenario: markdown]")
    assert (await talk.turn()).texts()[0].startswith("# A tour")
