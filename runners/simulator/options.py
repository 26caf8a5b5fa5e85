from typing import Annotated

from msgspec import Meta, Struct


class SimulatorOptions(Struct, frozen=True, kw_only=True):
    """The options of a simulator."""

    # A port of 127.0.0.1; 0: any free port.
    port: Annotated[int, Meta(ge=0, le=65535)] = 0
    # Tokens per second; 0: as fast as possible.
    rate: Annotated[float, Meta(ge=0)] = 60.0
    # Maximal shift of a token, as a fraction of the gap between two tokens.
    jitter: Annotated[float, Meta(ge=0, le=1)] = 0.0
    seed: int = 0
    # The scenario of prompts that name none; if empty, their words choose one.
    scenario: str = ""
    # A directory of more scenario files, which may replace shipped ones.
    scenarios: str = ""
    # How many recent requests are kept.
    log_size: int = 200
    # How many conversations with a fault are remembered.
    attempts_size: int = 10_000
