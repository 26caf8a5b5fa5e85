from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Every limit of the engine, with its unit."""

    attempts: int = 8  # of one API call
    first_delay_s: float = 0.5  # before the second attempt; then doubling
    longest_delay_s: float = 30.0
    longest_hint_s: float = 120.0  # of a server's retry-after; longer hints are capped
    compact_at: float = 0.8  # part of the model's context window
    compactions: int = 2  # without compaction_turns good turns between them
    # after so many good turns the count of compactions restarts
    compaction_turns: int = 3
    # Tool outputs in a request for a summary; each retry uses the next value.
    compaction_chars: tuple[int, ...] = (20_000, 2_000, 200)
    pauses: int = 10  # pause_turn in a row
    broken_turns: int = 3  # consecutive turns whose calls were all cut or malformed
    # After so many, a person is asked whether to go on. An agent that waits for
    # something may well poll, so the limit for turns that merely repeat is higher.
    failed_repeats: int = 4  # consecutive turns that fail as an earlier one did
    stale_repeats: int = 20  # consecutive turns with the same outcome as earlier ones
    broken_off: int = 3  # consecutive turns whose stream broke after a finished call
    parallel_calls: int = 8
    output_chars: int = 30_000  # of one tool result sent to the model
    least_output_chars: int = 2_000  # the same, after outputs have filled the context
    full_bytes: int = 8 * 1024 * 1024  # of one tool's output that is stored
    live_chars: int = 100_000  # of a command's output shown while it runs
    live_interval_s: float = 0.05  # between two output deltas of one command
    read_lines: int = 2_000  # if a read names no limit
    file_bytes: int = 10_000_000  # that a tool reads or edits
    command_s: float = 120.0  # if a command names no time-out
    longest_command_s: float = 1_800.0
    search_s: float = 30.0
    search_entries: int = 200_000  # directory entries walked
    sniffed_files: int = 20_000  # opened to see why a search found nothing
    matches: int = 250  # lines of a grep, files of a glob
    match_chars: int = 500  # of one matching line
