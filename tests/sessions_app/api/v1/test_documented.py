"""The examples of docs/api.md run as they stand, but for the address and the id."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.installation import Installation
from tests.servers.process import ROOT, until
from tests.servers.stack import skip

EXAMPLES = re.compile(r"^    (curl (?:.*\\\n)*.*)", re.MULTILINE)

ID = re.compile(r'"id": ?"(s_\w+)"')


@contextmanager
def running(command: str, env: dict[str, str], out: Path) -> Iterator[Path]:
    """Run a line of a shell until the test has seen enough of what it prints."""
    with out.open("wb") as file:
        process = subprocess.Popen(
            ["bash", "-c", f"exec {command}"], env=os.environ | env, stdout=file
        )
    try:
        yield out
    finally:
        process.kill()
        process.wait()


def test_examples_of_the_documentation_run(
    installation: Installation, tmp_path: Path
) -> None:
    if shutil.which("curl") is None:
        skip("the examples need curl")
    served = installation.serve()
    installation.sign_in(served.url).close()
    make = ("token", "create", "t", "--scope", "read", "--scope", "start")
    env = {"TOKEN": installation.manage(*make).strip()}
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    found = [
        one.replace("http://127.0.0.1:8000", served.url)
        for one in EXAMPLES.findall(page)
    ]
    listing, tree, whole = found
    with running(whole, env, tmp_path / "whole") as live:
        until(lambda: "event: live" in live.read_text())
        start = (
            f"curl -s -H 'Authorization: Bearer {env['TOKEN']}' "
            "-H 'Content-Type: application/json' "
            f'-d \'{{"prompt": "Hello"}}\' {served.url}/api/v1/sessions'
        )
        with running(start, env, tmp_path / "started") as started:
            found_id = until(lambda: ID.findall(started.read_text()))
            id_ = found_id[0]
        until(lambda: f'"sessionId":"{id_}"' in live.read_text())
    with running(tree.replace("/ID/", f"/{id_}/"), env, tmp_path / "tree") as events:
        until(lambda: '"type":"session_started"' in events.read_text())
    with running(listing, env, tmp_path / "list") as listed:
        until(lambda: id_ in listed.read_text())
