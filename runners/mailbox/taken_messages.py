from runners.mailbox.mailbox import Mailbox
from runners.mailbox.pending_command import PendingCommand
from runners.records.records import SessionRecords


async def taken_messages(
    mailbox: Mailbox, records: SessionRecords
) -> list[PendingCommand]:
    """Take the waiting messages, before the agent or the log has them.

    Those that a person has withdrawn leave the mailbox. Those returned cannot be
    withdrawn or reordered any more, and stand in the order that people gave them.
    """
    prompts = mailbox.prompts
    if not prompts:
        return []
    taken = await records.take_messages([prompt.id for prompt in prompts])
    mailbox.done(prompt for prompt in prompts if prompt.id not in taken)
    by_id = {prompt.id: prompt for prompt in prompts}
    return [by_id[number] for number in taken]
