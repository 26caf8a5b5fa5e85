import io

import pytest

from runners.cli.terminal.terminal import OUTPUT_LINES, Terminal
from sessions_app.protocol.events import (
    AgentSpawn,
    Error,
    Event,
    Status,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ToolResult,
    ToolUse,
)
from sessions_app.protocol.status import SessionStatus

ROOT, CHILD = "s_root", "s_child"


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(*events: Event) -> str:
    out = io.StringIO()
    Terminal(out, ROOT).show(events)
    return out.getvalue()


def test_text_appears_as_it_comes_and_once() -> None:
    out = io.StringIO()
    terminal = Terminal(out, ROOT)
    terminal.show([TextDelta(session_id=ROOT, block="m1.0", offset=0, delta="Let ")])
    assert out.getvalue() == "Let "
    terminal.show([TextDelta(session_id=ROOT, block="m1.0", offset=4, delta="me")])
    terminal.show([Text(session_id=ROOT, block="m1.0", text="Let me")])
    assert out.getvalue() == "Let me\n"


def test_a_block_without_deltas_appears_whole() -> None:
    text = Text(session_id=ROOT, block="m1.0", text="one\ntwo\n")
    assert shown(text) == "one\ntwo\n"


def test_a_new_block_begins_on_a_new_line() -> None:
    thought = ThinkingDelta(session_id=ROOT, block="m1.0", offset=0, delta="hm")
    whole = Thinking(session_id=ROOT, block="m1.0", text="hm")
    text = TextDelta(session_id=ROOT, block="m1.1", offset=0, delta="So")
    assert shown(thought, whole, text) == "hm\nSo"
    assert shown(thought, text) == "hm\nSo"


def test_sub_agents_speak_under_their_names() -> None:
    spawn = AgentSpawn(
        session_id=ROOT, child_id=CHILD, task="Look", tool_use_id="toolu_1"
    )
    delta = TextDelta(session_id=CHILD, block="m1.0", offset=0, delta="I l")
    text = Text(session_id=CHILD, block="m1.0", text="I look.\nStill.")
    lines = shown(spawn, delta, text).splitlines()
    assert lines == ["⇢ sub-agent: Look", "[Look] I look.", "[Look] Still."]


def test_a_long_output_is_cut_and_says_so() -> None:
    result = ToolResult(
        session_id=ROOT,
        tool_use_id="toolu_1",
        tool="bash",
        output="\n".join(map(str, range(20))),
        is_error=False,
        duration_ms=1,
    )
    lines = shown(result).splitlines()
    assert lines[:2] == ["  0", "  1"]
    assert lines[OUTPUT_LINES] == f"  … {20 - OUTPUT_LINES} more lines"


def test_nothing_in_an_event_drives_the_terminal() -> None:
    evil = "\x1b[2J\x1b]0;gone\x07text"
    call = ToolUse(
        session_id=ROOT,
        block="m1.0",
        tool_use_id="toolu_1",
        tool=evil,
        input={evil: evil},
    )
    error = Error(session_id=ROOT, code=evil, message=evil, fatal=True)
    delta = TextDelta(session_id=ROOT, block="m1.1", offset=0, delta=evil)
    assert "\x1b" not in shown(call, error, delta)


def test_only_a_terminal_gets_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    status = Status(session_id=ROOT, status=SessionStatus.RUNNING)
    screen = Screen()
    Terminal(screen, ROOT).show([status])
    assert screen.getvalue() == "\x1b[2m· running\n\x1b[0m"
    assert shown(status) == "· running\n"
    monkeypatch.setenv("NO_COLOR", "1")
    screen = Screen()
    Terminal(screen, ROOT).show([status])
    assert screen.getvalue() == "· running\n"
