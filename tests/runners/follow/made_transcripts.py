"""Transcripts as agents write them, and as they should not, from a seed."""

import json
import os
import random
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

Line = dict[str, Any]
START = datetime(2026, 11, 1, 12, tzinfo=UTC)
WORDS = ("quick", "naïve", "tests,", "ran", "🎉", "and\nfound", "“two”", "bugs")
BAD_LINES = (
    b"{broken",
    b'{"type": 3, "uuid": "UUID"}',
    b'{"type":"assistant","message":"no object","uuid":"UUID"}',
    b'{"type":"user","message":{"content":[1,2]},"uuid":"UUID"}',
    b"[1, 2, 3]",
    b"\xff\xfe not UTF-8",
    b'{"type":"user","message":{"content":"' + b"[" * 20 + b'"}' * 3,
    b'{"a":' * 5000 + b"1" + b"}" * 5000,
    b'{"type":"assistant","message":{"model":7,"content":[]},"uuid":"UUID"}',
)
ODD_LINES = (
    b'{"type":"user","uuid":"UUID","message":{"content":"a\\u0000b \\ud800 c"}}',
    b'{"type":"new-kind","uuid":"UUID","payload":{"deep":[[[[1]]]]}}',
    b'{"type":"assistant","uuid":"UUID","message":{"id":"odd","content":'
    b'[{"type":"hologram","n":1.5},{"type":"text","text":7}]}}',
    b"",
    b"   ",
)


class MadeClaude:
    """Lines of one session of Claude Code's, with the sub-agents it has started."""

    def __init__(self, seed: int, turns: int = 6, *, is_hostile: bool = False) -> None:
        self.random = random.Random(seed)  # noqa: S311 no secret
        self.name = self._id()
        self.subagents: dict[str, list[bytes]] = {}  # lines, by file name
        self.metas: dict[str, Line] = {}
        self._unnamed: dict[str, str] = {}  # sub-agents that the results name
        self._seconds = 0.0
        self._is_hostile = is_hostile
        self.lines = list(self._session(turns))

    def write(self, projects: Path) -> Path:
        """Write all files below `projects`, as they are when the agent has ended."""
        directory = projects / "-home-ada-project"
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / f"{self.name}.jsonl"
        path.write_bytes(joined(self.lines))
        for name, lines in self.subagents.items():
            below = directory / self.name / "subagents"
            below.mkdir(parents=True, exist_ok=True)
            (below / f"{name}.jsonl").write_bytes(joined(lines))
            if name in self.metas:
                meta = json.dumps(self.metas[name])
                (below / f"{name}.meta.json").write_text(meta)
            age(below / f"{name}.jsonl")
        age(path)
        return path

    def _session(self, turns: int) -> Iterator[bytes]:
        yield self._line(type="mode", mode="normal")
        for _ in range(turns):
            yield self._line(
                type="user", uuid=self._id(), message={"content": self._words(8)}
            )
            if self.random.random() < 0.3:
                yield self._line(
                    type="attachment", uuid=self._id(), attachment={"type": "file"}
                )
            for _ in range(self.random.randint(1, 3)):
                yield from self._message()
            if self._is_hostile:
                line = self.random.choice([*BAD_LINES, *ODD_LINES])
                yield line.replace(b"UUID", self._id().encode())
        if self.random.random() < 0.5:
            yield self._line(type="custom-title", customTitle=self._words(3))

    def _message(self, depth: int = 0) -> Iterator[bytes]:
        """A message in one line for each block; then the results of its calls."""
        name = f"msg_{self._id()[:12]}"
        blocks: list[Line] = []
        if self.random.random() < 0.4:
            blocks.append({"type": "thinking", "thinking": self._words(9)})
        blocks.append({"type": "text", "text": self._words(20)})
        calls = [
            f"toolu_{self._id()[:12]}" for _ in range(self.random.choice((0, 1, 3)))
        ]
        for call in calls:
            tool, input_ = self._call(call, depth)
            blocks.append(
                {"type": "tool_use", "id": call, "name": tool, "input": input_}
            )
        usage = {"input_tokens": self.random.randint(1, 999), "output_tokens": 7}
        stop = "tool_use" if calls else "end_turn"
        lines = [
            self._line(
                type="assistant",
                uuid=self._id(),
                message={
                    "id": name,
                    "model": "claude-opus-5-5",
                    "content": [block],
                    "stop_reason": stop,
                    "usage": usage,
                },
            )
            for block in blocks
        ]
        results = [self._result(call) for call in calls]
        if len(calls) > 1 and self.random.random() < 0.5:
            # A tool that runs at once may have ended before the next block comes.
            yield from lines[:-1]
            yield results[0]
            yield lines[-1]
            yield from results[1:]
        else:
            yield from (*lines, *results)

    def _call(self, call: str, depth: int) -> tuple[str, Line]:
        if depth == 0 and self.random.random() < 0.08:
            self._subagent(call)
            return "Agent", {"description": "Look around", "prompt": self._words(5)}
        return self.random.choice(
            (
                ("Bash", {"command": self._words(3)}),
                ("Edit", {"file_path": "/a.py", "old_string": "a", "new_string": "b"}),
                ("TodoWrite", {"todos": [{"content": "one", "status": "pending"}]}),
                ("mcp__things__do", {"n": 1, "deep": {"a": [1, {"b": None}]}}),
            )
        )

    def _subagent(self, call: str) -> None:
        name = f"agent-{self._id()[:12]}"
        said = self._line(
            type="user",
            uuid=self._id(),
            isSidechain=True,
            message={"content": self._words(5)},
        )
        self.subagents[name] = [said, *self._message(depth=1), *self._message(depth=1)]
        if self.random.random() < 0.5:
            self._unnamed[call] = name.removeprefix("agent-")
        elif self.random.random() < 0.8:
            self.metas[name] = {"toolUseId": call, "description": "Look around"}

    def _result(self, call: str) -> bytes:
        content: Any = self._words(12)
        if self.random.random() < 0.3:
            content = [{"type": "text", "text": content}, {"type": "text", "text": "x"}]
        block = {"type": "tool_result", "tool_use_id": call, "content": content}
        agent = self._unnamed.pop(call, "")
        about = {"toolUseResult": {"agentId": agent}} if agent else {}
        message = {"content": [block]}
        return self._line(type="user", uuid=self._id(), message=message, **about)

    def _line(self, **fields: Any) -> bytes:
        self._seconds += self.random.random()
        when = (START + timedelta(seconds=self._seconds)).isoformat()
        about = {"sessionId": self.name, "timestamp": when, "cwd": "/home/ada/project"}
        return json.dumps({**fields, **about}, ensure_ascii=False).encode()

    def _words(self, count: int) -> str:
        return " ".join(self.random.choice(WORDS) for _ in range(count))

    def _id(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))


