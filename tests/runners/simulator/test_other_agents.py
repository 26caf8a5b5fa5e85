"""What other agents than ours need of the simulator: Claude Code, opencode."""

import asyncio
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic import AsyncAnthropic

from runners.simulator.options import SimulatorOptions
from runners.simulator.script.library import BadScenario, Library, scenarios_in
from runners.simulator.simulator import Simulator
from tests.runners.simulator.talk import MODEL, Answer, Talk
from tests.runners.simulator.workbench import Workbench

CLAUDE_CODE = {
    "Agent", "AskUserQuestion", "Bash", "Edit", "ExitPlanMode", "Read", "TodoWrite",
    "Write",
}  # fmt: skip
OPENCODE = {
    "bash", "edit", "plan_exit", "question", "read", "task", "todowrite", "write",
}  # fmt: skip
OWN = 'about = "Mine."\n[[turn]]\n[[turn.block]]\ntext = "%s"\n'


class ForeignWorkbench(Workbench):
    """Tools as other agents have them: a call's input by other names than ours."""

    async def _call(self, talk: Talk, call: dict[str, Any], depth: int) -> str:
        given = {name.lower(): value for name, value in call["input"].items()}
        path = given.get("file_path") or given.get("filepath") or ""
        match call["name"].lower():
            case "write":
                return self.write_file(path, given["content"])
            case "read":
                return self.read_file(path)
            case "edit":
                old = given.get("old_string") or given["oldstring"]
                return self.edit_file(
                    path, old, given.get("new_string") or given["newstring"]
                )
            case "bash":
                return await asyncio.to_thread(self.bash, given["command"])
            case "agent" | "task":
                child = SystemTalk(talk.client, given["prompt"], self.folder)
                return (await self.run(child, depth + 1))[-1].texts()[-1]
            case "todowrite" | "askuserquestion" | "question":
                (listed,) = given.values()
                assert listed
                return "English"
            case "exitplanmode" | "plan_exit":
                return "approved"
        raise AssertionError(f"no tool {call['name']}")


class SystemTalk(Talk):
    """A conversation whose system prompt names the directory, as those agents do."""

    def __init__(self, client: AsyncAnthropic, prompt: str, folder: Path) -> None:
        told = f"You are an agent.\n<env>\n  Working directory: {folder}\n</env>"
        system = [{"type": "text", "text": told}]
        super().__init__(client, prompt, system=system)


def names(name: str) -> set[str]:
    """Name the tools of a scenario and of its sub-agents."""
    scenario = Library.shipped({}).scenarios[name]
    turns = [*scenario.turns, *(t for p in scenario.parts.values() for t in p.turns)]
    return {block.tool for turn in turns for block in turn.blocks if block.tool}


def test_each_agent_has_scenarios_with_all_of_its_tools() -> None:
    assert names("claude_code") | names("claude_code_plan") == CLAUDE_CODE
    assert names("opencode") | names("opencode_plan") == OPENCODE


@pytest.mark.parametrize(
    "name", ["claude_code", "claude_code_plan", "opencode", "opencode_plan"]
)
async def test_a_scenario_in_anothers_tools_works_in_the_directory_that_it_names(
    client: AsyncAnthropic, tmp_path: Path, name: str
) -> None:
    bench = ForeignWorkbench(tmp_path)
    answers = await bench.run(SystemTalk(client, f"[scenario: {name}]", tmp_path))
    assert answers[-1].stop_reason == "end_turn"
    assert "Hello" in (tmp_path / "greeting.py").read_text()
    if not name.endswith("plan"):
        assert any("Hello, Ringside" in output for output in bench.outputs)
        assert [depth for depth, _ in bench.agents] == [0, 1]
        assert any("greeting.py" in output for output in bench.outputs)


async def test_a_client_that_names_no_directory_works_where_it_is(
    client: AsyncAnthropic,
) -> None:
    answer = await Talk(client, "[scenario: opencode turn=1]").hear()
    assert answer.calls()[0]["input"]["filePath"] == "./greeting.py"


async def test_a_sub_agent_of_another_agent_has_its_parents_options(
    client: AsyncAnthropic,
) -> None:
    answer = await Talk(client, "[scenario: claude_code turn=5 rate=7]").hear()
    prompt = answer.calls()[0]["input"]["prompt"]
    assert "[scenario: claude_code.reader rate=7.0]" in prompt


async def test_tokens_are_counted(client: AsyncAnthropic) -> None:
    messages: list[Any] = [{"role": "user", "content": "[scenario: thinking]"}]
    counted = await client.messages.count_tokens(model=MODEL, messages=messages)
    longer: list[Any] = [{"role": "user", "content": "word " * 4000}]
    more = await client.messages.count_tokens(model=MODEL, messages=longer)
    assert 0 < counted.input_tokens < more.input_tokens
    assert 4000 < more.input_tokens < 6000


async def test_tokens_of_nothing_are_not_counted(client: AsyncAnthropic) -> None:
    with pytest.raises(anthropic.BadRequestError, match="messages"):
        await client.messages.count_tokens(model=MODEL, messages=[])


async def test_a_request_to_count_takes_no_answer_from_the_next_message(
    simulator: Simulator, client: AsyncAnthropic
) -> None:
    await test_tokens_are_counted(client)
    assert (await Talk(client, "[scenario: refusal]").hear()).stop_reason == "refusal"


async def test_a_client_may_ask_whether_anybody_is_there(simulator: Simulator) -> None:
    async with httpx2.AsyncClient() as client:
        for _ in range(2):  # the connection stays whole
            answer = await client.head(simulator.url + "/")
            assert answer.status_code == 200
            assert answer.content == b""
        assert (await client.get(simulator.url + "/")).status_code == 404


async def test_a_directory_of_scenarios_stands_beside_the_shipped_ones(
    tmp_path: Path,
) -> None:
    (tmp_path / "mine.toml").write_text(OWN % "Hello from mine.")
    (tmp_path / "refusal.toml").write_text(OWN % "No more refused.")
    (tmp_path / "notes.txt").write_text("no scenario")
    options = SimulatorOptions(rate=0, scenarios=str(tmp_path), scenario="mine")
    async with (
        Simulator(options) as simulator,
        AsyncAnthropic(base_url=simulator.url, api_key="any") as client,
    ):
        assert await said(client, "Hello") == ["Hello from mine."]
        assert await said(client, "[scenario: refusal]") == ["No more refused."]
        assert len(await said(client, "[scenario: thinking]")) == 1


async def said(client: AsyncAnthropic, prompt: str) -> list[str]:
    answer: Answer = await Talk(client, prompt).hear()
    return answer.texts()


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        (None, "is no directory of scenario files"),
        ({}, "has no scenario file"),
        ({"a.toml": b"about = "}, r"scenario file a\.toml: "),
        ({"a.toml": b'about = "A."\n'}, r"scenario file a\.toml: .*turn"),
        ({"a.toml": b"\xff"}, r"scenario file a\.toml: "),
    ],
)
def test_a_directory_without_sound_scenarios_is_refused(
    tmp_path: Path, files: dict[str, bytes] | None, complaint: str
) -> None:
    folder = tmp_path / "scenarios"
    if files is not None:
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
    with pytest.raises(BadScenario, match=complaint):
        scenarios_in(folder)
