"""A small agent that speaks ACP on stdio and does what a script says; stdlib alone.

    python agent.py SCRIPT MEMORY

SCRIPT is JSON: `prompts` is a list of lists of steps, one list for each prompt in turn.
MEMORY is a file with what the agent remembers: what people said, and its answers to the
prompts that have ended, so a half answer is forgotten when the agent is killed.
"""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from queue import Queue
from typing import Any

Json = dict[str, Any]
SESSION = "agent-session-1"


class Agent:
    def __init__(self, script: Json, memory: Path) -> None:
        self.script = script
        self.memory = memory
        self.lock = threading.Lock()
        self.answers: dict[str, Queue[Json]] = {}
        self.cancelled = threading.Event()
        self.asked = 0

    # --- lines -----------------------------------------------------------------

    def write(self, text: str) -> None:
        with self.lock:
            sys.stdout.write(text)
            sys.stdout.flush()

    def send(self, **fields: Any) -> None:
        self.write(json.dumps({"jsonrpc": "2.0", **fields}) + "\n")

    def update(self, update: Json, session: str = SESSION) -> None:
        params = {"sessionId": session, "update": update}
        self.send(method="session/update", params=params)

    def ask(self, method: str, params: Json) -> Json:
        """Ask the client; the result, or {"error": …}."""
        self.asked += 1
        name = f"ask-{self.asked}"
        self.answers[name] = Queue()
        self.send(id=name, method=method, params=params)
        return self.answers[name].get()

    # --- what is remembered ----------------------------------------------------

    @property
    def remembered(self) -> list[Json]:
        if not self.memory.exists():
            return []
        return [json.loads(line) for line in self.memory.read_text().splitlines()]

    def remember(self, *updates: Json) -> None:
        with self.memory.open("a") as file:
            file.writelines(json.dumps(update) + "\n" for update in updates)

    # --- requests --------------------------------------------------------------

    def take(self, message: Json) -> None:
        if "method" not in message:
            answer = message.get("result", {"error": message.get("error")})
            self.answers[message["id"]].put(answer)
            return
        params, id_ = message.get("params", {}), message.get("id")
        match message["method"]:
            case "initialize":
                self.send(id=id_, result=self.hello(params))
            case "session/new":
                self.memory.touch()
                self.send(id=id_, result={"sessionId": SESSION, **self.state})
            case "session/load" if self.memory.exists():
                for update in self.remembered:
                    self.update(update)
                self.send(id=id_, result=self.state)
            case "session/load":
                error = {"code": -32002, "message": "there is no such session"}
                self.send(id=id_, error=error)
            case "session/set_mode" | "session/set_config_option":
                self.note(message)
                self.send(id=id_, result={"configOptions": []})
            case "session/prompt":
                threading.Thread(target=self.prompt, args=(id_, params)).start()
            case "_session/steering":
                self.note(message)
                self.send(id=id_, result={"outcome": "injected"})
            case "session/cancel":
                self.note(message)
                if not self.script.get("deaf"):
                    self.cancelled.set()
            case _:
                self.note(message)

    @property
    def state(self) -> Json:
        return dict(self.script.get("state", {}))

    def hello(self, params: Json) -> Json:
        capabilities = {"loadSession": True} | self.script.get("capabilities", {})
        meta = {"steering": {"supported": True}} if self.script.get("steers") else {}
        return {
            "protocolVersion": self.script.get("version", params["protocolVersion"]),
            "agentCapabilities": capabilities,
            "agentInfo": {"name": "scripted", "title": "Scripted", "version": "1.0"},
            "authMethods": [],
            "_meta": meta,
        }

    def note(self, message: Json) -> None:
        """Tell the test what was asked, on stderr."""
        sys.stderr.write(json.dumps(message) + "\n")
        sys.stderr.flush()

    # --- prompts ---------------------------------------------------------------

    def prompt(self, id_: Any, params: Json) -> None:
        self.note({"method": "session/prompt", "params": params})
        self.cancelled.clear()
        texts = [block["text"] for block in params["prompt"]]
        heard = [
            {"sessionUpdate": "user_message_chunk", "content": text_block(text)}
            for text in texts
        ]
        self.remember(*heard)
        said: list[Json] = []
        prompts = self.script["prompts"]
        count = sum("user" in u["sessionUpdate"] for u in self.remembered)
        steps = prompts[min(count, len(prompts)) - 1]
        for step in steps:
            if self.cancelled.is_set():
                break
            self.do(step, said)
        self.remember(*said)
        stop = "cancelled" if self.cancelled.is_set() else "end_turn"
        self.send(id=id_, result={"stopReason": stop, "usage": USAGE})

    def do(self, step: Json, said: list[Json]) -> None:
        match step:
            case {"say": text, **rest}:
                update = {
                    "sessionUpdate": "agent_message_chunk",
                    "messageId": rest.get("id", "m1"),
                    "content": text_block(text),
                }
                said.append(update)
                self.update(update, rest.get("session", SESSION))
            case {"update": update, **rest}:
                self.update(update, rest.get("session", SESSION))
            case {"ask": params, **rest}:
                params = {"sessionId": rest.get("session", SESSION), **params}
                answer = self.ask("session/request_permission", params)
                self.note({"answered": answer})
            case {"call": method, "params": params}:
                params = {"sessionId": SESSION, **params}
                self.note({"answered": self.ask(method, params)})
            case {"start": later}:
                threading.Thread(target=self.do, args=(later, [])).start()
            case {"later": seconds, "then": steps}:
                threading.Thread(target=self.later, args=(seconds, steps)).start()
            case {"spawn": command}:
                subprocess.Popen(command, stdin=subprocess.DEVNULL)
            case {"raw": line}:
                self.write(line)
            case {"flood": count}:
                for number in range(count):
                    self.do({"say": f"{number} "}, said)
            case {"sleep": seconds}:
                time.sleep(seconds)
            case {"wait": "cancel"}:
                self.cancelled.wait()
            case {"exit": code}:
                os._exit(code)

    def later(self, seconds: float, steps: list[Json]) -> None:
        time.sleep(seconds)
        for step in steps:
            self.do(step, [])


USAGE = {"totalTokens": 30, "inputTokens": 20, "outputTokens": 10}


def text_block(text: str) -> Json:
    return {"type": "text", "text": text}


def main() -> None:
    agent = Agent(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))
    for line in sys.stdin:
        agent.take(json.loads(line))
    if not agent.script.get("stays"):
        os._exit(0)


if __name__ == "__main__":
    main()
