import pytest

from runners.engine.permission import Effect, Verdict, judge

RUN, ASK, REFUSE = Verdict.RUN, Verdict.ASK, Verdict.REFUSE


@pytest.mark.parametrize(
    ("mode", "write", "execute"),
    [
        ("default", ASK, ASK),
        ("acceptEdits", RUN, ASK),
        ("plan", REFUSE, REFUSE),
        ("bypass", RUN, RUN),
    ],
)
def test_a_mode_decides_by_what_a_tool_does(mode, write, execute):
    assert judge(mode, "read_file", Effect.NONE, set()) is RUN
    assert judge(mode, "write_file", Effect.WRITE, set()) is write
    assert judge(mode, "bash", Effect.EXECUTE, set()) is execute


def test_what_was_allowed_for_the_session_is_not_asked_again():
    assert judge("default", "bash", Effect.EXECUTE, {"bash"}) is RUN
    assert judge("default", "edit_file", Effect.WRITE, {"bash"}) is ASK
    assert judge("plan", "bash", Effect.EXECUTE, {"bash"}) is REFUSE
