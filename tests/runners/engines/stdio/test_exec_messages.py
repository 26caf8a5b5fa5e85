import json

import pytest

from sessions_app.protocol.commands import Interrupt, Prompt
from tests.naive_fold import text_of
from tests.runners.engines.stdio.conftest import Programs
from tests.runners.sessions import Sessions
from tests.servers.process import until

# A program that ends when asked, and says so.
POLITE = """
echo '{"type":"text_delta","delta":"I begin. "}'
while read -r line; do
  case $line in
    *interrupt*|*cancel*)
      echo '{"type":"agent_complete","status":"interrupted"}'; exit 0;;
    *prompt*) echo '{"type":"text_delta","delta":"heard "}';;
  esac
done
"""


def test_people_may_speak_to_it_and_stop_it(
    programs: Programs, sessions: Sessions
) -> None:
    process = programs.start(POLITE, "first words")
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "text_delta")
    said = sessions.tell(session_id, Prompt(text="and more"))
    until(lambda: text_of(sessions.events(session_id)).count("heard") == 2)
    assert sessions.is_applied(said)
    stop = sessions.tell(session_id, Interrupt())
    sessions.await_rest(session_id, "idle")
    assert sessions.is_applied(stop)
    assert process.wait() == 130, process.errors()


# It notes the prompts that it gets, in a file, until an interrupt comes.
NOTING = """
while read -r line; do
  echo "$line" >> heard
  case $line in
    *interrupt*) exit 0;;
    *first*) echo '{"type":"text_delta","delta":"I begin."}';;
    *last*) echo '{"type":"text_delta","delta":"I end."}'; exit 0;;
  esac
done
"""


def prompts(programs: Programs) -> list[str]:
    lines = (programs.workdir / "heard").read_text().splitlines()
    heard = [json.loads(line) for line in lines]
    return [line["text"] for line in heard if line["type"] == "prompt"]


def test_a_message_that_an_interrupt_follows_comes_with_the_next_run(
    programs: Programs, sessions: Sessions
) -> None:
    process = programs.start(NOTING, "first")
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "text_delta")
    said = sessions.tell(session_id, Prompt(text="second"))
    until(lambda: sessions.is_applied(said))
    sessions.tell(session_id, Interrupt())
    assert process.wait() == 130, process.errors()
    again = programs.go_on(session_id, "last")
    assert again.wait() == 0, again.errors()
    assert prompts(programs)[-2:] == ["second", "last"]


def test_a_run_that_goes_on_without_a_message_gets_what_was_stopped(
    programs: Programs, sessions: Sessions
) -> None:
    process = programs.start(NOTING, "first")
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "text_delta")
    sessions.tell(session_id, Interrupt())
    assert process.wait() == 130, process.errors()
    programs.write(NOTING.replace("*last*", "*first*").replace("*first*", "*never*", 1))
    again = programs.go_on(session_id)
    assert again.wait() == 0, again.errors()
    assert prompts(programs) == ["first", "first"]


# It says one thing, hears nothing more until it may end, and ends well.
DEAF = """
read -r line
echo "$line" >> heard
echo '{"type":"text_delta","delta":"I answer."}'
if [ ! -e ran ]; then touch ran; while [ ! -e end ]; do sleep 0.05; done; fi
"""
ENDED = """echo '{"type":"turn_end"}'
echo '{"type":"agent_complete","status":"success"}'
"""


@pytest.mark.parametrize("end", ["", ENDED], ids=["exits", "says that it ends"])
def test_a_message_after_the_last_word_begins_another_run_at_once(
    programs: Programs, sessions: Sessions, end: str
) -> None:
    process = programs.start(DEAF + end, "first")
    (session_id,) = until(sessions.ids)
    sessions.await_event(session_id, "text_delta")
    said = sessions.tell(session_id, Prompt(text="second"))
    until(lambda: sessions.is_applied(said))
    (programs.workdir / "end").touch()
    assert process.wait() == 0, process.errors()
    assert prompts(programs) == ["first", "second"]
    assert len(sessions.events(session_id, "agent_complete")) == 2
    assert sessions.status(session_id) == "completed"
