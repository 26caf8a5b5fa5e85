import json
import random
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
import pytest
from django.conf import LazySettings
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from sessions_app.log.batch import Batch
from sessions_app.log.commit import CommitEntry, CommitGroup, commit
from sessions_app.log.page import read_page
from sessions_app.log.sweep import DELTAS, sweep, unswept
from sessions_app.models import AgentSession, Event
from sessions_app.protocol import events
from sessions_app.protocol.encoding.codec import encode
from sessions_app.protocol.encoding.utf16 import utf16_len
from tests.naive_fold import NaiveFold
from tests.sessions_app.logbook import change, delta, held_session, row, stored, text

pytestmark = [pytest.mark.conformance, pytest.mark.usefixtures("transactional_db")]


class Pen:
    """Writes a session's log, and knows what a viewer of all of it would show."""

    def __init__(self, session: AgentSession) -> None:
        self.session = session
        self.truth = NaiveFold()
        self.head = session.head_seq

    def write(self, *said: events.Event) -> Batch:
        group = CommitGroup(
            session_id=self.session.id,
            lease=self.session.lease,
            after=self.head,
            up_to=self.head + len(said),
            entries=tuple(
                self._entry(event, self.head + nth) for nth, event in enumerate(said, 1)
            ),
            changes={},
            applied=(),
        )
        assert commit([group]) == [True]
        self.head = group.up_to
        self.truth.read(group.batch().body)
        return group.batch()

    def _entry(self, event: events.Event, seq: int) -> CommitEntry:
        stamped = msgspec.structs.replace(
            event, session_id=self.session.id, seq=seq, ts=1
        )
        return CommitEntry(
            seq, event.wire_type(), event.stream or "", 1, encode(stamped)
        )


@pytest.fixture
def pen(transactional_db: None) -> Pen:
    return Pen(held_session(id="s_swept"))


def sweep_all(session_id: str) -> None:
    for _ in range(1000):
        if not sweep(session_id):
            return
    raise AssertionError("the sweep does not end")


def types(session_id: str) -> list[str]:
    return [json.loads(data)["type"] for _, data in stored(session_id)]


def result(tool_use_id: str, output: str) -> events.ToolResult:
    return events.ToolResult(
        tool_use_id=tool_use_id,
        tool="bash",
        output=output,
        is_error=False,
        duration_ms=1,
    )


def test_deltas_go_once_their_final_is_there(pen: Pen) -> None:
    pen.write(
        events.BlockStart(block="m1.0", kind="text"),
        delta("a", 0),
        delta("b", 1),
        delta("c", 0, block="m1.1"),
    )
    sweep_all(pen.session.id)
    assert types(pen.session.id).count("text_delta") == 3
    pen.write(text("ab"))
    sweep_all(pen.session.id)
    assert types(pen.session.id) == ["block_start", "text_delta", "text"]


def test_each_kind_of_final_takes_its_own_deltas(pen: Pen) -> None:
    pen.write(
        events.ThinkingDelta(block="m1.0", offset=0, delta="a"),
        events.ToolInputDelta(block="m1.1", offset=0, delta="{}"),
        events.ToolOutputDelta(tool_use_id="t1", offset=0, delta="a"),
        events.ToolOutputDelta(tool_use_id="t2", offset=0, delta="a"),
        events.Thinking(block="m1.0", text="a"),
        events.ToolUse(block="m1.1", tool_use_id="t1", tool="bash", input={}),
        result("t1", "a"),
    )
    sweep_all(pen.session.id)
    left = types(pen.session.id)
    assert left == ["tool_output_delta", "thinking", "tool_use", "tool_result"]


@pytest.mark.parametrize("near", ["m10", "m", "m1x", "mx"])
def test_a_discarded_turn_takes_no_others_deltas(pen: Pen, near: str) -> None:
    pen.write(
        delta("a", block="m1.0"),
        delta("b", block="m1.12"),
        delta("c", block=f"{near}.0"),
        delta("d", block=near),
        events.TurnDiscarded(message_id="m1", reason="overloaded"),
        delta("e", block="m1.0"),
    )
    sweep_all(pen.session.id)
    kept = [json.loads(data).get("delta") for _, data in stored(pen.session.id)]
    assert kept == ["c", "d", None, "e"]


