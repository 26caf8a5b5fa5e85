from typing import Annotated

from msgspec import Meta, Struct


class SimulatorOptions(Struct, frozen=True, kw_only=True):
    """How a simulator serves."""

    # A port of 127.0.0.1; 0 is any free one.
    port: Annotated[int, Meta(ge=0, le=65535)] = 0
    # Tokens a second; 0 is as fast as possible.
    rate: Annotated[float, Meta(ge=0)] = 60.0
    # How far a token strays from its time, as a part of the time between two.
    jitter: Annotated[float, Meta(ge=0, le=1)] = 0.0
    seed: int = 0
    # The scenario of prompts that name none; if empty, their words choose it.
    scenario: str = ""
    # A directory of further scenario files, which may replace the shipped ones.
    scenarios: str = ""
    # How many of the last requests are kept.
    log_size: int = 200
    # How many conversations that meet a fault are remembered.
    attempts_size: int = 10_000
