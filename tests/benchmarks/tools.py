import os
import shutil
import subprocess
from functools import cached_property
from pathlib import Path

from tests.servers.process import ROOT

FOLDER = "RINGSIDE_BENCH_TOOLS"


class Tools:
    """The load generator and the hub in Go, built where Go and their source are."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        default = ROOT.parent / "shared" / "bench"
        self._source = Path(os.environ.get(FOLDER, default)).resolve()

    @cached_property
    def wsload(self) -> Path | None:
        """Opens many viewers; None: there is no Go, or no source."""
        return self._built("wsload")

    @cached_property
    def gohub(self) -> Path | None:
        """A plain hub of goroutines, the peer to beat."""
        return self._built("gohub")

    def _built(self, name: str) -> Path | None:
        source = self._source / name
        if shutil.which("go") is None or not source.is_dir():
            return None
        binary = self._directory / name
        env = os.environ | {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode"}
        env.setdefault("HOME", str(self._directory))  # where Go keeps its cache
        done = subprocess.run(
            ["go", "build", "-o", str(binary), "."],
            cwd=source,
            env=env,
            check=False,
            capture_output=True,
        )
        return binary if done.returncode == 0 else None
