from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from sessions_app.models import AgentSession

pytestmark = pytest.mark.django_db


@pytest.fixture
def own(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which the admin is alone; returns the home of whom it is."""
    settings.RINGSIDE_SIMULATE = False
    settings.ANTHROPIC_API_KEY = "key"
    settings.RINGSIDE_OWN_MACHINE = True
    settings.RINGSIDE_WORKDIR_ROOTS = []
    settings.DATA_DIR = tmp_path / "home" / "ringside" / "var"
    home = tmp_path / "home"
    for name in ("garden", "garden/beds", ".ssh", "ringside/var/workdirs"):
        (home / name).mkdir(parents=True)
    (home / "way-out").symlink_to("/etc")
    monkeypatch.setenv("HOME", str(home))
    return home


def start(client: Client, path: Path | str, **more: str) -> str:
    """Start a session; return where it works, or the words of the refusal."""
    fields = {"prompt": "Go", "workdir": str(path), **more}
    answer = client.post("/sessions/", fields)
    if answer.status_code == 303:
        return AgentSession.objects.latest("created_at").workdir
    assert answer.status_code == 422
    return str(answer.context["form"].errors["workdir"])


def test_a_directory_of_theirs_is_agreed_to_once(own: Path, as_root: Client) -> None:
    garden = str(own / "garden")
    assert "have not worked in" in start(as_root, garden)
    assert not AgentSession.objects.exists()
    other = str(own / "garden" / "beds")
    assert "have not worked in" in start(as_root, garden, confirmed_workdir=other)
    assert start(as_root, garden, confirmed_workdir=garden) == garden
    assert start(as_root, garden) == garden


def test_recent_directories_complete_first(own: Path, as_root: Client) -> None:
    beds = str(own / "garden" / "beds")
    start(as_root, beds, confirmed_workdir=beds)

    def offered(text: str) -> list[str]:
        found: list[str] = as_root.get("/workdirs", {"text": text}).json()["workdirs"]
        return found

    assert offered("") == [beds, f"{own}/garden", f"{own}/ringside"]
    assert offered(f"{own}/gar") == [beds, f"{own}/garden"]


@pytest.mark.parametrize(
    "path",
    ["/", "/etc", "{own}", "{own}/..", "{own}/.ssh", "{own}/ringside/var/workdirs",
     "{own}/way-out", "{own}/gone", "garden", "{own}/garden/../.ssh"],
)  # fmt: skip
def test_no_other_directory_is_taken_whatever_is_confirmed(
    own: Path, as_root: Client, path: str
) -> None:
    there = path.format(own=own)
    resolved = str(Path(there).resolve())
    for confirmed in (there, resolved):
        assert "errorlist" in start(as_root, there, confirmed_workdir=confirmed)
    assert not AgentSession.objects.exists()


@pytest.mark.parametrize(
    "headers",
    [{"REMOTE_ADDR": "192.0.2.1"}, {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
     {"HTTP_FORWARDED": "for=127.0.0.1"}, {"HTTP_X_REAL_IP": "127.0.0.1"}],
)  # fmt: skip
def test_who_is_not_at_the_machine_has_fresh_directories_only(
    own: Path, as_root: Client, headers: dict[str, str]
) -> None:
    as_root.defaults.update(headers)
    garden = str(own / "garden")
    assert "leave this blank" in start(as_root, garden, confirmed_workdir=garden)
    assert as_root.get("/workdirs", {"text": ""}).json() == {"workdirs": []}


@pytest.mark.parametrize("setting", ["RINGSIDE_OWN_MACHINE", "BEHIND_PROXY"])
def test_a_server_that_is_not_said_to_be_somebodys_own_is_not(
    own: Path, as_root: Client, settings: Settings, setting: str
) -> None:
    setattr(settings, setting, setting == "BEHIND_PROXY")
    garden = str(own / "garden")
    assert "leave this blank" in start(as_root, garden, confirmed_workdir=garden)


def test_with_a_second_user_it_is_a_teams_server(
    own: Path, as_root: Client, alice: User
) -> None:
    garden = str(own / "garden")
    assert "leave this blank" in start(as_root, garden, confirmed_workdir=garden)
    alice.is_active = False
    alice.save()
    assert start(as_root, garden, confirmed_workdir=garden) == garden


def test_roots_that_an_operator_named_count_alone(
    own: Path, as_root: Client, settings: Settings
) -> None:
    settings.RINGSIDE_WORKDIR_ROOTS = [str(own / "garden" / "beds")]
    garden = str(own / "garden")
    refused = start(as_root, garden, confirmed_workdir=garden)
    assert "inside" in refused
    assert start(as_root, own / "garden" / "beds") == str(own / "garden" / "beds")