def test_wildcards_in_a_messages_name_are_its_own_letters(pen: Pen) -> None:
    pen.write(
        delta("a", block="mx1.0"),
        delta("b", block="m_1.0"),
        events.TurnDiscarded(message_id="m_1", reason="overloaded"),
    )
    sweep_all(pen.session.id)
    assert types(pen.session.id) == ["text_delta", "turn_discarded"]


def test_the_newest_of_a_stream_go_first_and_few_at_a_time(
    pen: Pen, settings: LazySettings
) -> None:
    settings.SWEEP_MAX_ROWS = 2
    pen.write(*[delta(str(n), n) for n in range(5)], text("01234"))
    left = []
    while sweep(pen.session.id):
        left.append([seq for seq, _ in stored(pen.session.id)])
    assert left == [[1, 2, 3, 6], [1, 6], [6]]


def test_what_is_swept_is_not_looked_at_again(pen: Pen) -> None:
    pen.write(delta("a"), text("a"))
    assert unswept(10) == [pen.session.id]
    sweep_all(pen.session.id)
    assert unswept(10) == []
    assert row(pen.session.id).swept_seq == pen.head
    pen.write(delta("b", block="m1.1"))
    assert unswept(10) == []  # it streams
    pen.write(text("b", block="m1.1"))
    assert unswept(10) == [pen.session.id]


def test_a_log_that_only_streams_is_passed_over_when_it_has_grown_much(
    pen: Pen, settings: LazySettings
) -> None:
    settings.DELTAS_PASSED_MIN = 3
    pen.write(delta("a"), delta("b", 1))
    assert unswept(10) == []
    pen.write(delta("c", 2))
    assert unswept(10) == [pen.session.id]
    sweep_all(pen.session.id)
    assert unswept(10) == []
    assert row(pen.session.id).swept_seq == pen.head


def test_a_session_that_is_gone_has_nothing_to_sweep(pen: Pen) -> None:
    AgentSession.objects.all().delete()
    assert not sweep(pen.session.id)


def test_sessions_that_have_grown_most_are_swept_first() -> None:
    for number, grown in enumerate([3, 9, 1, 0]):
        held_session(id=f"s_{number}")
        change(f"s_{number}", head_seq=100 + 1000 * grown, swept_seq=100)
    assert unswept(2) == ["s_1", "s_0"]
    assert unswept(9) == ["s_1", "s_0", "s_2"]


def test_the_sweep_does_not_move_the_list(pen: Pen) -> None:
    pen.write(delta("a"), text("a"))
    before = row(pen.session.id).updated_at
    sweep_all(pen.session.id)
    assert row(pen.session.id).updated_at == before


# --- whatever comes between ---------------------------------------------------


@dataclass
class NaiveReader:
    """A viewer with nothing clever: live where it can, else one page more."""

    session_id: str
    cursor: int = 0
    fold: NaiveFold = field(default_factory=NaiveFold)

    def offer(self, batch: Batch) -> None:
        if batch.after == self.cursor:
            self._take(batch)

    def read(self) -> bool:
        page = read_page(self.session_id, self.cursor)
        self._take(page.batch)
        return page.at_end

    def _take(self, batch: Batch) -> None:
        self.fold.read(batch.body)
        self.cursor = batch.up_to


KINDS: dict[Literal["text", "thinking"], tuple[Any, Any]] = {
    "text": (events.TextDelta, events.Text),
    "thinking": (events.ThinkingDelta, events.Thinking),
}


