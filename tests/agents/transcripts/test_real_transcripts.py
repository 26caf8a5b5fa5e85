"""What real agents have written is followed: see record.py."""

import json
import random
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.agents.transcripts.mutated import MUTATIONS, cut, renamed
from tests.agents.transcripts.record import RECORDED
from tests.runners.follow.home import Followed, Home
from tests.runners.follow.made_transcripts import age, joined
from tests.runners.follow.naive_reading import (
    facts_of_log,
    facts_of_transcript,
    tokens_of_log,
    tokens_of_transcript,
)
from tests.runners.sessions import Sessions
from tests.servers.installation import Installation

TRANSCRIPTS = 200
KILLS = 12
OPENCODE_STORE = Path(".local", "share", "opencode")
PARTS = """SELECT json_extract(m.data, '$.role'), p.data FROM part p
JOIN message m ON m.id = p.message_id WHERE p.session_id = ? ORDER BY m.id, p.id"""


@pytest.fixture
def home(tmp_path: Path, installation: Installation) -> Home:
    """What the agents have kept, and changed copies of it: 200 transcripts."""
    if not RECORDED.exists():
        pytest.skip("no transcripts of real agents: make transcripts")
    return Home(tmp_path / "home", installation)


@pytest.fixture
def sessions(installation: Installation) -> Sessions:
    return Sessions(installation)


@pytest.fixture
def followed(installation: Installation, sessions: Sessions) -> Followed:
    return Followed(installation, sessions)


def recorded() -> list[Path]:
    found = (RECORDED / ".claude" / "projects").rglob("*.jsonl")
    return sorted(found, key=lambda path: (_began(path), path.name))


def _began(path: Path) -> str:
    """The time of its first entry that has one."""
    return path.read_text().partition('"timestamp":"')[2][:24]


def write_all(home: Home) -> dict[str, Path]:
    """Lay out 200 transcripts; returns their files by the sessions' names."""
    base = RECORDED / ".claude" / "projects"
    files = {}
    for path in recorded():
        target = home.projects / path.relative_to(base)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
        meta = path.with_suffix(".meta.json")
        if meta.exists():
            shutil.copy(meta, target.with_suffix(".meta.json"))
        above = f"{target.parents[1].name}/" if "subagents" in target.parts else ""
        files[above + target.stem] = target
    roots = [path for path in files.values() if "subagents" not in path.parts]
    dice = random.Random(5)  # noqa: S311 no secret
    number = 0
    while len(files) < TRANSCRIPTS:
        change = MUTATIONS[number % len(MUTATIONS)]
        lines = roots[number % len(roots)].read_bytes().splitlines()
        data = joined(change(renamed(lines, dice), dice))
        path = home.project / f"{dice.getrandbits(128):032x}.jsonl"
        path.write_bytes(data[:-1] if change is cut else data)
        files[path.stem] = path
        number += 1
    for path in files.values():
        age(path)
    return files


def wrong(files: dict[str, Path], followed: Followed) -> Iterator[str]:
    """Compare every log with a naive reading of its transcript."""
    seen: set[str | None] = set()
    for name, path in files.items():
        data = path.read_bytes()
        before = frozenset(seen)
        facts = facts_of_transcript(data, seen)
        if not facts and name not in followed.ids():
            continue
        log = followed.log(name)
        if facts_of_log(log) != facts:
            yield f"{name}: {path}"
        elif tokens_of_log(log) != tokens_of_transcript(data, before):
            yield f"{name}: tokens, {path}"


def test_two_hundred_transcripts_equal_a_naive_reading_twice_over(
    home: Home, followed: Followed, sessions: Sessions
) -> None:
    files = write_all(home)
    home.follow_once()
    assert [*wrong(files, followed)] == []
    lines = {id_: sessions.lines(id_) for id_ in sessions.ids()}
    home.follow_once()
    assert {id_: sessions.lines(id_) for id_ in sessions.ids()} == lines


def test_a_follower_that_is_killed_at_any_moment_leaves_the_same_logs(
    home: Home, followed: Followed
) -> None:
    files = write_all(home)
    store = copy_store(home)
    moments = random.Random(7)  # noqa: S311 no secret
    for _ in range(KILLS):
        process = home.follow()
        time.sleep(2 + 3 * moments.random())  # kills come at any time
        process.kill()
        process.wait()
    home.follow_once()
    assert [*wrong(files, followed)] == []
    assert [*wrong_of_store(store, followed)] == []


def copy_store(home: Home) -> Path:
    """Lay out what opencode has kept; returns its directory, which may be missing."""
    store = home.directory / OPENCODE_STORE
    if (RECORDED / OPENCODE_STORE).exists():
        shutil.copytree(RECORDED / OPENCODE_STORE, store)
    return store


def wrong_of_store(store: Path, followed: Followed) -> Iterator[str]:
    """Compare the log of each session in opencode's store with the store's parts."""
    if not store.exists():
        return
    with closing(sqlite3.connect(store / "opencode.db")) as database:
        for (name,) in database.execute("SELECT id FROM session").fetchall():
            rows = database.execute(PARTS, (name,)).fetchall()
            if opencode_facts_of_log(followed, name) != opencode_facts(rows):
                yield name


def test_opencodes_store_equals_a_naive_reading(
    home: Home, followed: Followed, sessions: Sessions
) -> None:
    store = copy_store(home)
    if not store.exists():
        pytest.skip("opencode has recorded nothing: make agents, make transcripts")
    home.follow_once()
    assert followed.ids()
    assert [*wrong_of_store(store, followed)] == []
    lines = {id_: sessions.lines(id_) for id_ in sessions.ids()}
    home.follow_once()
    assert {id_: sessions.lines(id_) for id_ in sessions.ids()} == lines


def opencode_facts(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What the parts of a session say, in their order."""
    facts = []
    for role, data in rows:
        part = json.loads(data)
        match part["type"]:
            case "text" if role == "user":
                facts.append(("user", part["text"]))
            case "text" | "reasoning":
                facts.append((part["type"], part["text"]))
            case "tool":
                state = part["state"]
                facts.append(("call", part["tool"]))
                said = state.get("output") or state.get("error") or ""
                facts.append(("result", said))
    return facts


def opencode_facts_of_log(followed: Followed, name: str) -> list[tuple[str, str]]:
    """The same, of a session's log; a call and its result stand together."""
    log = followed.log(name)
    outputs = {e["toolUseId"]: e["output"] for e in log if e["type"] == "tool_result"}
    facts = []
    for event in log:
        match event["type"]:
            case "user_message":
                facts.append(("user", event["text"]))
            case "text":
                facts.append(("text", event["text"]))
            case "thinking":
                facts.append(("reasoning", event["text"]))
            case "tool_use" if event["tool"] != "agent":
                facts.append(("call", event["tool"]))
                facts.append(("result", outputs[event["toolUseId"]]))
    return facts
