import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from runners.sandbox.jail import PathRefused
from runners.tools.context import ToolContext, ToolError
from tests.runners.flipping import Flip, flipping
from tests.runners.tools.conftest import Use

SECRET = "the secret of another directory"
ROUNDS = 150  # of each tool, while names change their meaning


@pytest.fixture
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory like one inside, with other content."""
    outside = tmp_path_factory.mktemp("outside")
    for name in ("file.txt", "stolen.txt"):
        (outside / name).write_text(f"needle {SECRET}\n")
    return outside


def directory_flips(root: Path, outside: Path) -> list[Flip]:
    """Put a link to the outside in the place of a directory, and take it away."""

    def fresh() -> None:
        (root / "fresh").mkdir(exist_ok=True)
        (root / "fresh/file.txt").write_text("needle mine\n")
        (root / "fresh").rename(root / "d")

    def away() -> None:
        (root / "d").rename(root / "old")
        shutil.rmtree(root / "old")

    fresh()
    return [
        away,
        lambda: (root / "d").symlink_to(outside),
        lambda: (root / "d").unlink(),
        fresh,
    ]


def file_flips(root: Path, outside: Path) -> list[Flip]:
    """Put a link to the outside in the place of a file, at once."""
    (root / "d").mkdir()
    (root / "d/file.txt").write_text("needle mine\n")

    def link() -> None:
        (root / "link").symlink_to(outside / "file.txt")
        (root / "link").rename(root / "d/file.txt")

    def own() -> None:
        (root / "own").write_text("needle mine\n")
        (root / "own").rename(root / "d/file.txt")

    return [link, own]


def contents(directory: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in directory.iterdir()}


async def used(use: Use, tool: str, **arguments: object) -> str:
    """What a tool says, be it that it cannot."""
    try:
        return (await use(tool, **arguments)).text
    except (PathRefused, ToolError, OSError) as error:
        return str(error)


@pytest.mark.parametrize("flips", [directory_flips, file_flips])
async def test_no_tool_reads_or_writes_outside_however_names_change(
    use: Use,
    job: ToolContext,
    outside: Path,
    flips: Callable[[Path, Path], list[Flip]],
) -> None:
    root = job.workdir.root
    before = contents(outside)
    with flipping(*flips(root, outside)):
        for number in range(ROUNDS):
            said = [
                await used(use, "read_file", path="d/file.txt"),
                await used(use, "glob", pattern="**/*.txt"),
                await used(use, "write_file", path="d/new.txt", content="harm"),
                await used(use, "write_file", path="d/sub/new.txt", content="harm"),
                await used(
                    use,
                    "edit_file",
                    path="d/file.txt",
                    old_string="needle",
                    new_string="harm",
                ),
            ]
            if number % 6 == 0:
                said.append(await used(use, "grep", pattern="needle", path="d"))
                said.append(await used(use, "grep", pattern="needle", path="."))
            for text in said:
                assert SECRET not in text
                assert "stolen" not in text
            await asyncio.sleep(0)
    assert contents(outside) == before


async def test_grep_does_not_follow_what_became_a_link(
    use: Use, job: ToolContext, outside: Path
) -> None:
    """The first search proposes names; by the second one they may be links."""
    root = job.workdir.root
    (root / "a.txt").symlink_to(outside / "file.txt")
    (root / "b.txt").write_text("needle mine\n")
    output = await use("grep", pattern="needle")
    assert output.text == "b.txt:1:needle mine"
    with pytest.raises(PathRefused):
        await use("grep", pattern="needle", path="a.txt")
