import json
import random
import shutil
import time

from tests.runners.follow.home import Followed, Home
from tests.runners.follow.made_transcripts import MadeClaude, joined, made_rollout
from tests.runners.follow.naive_reading import (
    facts_of_log,
    facts_of_transcript,
    tokens_of_log,
    tokens_of_transcript,
)
from tests.runners.sessions import Fields, Sessions
from tests.servers.installation import Installation
from tests.servers.process import until
from tests.sessions_app.masking.keys import GITHUB

TRANSCRIPTS = 200
KILLED_AMID = 80  # transcripts: a follower is killed before it has taken in all
KILLS = 8


def write_all(home: Home, count: int) -> list[MadeClaude]:
    """Write transcripts of Claude Code's, some of them hostile, and Codex's."""
    made = [MadeClaude(seed, is_hostile=seed % 5 == 0) for seed in range(count)]
    for one in made:
        one.write(home.projects)
    return made


def check_all(made: list[MadeClaude], followed: Followed) -> None:
    """Compare every log with a naive reading of its transcript."""
    for one in made:
        files = {one.name: one.lines}
        files |= {f"{one.name}/{name}": ls for name, ls in one.subagents.items()}
        for name, lines in files.items():
            data, log = joined(lines), followed.log(name)
            assert facts_of_log(log) == facts_of_transcript(data), name
            assert tokens_of_log(log) == tokens_of_transcript(data), name


def contents(followed: Followed) -> dict[str, list[Fields]]:
    """The logs without what depends on when they were written."""
    shown = {}
    for name in followed.ids():
        events = [e for e in followed.log(name) if e["type"] != "status"]
        for event in events:
            del event["seq"], event["sessionId"]
            event.pop("childId", None)
        shown[name] = events
    return shown


def test_two_hundred_transcripts_equal_a_naive_reading_twice_over(
    home: Home, followed: Followed, sessions: Sessions
) -> None:
    made = write_all(home, TRANSCRIPTS)
    home.follow_once()
    check_all(made, followed)
    lines = {id_: sessions.lines(id_) for id_ in sessions.ids()}
    home.follow_once()
    assert {id_: sessions.lines(id_) for id_ in sessions.ids()} == lines
    assert {sessions.lease(id_) for id_ in sessions.ids()} == {""}


def test_a_follower_that_is_killed_at_any_moment_leaves_the_same_logs(
    home: Home, followed: Followed
) -> None:
    made = write_all(home, KILLED_AMID)
    moments = random.Random(7)  # noqa: S311 no secret
    for _ in range(KILLS):
        process = home.follow()
        time.sleep(0.8 + 1.5 * moments.random())  # kills come at any time
        process.kill()
        process.wait()
    home.follow_once()
    check_all(made, followed)


def test_a_transcript_that_grows_in_any_pieces_is_followed_live(
    home: Home, followed: Followed
) -> None:
    made = MadeClaude(1, turns=12)
    data, pieces = joined(made.lines), random.Random(3)  # noqa: S311 no secret
    path = home.project / f"{made.name}.jsonl"
    process = home.follow()
    process.prints("No transcripts yet")
    at = 0
    with path.open("ab", buffering=0) as file:
        while at < len(data):
            size = pieces.randint(1, 3000)
            file.write(data[at : at + size])
            at += size
            time.sleep(0.01)  # an agent takes its time
    until(lambda: made.name in followed.ids())
    facts = facts_of_transcript(data)
    until(lambda: facts_of_log(followed.log(made.name)) == facts)
    assert followed.status(made.name) == "running"
    process.interrupt()
    assert process.wait() == 0
    assert followed.is_at_rest(made.name)
    assert tokens_of_log(followed.log(made.name)) == tokens_of_transcript(data)


def test_what_is_rewritten_cut_moved_or_deleted_is_not_taken_twice_nor_lost(
    home: Home, followed: Followed
) -> None:
    made = MadeClaude(2, turns=8)
    path = home.project / f"{made.name}.jsonl"
    facts = facts_of_transcript(joined(made.lines))
    half = len(made.lines) // 2
    process = home.follow()
    process.prints("No transcripts yet")

    def is_told(count: int) -> bool:
        wanted = facts_of_transcript(joined(made.lines[:count]))
        is_there = made.name in followed.ids()
        return is_there and facts_of_log(followed.log(made.name)) == wanted

    path.write_bytes(joined(made.lines[:half])[:-7])  # cut in the middle of a line
    until(lambda: is_told(half - 1))
    path.write_bytes(joined(made.lines[: half + 2]))  # rewritten in place
    until(lambda: is_told(half + 2))
    fresh = path.with_suffix(".tmp")
    fresh.write_bytes(joined(made.lines[3 : half + 4]))  # the beginning is gone
    fresh.replace(path)
    until(lambda: is_told(half + 4))
    moved = home.projects / "-home-ada-elsewhere" / path.name
    moved.parent.mkdir()
    path.replace(moved)
    with moved.open("ab") as file:
        file.write(joined(made.lines[half + 4 :]))
    until(lambda: is_told(len(made.lines)))
    moved.unlink()
    until(lambda: followed.is_at_rest(made.name))
    process.interrupt()
    process.wait()
    assert facts_of_log(followed.log(made.name)) == facts


