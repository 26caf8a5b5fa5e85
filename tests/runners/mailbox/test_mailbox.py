from runners.mailbox.mailbox import Mailbox
from runners.mailbox.pending_command import PendingCommand
from sessions_app.protocol.commands import (
    Approve,
    Cancel,
    Command,
    Interrupt,
    Prompt,
    Throttle,
)


def asked(number: int, command: Command | None) -> PendingCommand:
    return PendingCommand(number, "s_1", "ada", command)


def test_a_command_is_taken_once() -> None:
    mailbox, prompt = Mailbox(), asked(1, Prompt(text="hello"))
    assert mailbox.put(prompt)
    assert not mailbox.put(prompt)
    assert mailbox.prompts == [prompt]
    mailbox.done([prompt])
    assert not mailbox.put(prompt)  # the database may show it a little longer
    assert mailbox.prompts == []


async def test_an_answer_reaches_its_question() -> None:
    mailbox, answer = Mailbox(), asked(1, Approve(tool_use_id="toolu_1"))
    with mailbox.question("toolu_1") as question:
        mailbox.put(answer)
        assert await question == answer
        assert mailbox.strays == []
    assert mailbox.strays == [answer]  # until the log has it


def test_what_fits_nowhere_is_stray() -> None:
    mailbox = Mailbox()
    strays = [
        asked(1, Approve(tool_use_id="toolu_1")),
        asked(2, Throttle(delay_ms=1)),
        asked(3, None),
    ]
    stops = [asked(4, Interrupt()), asked(5, Cancel())]
    for command in [*strays, *stops]:
        mailbox.put(command)
    assert mailbox.strays == strays
    assert mailbox.stops == stops
