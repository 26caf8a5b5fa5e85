import asyncio
import subprocess
from pathlib import Path
from typing import Any

from tests.runners.simulator.talk import Answer, Talk


class Workbench:
    """Runs whole conversations, with tools that really work, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.outputs: list[str] = []
        # The prompts of all agents, with the depth at which they ran.
        self.agents: list[tuple[int, str]] = []

    async def run(self, talk: Talk, depth: int = 0) -> list[Answer]:
        self.agents.append((depth, talk.messages[0]["content"]))
        answers = [await talk.turn()]
        while answers[-1].stop_reason in ("tool_use", "pause_turn"):
            if answers[-1].stop_reason == "tool_use":
                talk.say(await self._results(talk, answers[-1], depth))
            answers.append(await talk.turn())
        return answers

    async def _results(
        self, talk: Talk, answer: Answer, depth: int
    ) -> list[dict[str, Any]]:
        calls = answer.calls()
        outputs = await asyncio.gather(*(self._call(talk, c, depth) for c in calls))
        self.outputs += outputs
        return [
            {"type": "tool_result", "tool_use_id": call["id"], "content": output}
            for call, output in zip(calls, outputs, strict=True)
        ]

    async def _call(self, talk: Talk, call: dict[str, Any], depth: int) -> str:
        given = call["input"]
        if call["name"] == "spawn_agent":
            assert set(given) == {"description", "prompt"}
            child = Talk(talk.client, given["prompt"])
            return (await self.run(child, depth + 1))[-1].texts()[-1]
        tool = getattr(self, call["name"])
        output: str = await asyncio.to_thread(tool, **given)
        return output

    def write_file(self, path: str, content: str) -> str:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
        return f"wrote {path}"

    def read_file(self, path: str, offset: int = 1, limit: int = 2000) -> str:
        lines = (self.folder / path).read_text().splitlines(keepends=True)
        return "".join(lines[offset - 1 : offset - 1 + limit])

    def edit_file(self, path: str, old_string: str, new_string: str) -> str:
        text = (self.folder / path).read_text()
        assert text.count(old_string) == 1
        (self.folder / path).write_text(text.replace(old_string, new_string))
        return f"edited {path}"

    def bash(self, command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.stdout

    def glob(self, pattern: str) -> str:
        return "\n".join(str(path) for path in self.folder.glob(pattern))

    def grep(self, pattern: str, path: str) -> str:
        return self.bash(f"grep -rn '{pattern}' '{path}'")