def test_a_forked_session_has_only_what_is_its_own(
    home: Home, followed: Followed
) -> None:
    first, own = MadeClaude(3), MadeClaude(4)
    first.write(home.projects)
    # Claude Code copies the history, and begins with lines of the fork's own time.
    begin = b'{"type":"mode","timestamp":"2026-11-02T00:00:00Z"}'
    copied = [line for line in first.lines if b'"uuid"' in line]
    fork = home.project / "the-fork.jsonl"
    fork.write_bytes(joined([begin, *copied, *own.lines]))
    home.follow_once()
    whole = facts_of_transcript(joined(first.lines))
    assert facts_of_log(followed.log(first.name)) == whole
    rest = facts_of_transcript(joined([begin, *own.lines]))
    assert facts_of_log(followed.log("the-fork")) == rest
    assert tokens_of_log(followed.log("the-fork")) == tokens_of_transcript(
        joined(own.lines)
    )


def test_a_session_that_was_deleted_here_does_not_come_back(
    home: Home, followed: Followed, installation: Installation
) -> None:
    made = MadeClaude(5)
    path = made.write(home.projects)
    home.follow_once()
    (gone,) = [id_ for name, id_ in followed.ids().items() if name == made.name]
    installation.manage("prune", "--older-than", "7d")
    assert gone not in followed.ids().values()
    with path.open("ab") as file:
        file.write(joined(MadeClaude(6).lines))
    home.follow_once()
    assert made.name not in followed.ids()


def test_rollouts_of_codex_are_taken_in(home: Home, followed: Followed) -> None:
    name, lines = made_rollout(1)
    path = home.rollouts / f"rollout-2026-11-01T12-00-00-{name}.jsonl"
    path.write_bytes(joined(lines))
    home.follow_once()
    log = followed.log(name)
    said = [e["text"] for e in log if e["type"] == "text"]
    assert said == [f"answer {turn}" for turn in range(5)]
    assert sum(e["type"] == "user_message" for e in log) == 5
    last = json.loads(lines[-2])["payload"]["info"]["total_token_usage"]
    assert tokens_of_log(log) == last["input_tokens"] + last["output_tokens"]
    shutil.rmtree(home.rollouts)  # Codex deletes its own; the session stays
    home.follow_once()
    assert followed.log(name) == log


def test_a_sub_agent_of_codex_stands_below_the_call_that_has_spawned_it(
    home: Home, followed: Followed, sessions: Sessions
) -> None:
    name, _ = made_rollout(8)
    below, lines = made_rollout(9, turns=1, parent=name)
    path = home.rollouts / f"rollout-2026-11-01T12-00-01-{below}.jsonl"
    path.write_bytes(joined(lines))
    _, lines = made_rollout(8, child=below)
    path = home.rollouts / f"rollout-2026-11-01T12-00-00-{name}.jsonl"
    path.write_bytes(joined(lines))
    home.follow_once()
    ids = followed.ids()
    assert sessions.column(ids[below], "parent_id") == ids[name]
    log = followed.log(name)
    (spawned,) = [e for e in log if e["type"] == "agent_spawn"]
    (call,) = [e for e in log if e["type"] == "tool_use" and e["tool"] == "spawn_agent"]
    assert spawned["childId"] == ids[below]
    assert spawned["toolUseId"] == call["toolUseId"]
    said = [e["text"] for e in followed.log(below) if e["type"] == "text"]
    assert said == ["answer 0"]


def test_serve_follows_for_its_admin_as_soon_as_there_is_one(
    home: Home, followed: Followed, installation: Installation, sessions: Sessions
) -> None:
    installation.run("DELETE FROM auth_user")
    made = MadeClaude(7)
    made.write(home.projects)
    served = installation.serve("--follow", "--no-runner")
    client = installation.sign_in(served.url)
    until(lambda: followed.is_at_rest(made.name))
    page = client.get(f"/sessions/{followed.ids()[made.name]}/")
    client.close()
    assert page.status_code == 200


def test_no_secret_of_a_transcript_is_stored_in_clear(
    home: Home, installation: Installation
) -> None:
    secret = GITHUB
    lines = [
        {"type": "summary", "summary": f"about {secret}"},
        {
            "type": "user", "uuid": "u1", "sessionId": "s", "cwd": f"/w/{secret}",
            "timestamp": "2026-11-01T10:00:00Z",
            "message": {"role": "user", "content": f"take {secret}"},
        },
        {
            "type": "assistant", "uuid": "u2", "sessionId": "s",
            "timestamp": "2026-11-01T10:00:01Z",
            "message": {
                "id": "m", "role": "assistant", "model": secret[:60],
                "content": [
                    {"type": "tool_use", "id": secret, "name": "t", "input": {}},
                    {"type": "novel", "x": secret},
                ],
            },
        },
        {"type": "novel", "uuid": "u3", "word": secret},
    ]  # fmt: skip
    data = "\n".join(map(json.dumps, lines)) + f"\n{{broken {secret}\n"
    (home.project / "b7f9.jsonl").write_text(data)
    home.follow_once()
    assert len(installation.rows("SELECT id FROM sessions_app_agentsession")) == 1
    stored = [
        path
        for path in installation.directory.rglob("*")
        if path.is_file() and secret.encode() in path.read_bytes()
    ]
    assert [path for path in stored if home.directory not in path.parents] == []
