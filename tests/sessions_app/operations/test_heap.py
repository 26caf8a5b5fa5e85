import platform
import subprocess
import sys

import pytest

LARGE, BLOCK, BLOCKS = 30_000_000, 150_000, 300
# A large block makes glibc keep more; then a burst comes and goes.
BURST = f"""
from pathlib import Path

from sessions_app.operations.heap import give_back

def resident():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096

give_back()
bytes({LARGE})
before = resident()
burst = [bytearray({BLOCK}) for _ in range({BLOCKS})]
for block in burst:
    block[::4096] = b"x" * len(block[::4096])
peak = resident()
del block, burst
print(peak - before, resident() - before)
"""


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="other C libraries keep their own ways"
)
def test_what_a_burst_has_taken_goes_back_to_the_system() -> None:
    run = subprocess.run(
        [sys.executable, "-c", BURST], check=True, capture_output=True, text=True
    )
    grown, kept = map(int, run.stdout.split())
    assert grown > BLOCK * BLOCKS / 2
    assert kept < grown / 10


# The dictionaries stand for what a program has loaded.
SET_ASIDE = """
import gc

from sessions_app.operations.heap import set_aside

loaded = [{} for _ in range(1000)]
set_aside()
print(gc.get_freeze_count() > 1000, len(gc.get_objects()))
"""


def test_what_was_loaded_at_the_start_costs_no_collection_any_more() -> None:
    run = subprocess.run(
        [sys.executable, "-c", SET_ASIDE], check=True, capture_output=True, text=True
    )
    is_frozen, looked_at = run.stdout.split()
    assert is_frozen == "True"
    assert int(looked_at) < 1000
