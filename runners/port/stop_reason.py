from enum import IntEnum


class StopReason(IntEnum):
    """Why a session is stopped; a greater reason outranks a smaller."""

    INTERRUPT = 1  # a person wants to say something else
    CANCEL = 2  # a person wants it to end
    SHUTDOWN = 3  # its runner stops
    LOSS = 4  # another runner has it
