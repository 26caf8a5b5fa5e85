import os
import re
import subprocess
from pathlib import Path

from tests.ag_ui.conftest import AgUi
from tests.agents.install import NODE_BIN
from tests.servers.process import PATIENCE_S, ROOT

EXAMPLE = re.compile(r"(?:^    .*\n|^\n(?=    ))+", re.MULTILINE)


def test_example_of_the_docs_runs_as_it_stands(
    ag_ui: AgUi, modules: Path, tmp_path: Path
) -> None:
    docs = (ROOT / "docs" / "ag-ui.md").read_text("utf-8")
    found = EXAMPLE.search(docs)
    assert found is not None
    lines = [line.removeprefix("    ") for line in found[0].splitlines()]
    assert len([line for line in lines if line]) <= 10
    (tmp_path / "node_modules").symlink_to(modules / "node_modules")
    (tmp_path / "example.mjs").write_text("\n".join(lines))
    env = {"RINGSIDE_URL": ag_ui.served.url, "RINGSIDE_TOKEN": ag_ui.token}
    done = subprocess.run(
        [str(NODE_BIN / "node"), "example.mjs", "[scenario: follow_up]"],
        cwd=tmp_path,
        env=os.environ | env,
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith("[]")
    assert len(done.stdout.splitlines()) > 1
