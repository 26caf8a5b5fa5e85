import shutil
import subprocess
from pathlib import Path

from tests.servers.stack import missing

SOURCE = Path(__file__).with_suffix(".c")


class SteppedClock:
    """A wall clock that steps when a test says so, for processes with its `env`.

    Their monotonic clock does not step, as in life.
    """

    def __init__(self, directory: Path) -> None:
        compiler = shutil.which("cc") or missing("gcc")
        library = directory / "stepped_clock.so"
        command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE)]
        subprocess.run(command, check=True)
        self._file = directory / "step"
        self.step(0)
        self.env = {"LD_PRELOAD": str(library), "STEPPED_CLOCK": str(self._file)}

    def step(self, seconds: int) -> None:
        """Have it show so much more, or less, than the machine's clock."""
        self._file.touch()
        with self._file.open("r+b", buffering=0) as file:
            file.write(seconds.to_bytes(8, "little", signed=True))
