import asyncio
import os
import shutil
import time
from pathlib import Path

import pytest

from runners.tools.context import ToolContext, ToolError
from runners.tools.limits import Limits
from sessions_app.protocol.encoding.utf16 import utf16_len
from sessions_app.protocol.events import ToolOutputDelta
from tests.runners.sandbox.proc import descriptors, gone
from tests.runners.tools.conftest import Shown, Use


def output_of(shown: Shown) -> list[ToolOutputDelta]:
    """What was shown, which is a command's output and nothing else."""
    deltas = [event for event in shown if isinstance(event, ToolOutputDelta)]
    assert len(deltas) == len(shown)
    return deltas


async def test_output_and_errors_come_merged_and_in_order(use: Use) -> None:
    output = await use("bash", command="echo one; echo two >&2; echo three")
    assert (output.text, output.is_error) == ("one\ntwo\nthree", False)


async def test_a_command_works_in_the_working_directory(
    use: Use, tmp_path: Path
) -> None:
    assert (await use("bash", command="pwd")).text == str(tmp_path)


async def test_silence_is_named(use: Use) -> None:
    assert (await use("bash", command="true")).text == "(no output)"


async def test_a_failure_is_an_error_with_its_code(use: Use) -> None:
    output = await use("bash", command="echo oh; exit 3")
    assert (output.text, output.is_error) == ("oh\n[exit code 3]", True)
    output = await use("bash", command="kill -TERM $$")
    assert (output.text, output.is_error) == ("[ended by signal 15]", True)


async def test_output_is_shown_while_the_command_runs(
    use: Use, job: ToolContext, shown: Shown
) -> None:
    fifo = job.workdir.root / "fifo"
    os.mkfifo(fifo)
    command = "echo one; sleep 0.01; echo and; read <fifo; echo two"
    running = asyncio.create_task(use("bash", command=command))
    async with asyncio.timeout(10):
        while "".join(d.delta for d in output_of(shown)) != "one\nand\n":
            await shown.another()
    assert shown[0] == ToolOutputDelta(tool_use_id="t", offset=0, delta="one\n")
    assert not running.done()
    await asyncio.to_thread(fifo.write_text, "\n")
    assert (await running).text == "one\nand\ntwo"
    assert output_of(shown)[-1].offset == 8


async def test_deltas_join_to_the_output_whatever_its_bytes(
    use: Use, shown: Shown
) -> None:
    command = r"""for i in 1 2 3; do printf '\360\237'; sleep 0.06; printf '\230\200 '
        printf '\303\251\377'; sleep 0.06; done; printf '\360\237'"""
    output = await use("bash", command=command)
    text = ""
    for delta in output_of(shown):
        assert delta.offset == utf16_len(text)
        text += delta.delta
    assert len(shown) > 3
    assert text == output.text == "\U0001f600 \u00e9\ufffd" * 3 + "\ufffd"


async def test_a_long_output_keeps_its_head_and_tail(
    use: Use, job: ToolContext, shown: Shown
) -> None:
    job.limits = Limits(output_chars=1_000, live_chars=5_000)
    output = await use("bash", command="echo first; yes | head -100000; echo last")
    assert output.truncated
    assert output.text.startswith("first\ny\n")
    assert output.text.endswith("y\nlast")
    assert "199,211 characters left out" in output.text
    assert sum(len(delta.delta) for delta in output_of(shown)) == 5_000


async def test_a_command_that_takes_too_long_is_stopped(use: Use) -> None:
    began = time.monotonic()
    output = await use("bash", command="echo begun; sleep 60 & wait", timeout_ms=900)
    assert time.monotonic() - began < 20
    assert output.is_error
    assert output.text == "begun\n[stopped: not done after 0.9 s]"


async def test_wait_does_not_wait_for_our_watchdog(use: Use) -> None:
    began = time.monotonic()
    await use("bash", command="sleep 0.1 & wait")
    assert time.monotonic() - began < 2


async def test_what_is_left_in_the_background_ends_with_the_command(use: Use) -> None:
    output = await use("bash", command="sleep 60 & echo $!")
    pid = int(output.text)
    await gone(pid)


