from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from sessions_app.workdirs.allowed import workdirs_like


@pytest.fixture
def root(tmp_path: Path, settings: Settings) -> Path:
    root = tmp_path / "projects"
    for name in ("alpha", "alps/inner", "beta", ".hidden"):
        (root / name).mkdir(parents=True)
    (root / "alfile").write_text("")
    (tmp_path / "outside").mkdir()
    (root / "alink").symlink_to(tmp_path / "outside")
    settings.RINGSIDE_WORKDIR_ROOTS = [str(root)]
    return root


def test_a_path_is_completed_to_directories_inside_the_roots(root: Path) -> None:
    assert workdirs_like("") == [str(root)]
    assert workdirs_like(str(root)) == [str(root)]
    assert workdirs_like(f"{root}/al") == [f"{root}/alpha", f"{root}/alps"]
    assert workdirs_like(f"{root}/alps/") == [f"{root}/alps/inner"]
    assert workdirs_like(f"{root}/.h") == [f"{root}/.hidden"]


@pytest.mark.parametrize(
    "text",
    ["{root}/../", "{root}/../o", "{root}/alink/", "{root}/none/", "/etc/", "x"],
)
def test_nothing_else_is_listed(root: Path, text: str) -> None:
    assert workdirs_like(text.format(root=root)) == []


def test_nul_is_as_if_it_had_not_been_typed(root: Path) -> None:
    assert workdirs_like("\0") == [str(root)]


def test_without_roots_there_is_nothing_to_list(settings: Settings) -> None:
    settings.RINGSIDE_WORKDIR_ROOTS = []
    assert workdirs_like("/") == workdirs_like("") == []


def test_directories_are_for_those_who_may_start(
    client: Client, as_alice: Client, root: Path
) -> None:
    assert client.get("/workdirs?text=/").status_code == 401
    found = as_alice.get(f"/workdirs?text={root}/b").json()
    assert found == {"workdirs": [f"{root}/beta"]}
