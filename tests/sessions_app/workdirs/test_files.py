from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from sessions_app.models import AgentSession
from sessions_app.workdirs.files import files_like


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for path in (
        "README.md", "src/readme.txt", "src/deep/reader.py", "docs/readings/a.py",
        "node_modules/readable/index.js", ".hidden/read", "a\u202eread.py",
    ):  # fmt: skip
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "read-me-not").touch()
    (root / "link").symlink_to(tmp_path / "outside")
    (root / "read-link").symlink_to(tmp_path / "outside" / "read-me-not")
    return root


def test_files_whose_path_contains_a_text_come_the_closest_first(tree: Path) -> None:
    assert files_like(str(tree), "READ") == [
        "README.md", "src/readme.txt", "src/deep/reader.py", "docs/readings/a.py",
    ]  # fmt: skip
    assert files_like(str(tree), ".hid") == [".hidden/read"]
    assert files_like(str(tree), "src/d") == ["src/deep/reader.py"]


def test_what_is_gone_or_nowhere_has_no_files(tree: Path) -> None:
    for root in ("", str(tree / "gone"), str(tree / "README.md"), "/\0"):
        assert files_like(root, "") == []


def test_the_walk_is_bounded(tree: Path, settings: Settings) -> None:
    settings.FILES_SCANNED = 3
    assert len(files_like(str(tree), "")) <= 3


@pytest.mark.django_db
def test_only_who_may_write_to_the_agent_is_told_of_files(
    tree: Path, alice: User, client: Client, as_alice: Client, as_bob: Client
) -> None:
    session = AgentSession.objects.create(
        owner=alice, title="t", prompt="p", workdir=str(tree)
    )
    path = f"/sessions/{session.pk}/files"
    assert client.get(path).status_code == 401
    found = as_alice.get(path, {"text": "deep/reader"}).json()
    assert found == {"files": ["src/deep/reader.py"]}
    assert as_bob.get(path).status_code == 404