async def test_a_command_has_no_input_and_no_terminal(use: Use) -> None:
    output = await use("bash", command="cat; test -t 0 || test -t 1 || echo none")
    assert output.text == "none"


async def test_a_command_holds_no_descriptor_of_ours(use: Use) -> None:
    output = await use("bash", command="exec ls /proc/self/fd")
    assert output.text.split() == ["0", "1", "2", "3"]  # 3 is what ls reads


async def test_a_command_longer_than_the_system_takes_runs(
    use: Use, tmp_path: Path
) -> None:
    text = "x" * 140_000
    command = f"cat > big <<'E'\n{text}\nE\nls /proc/self/fd; echo $# $0; wc -c < big"
    output = await use("bash", command=command)
    assert output.text.split() == [
        "0",
        "1",
        "2",
        "3",
        "0",
        shutil.which("bash"),
        "140001",
    ]
    assert (tmp_path / "big").read_text() == f"{text}\n"


async def test_a_long_command_reads_its_own_input(use: Use) -> None:
    output = await use(
        "bash", command=f"cat; read x; echo $?\n# {'x' * 140_000}\nexit 3"
    )
    assert output.text == "1\n[exit code 3]"


async def test_a_command_with_a_nul_is_refused(use: Use) -> None:
    with pytest.raises(ToolError, match="NUL"):
        await use("bash", command="echo a\0b")


IDENTITY = "git config user.name a && git config user.email a@b"


@pytest.mark.parametrize("limit", ["a time-out", "an interrupt"])
async def test_git_takes_its_lock_away_before_it_ends(
    use: Use, tmp_path: Path, limit: str
) -> None:
    await use("bash", command=f"git init -q . && {IDENTITY} && echo 1 > f && git add f")
    waits = "GIT_EDITOR='touch begun; sleep 60; true' git commit"
    command = f"{waits} -a; echo over"
    if limit == "a time-out":
        assert (await use("bash", command=command, timeout_ms=1_500)).is_error
    else:
        running = asyncio.create_task(use("bash", command=command))
        async with asyncio.timeout(60):
            while not (tmp_path / "begun").exists():  # noqa: ASYNC110 git tells nobody
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.wait([running])
    assert (tmp_path / "begun").exists()
    assert not list((tmp_path / ".git").glob("*.lock"))


async def test_what_does_not_heed_the_end_is_killed(use: Use) -> None:
    command = "trap '' TERM INT HUP; echo begun; sleep 60; sleep 60"
    output = await use("bash", command=command, timeout_ms=500)
    assert output.text == "begun\n[stopped: not done after 0.5 s]"


async def test_no_editor_hangs_git(
    use: Use, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("EDITOR", "VISUAL", "GIT_EDITOR", "GIT_SEQUENCE_EDITOR"):
        monkeypatch.setenv(name, "sleep 60;")
    git = "git -c user.name=a -c user.email=a@b"
    begin = f"git init -qb main . && echo 1 > f && git add f && {git} commit -qm 1"
    assert not (await use("bash", command=begin)).is_error
    empty = await use("bash", command=f"echo 2 > f; {git} commit -a")
    assert "empty commit message" in empty.text
    merge = f"""{git} commit -qam 2; git checkout -qb o HEAD~1; echo n > n; git add n
        {git} commit -qm n; git checkout -q main; {git} merge o && {git} revert HEAD~1
        {git} log --oneline | wc -l"""
    output = await use("bash", command=merge, timeout_ms=30_000)
    assert not output.is_error, output.text
    for key in ("core.editor", "sequence.editor"):
        await use("bash", command=f"git config {key} 'sleep 60;'")
    output = await use("bash", command=f"{git} rebase -i HEAD~1", timeout_ms=30_000)
    assert not output.is_error, output.text


async def test_a_stopped_command_leaves_no_descriptor_behind(use: Use) -> None:
    await use("bash", command="true")
    before = descriptors()
    for _ in range(5):
        running = asyncio.create_task(use("bash", command="sleep 60"))
        await asyncio.sleep(0.02)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    await asyncio.sleep(0)
    assert descriptors() == before