class Schedule:
    """A writer, a sweep and readers, who take turns as chance has it."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 seeded, to be repeatable
        self.pen = Pen(held_session())
        self.session_id = self.pen.session.id
        self.readers = [NaiveReader(self.session_id) for _ in range(3)]
        self.open: dict[str, tuple[Any, str]] = {}  # block: kind, text so far
        self.running: dict[str, str] = {}  # tool call: output so far
        self.count = 0

    def run(self, steps: int) -> None:
        turns = {
            self.start_block: 3,
            self.add: 10,
            self.finish: 3,
            self.discard: 1,
            self.run_tool: 1,
            self.put_out: 5,
            self.sweep: 4,
            self.read: 4,
            self.join_late: 1,
        }
        for turn in self.chance.choices([*turns], [*turns.values()], k=steps):
            turn()
        while self.open:
            self.finish()
        self.end()

    def write(self, *said: events.Event) -> None:
        batch = self.pen.write(*said)
        for reader in self.readers:
            if self.chance.random() > 0.3:  # else the layer has lost it
                reader.offer(batch)

    def some_text(self) -> str:
        return "".join(self.chance.choices("ab\u00e9\u4e2d\U0001f600", k=3))

    def start_block(self) -> None:
        message = self.chance.choice(("m1", "m10", "m_1"))
        block = f"{message}.{self.count}"
        self.count += 1
        kind = self.chance.choice([*KINDS])
        self.open[block] = kind, ""
        self.write(events.BlockStart(block=block, kind=kind))

    def add(self) -> None:
        if not self.open:
            return
        block = self.chance.choice([*self.open])
        kind, whole = self.open[block]
        said = []
        for _ in range(self.chance.randint(1, 3)):
            part = self.some_text()
            offset = utf16_len(whole)
            said.append(KINDS[kind][0](block=block, offset=offset, delta=part))
            whole += part
        self.open[block] = kind, whole
        self.write(*said)

    def finish(self) -> None:
        if not self.open:
            return
        block = self.chance.choice([*self.open])
        kind, whole = self.open.pop(block)
        self.write(KINDS[kind][1](block=block, text=whole))

    def discard(self) -> None:
        message = self.chance.choice(("m1", "m10", "m_1"))
        for block in [b for b in self.open if b.rpartition(".")[0] == message]:
            del self.open[block]
        self.write(events.TurnDiscarded(message_id=message, reason=""))

    def run_tool(self) -> None:
        call, block = f"t{self.count}", f"m2.{self.count}"
        self.count += 1
        self.running[call] = ""
        self.write(
            events.BlockStart(block=block, kind="tool_input"),
            events.ToolInputDelta(block=block, offset=0, delta="{"),
            events.ToolUse(block=block, tool_use_id=call, tool="bash", input={"a": 1}),
        )

    def put_out(self) -> None:
        if not self.running:
            return
        call = self.chance.choice([*self.running])
        output, part = self.running[call], self.some_text()
        self.running[call] = output + part
        offset = utf16_len(output)
        self.write(events.ToolOutputDelta(tool_use_id=call, offset=offset, delta=part))
        if self.chance.random() < 0.2:
            self.write(result(call, self.running.pop(call)))

    def sweep(self) -> None:
        sweep(self.session_id)

    def read(self) -> None:
        self.chance.choice(self.readers).read()

    def join_late(self) -> None:
        self.readers[2] = NaiveReader(self.session_id)

    def end(self) -> None:
        """Let all come to an end, pages and steps of the sweep still in turns."""
        behind = [*self.readers, NaiveReader(self.session_id)]
        is_swept = False
        while behind or not is_swept:
            is_swept = not sweep(self.session_id)
            self.chance.shuffle(behind)
            if behind and behind[0].read():
                self.check(behind.pop(0))
        late = NaiveReader(self.session_id)
        while not late.read():
            pass
        self.check(late)
        kept = Event.objects.filter(session=self.session_id, type__in=DELTAS)
        assert set(kept.values_list("stream", flat=True)) <= {*self.running}

    def check(self, reader: NaiveReader) -> None:
        truth = self.pen.truth
        assert reader.cursor == self.pen.head
        assert list(reader.fold.blocks.items()) == list(truth.blocks.items())
        assert reader.fold.outputs == truth.outputs


@examples(
    max_examples=6,  # a schedule each: 1 would do, of most mistakes
    phases=[Phase.generate],  # a smaller seed is no simpler
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    seed=st.integers(0, 2**32),
    rows=st.integers(1, 6),
    chars=st.integers(1, 900),
    most=st.integers(1, 3),
)
def test_every_reader_ends_with_the_truth_whatever_comes_between(
    settings: LazySettings, seed: int, rows: int, chars: int, most: int
) -> None:
    settings.PAGE_MAX_ROWS, settings.PAGE_MAX_CHARS = rows, chars
    settings.SWEEP_MAX_ROWS = most
    Schedule(seed).run(60)