def made_rollout(
    seed: int, turns: int = 5, *, parent: str = "", child: str = ""
) -> tuple[str, list[bytes]]:
    """Lines of one rollout of Codex's, with its thread's id.

    `parent` is the thread whose sub-agent this is, `child` one that it spawns; both are
    told as codex-cli 0.166 does.
    """
    rand = random.Random(seed)  # noqa: S311 no secret
    name = str(uuid.UUID(int=rand.getrandbits(128), version=4))
    total = {"input_tokens": 0, "cached_input_tokens": 0, "output_tokens": 0}
    lines: list[bytes] = []

    def line(kind: str, **payload: Any) -> None:
        when = (START + timedelta(seconds=len(lines))).isoformat()
        data = {"timestamp": when, "type": kind, "payload": payload}
        lines.append(json.dumps(data).encode())

    about: Line = {"id": name, "cwd": "/home/ada/project", "cli_version": "0.166.0"}
    if parent:
        spawn = {"parent_thread_id": parent, "depth": 1, "agent_nickname": "Hooke"}
        about["source"] = {"subagent": {"thread_spawn": spawn}}
        about |= {"parent_thread_id": parent, "thread_source": "subagent"}
    line("session_meta", **about)
    for turn in range(turns):
        line("turn_context", model="gpt-5.4-codex", cwd="/home/ada/project")
        said = f"do {turn} {rand.random()}"
        content = [{"type": "input_text", "text": said}]
        line("response_item", type="message", role="user", content=content)
        line("event_msg", type="user_message", message=said)
        answer = [{"type": "output_text", "text": f"answer {turn}"}]
        line("response_item", type="message", role="assistant", content=answer)
        line("event_msg", type="agent_message", message=f"answer {turn}")
        call = f"call_{turn}"
        arguments = json.dumps({"cmd": f"echo {turn}"})
        line(
            "response_item",
            type="function_call",
            name="exec_command",
            arguments=arguments,
            call_id=call,
        )
        line("response_item", type="function_call_output", call_id=call, output="hi")
        if child and not turn:
            spawn = {"name": "spawn_agent", "namespace": "multi_agent_v1"}
            asked = {"arguments": '{"message":"look"}', "call_id": "spawn"}
            line("response_item", type="function_call", **spawn, **asked)
            told = json.dumps({"agent_id": child, "nickname": "Hooke"})
            output = {"call_id": "spawn", "output": told}
            line("response_item", type="function_call_output", **output)
        total = {key: value + rand.randint(1, 50) for key, value in total.items()}
        total["input_tokens"] += total["cached_input_tokens"]
        for _ in range(rand.randint(1, 2)):  # Codex repeats it
            line("event_msg", type="token_count", info={"total_token_usage": {**total}})
        line("event_msg", type="task_complete", last_agent_message=f"answer {turn}")
    return name, lines


def age(path: Path, days: float = 2.0) -> None:
    """Have a file look as if nothing had been written for days."""
    before = time.time() - days * 86_400
    os.utime(path, (before, before))


def joined(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)
