from pathlib import Path

import pytest
from django.conf import LazySettings

from runners.port.errors import RunFailed
from runners.records.workdir import prepare_workdir
from sessions_app.models import AgentSession


@pytest.fixture(autouse=True)
def data(settings: LazySettings, tmp_path: Path) -> Path:
    """A data directory that is reached by a link."""
    (tmp_path / "disk").mkdir()
    data = tmp_path / "data"
    data.symlink_to(tmp_path / "disk")
    settings.DATA_DIR, settings.WORKDIRS_DIR = data, data / "workdirs"
    return data


def placed(workdir: Path | str) -> str:
    session = AgentSession(id="s_one", workdir=str(workdir))
    prepare_workdir(session)
    return session.workdir


def swap(path: Path, target: Path) -> None:
    """Put a link where a directory was."""
    target.mkdir(exist_ok=True)
    path.rename(path.with_name("away"))
    path.symlink_to(target)


def test_a_session_without_a_directory_gets_one_of_its_own_and_keeps_it(
    data: Path,
) -> None:
    own = placed("")
    assert own == str(data / "workdirs" / "s_one")
    assert placed(own) == own


def test_a_directory_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunFailed, match=r"there is no directory .*/gone"):
        placed(tmp_path / "gone")


@pytest.mark.parametrize("moved", ["project", "project/part"])
def test_no_session_works_where_a_link_leads_that_came_later(
    tmp_path: Path, moved: str
) -> None:
    workdir = tmp_path / "project" / "part"
    workdir.mkdir(parents=True)
    assert placed(workdir) == str(workdir)
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "part").mkdir(parents=True)
    swap(tmp_path / moved, elsewhere)
    with pytest.raises(RunFailed, match=r"leads to .*/elsewhere"):
        placed(workdir)


def test_nor_does_one_whose_own_directory_was_replaced(
    data: Path, tmp_path: Path
) -> None:
    own = placed("")
    swap(Path(own), tmp_path / "elsewhere")
    with pytest.raises(RunFailed, match=r"leads to .*/elsewhere"):
        placed("")
