"""docs/deploy/compose.yaml, read as Compose would: what it names is there."""

import re
import shlex
from typing import Any

import pytest
import yaml
from django.core.management import get_commands, load_command_class

from tests.servers.process import ROOT

DEPLOY = ROOT / "docs" / "deploy"
TEXT = (DEPLOY / "compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: one for name, one in SERVICES.items() if "build" in one}
IMAGE = (DEPLOY / "Dockerfile").read_text()


def ours_in(command: str) -> list[list[str]]:
    """Return the words of each of Ringside's commands in a shell's line."""
    found = re.findall(r"manage\.py ([^;&\"\]]+)", command)
    return [shlex.split(one.replace("$PORT", "8000")) for one in found]


@pytest.mark.parametrize("name", [*OURS, "the image"])
def test_a_container_runs_commands_that_there_are(name: str) -> None:
    last = IMAGE.splitlines()[-1].replace('\\"', "")
    commands = ours_in(OURS[name].get("command", last) if name in OURS else last)
    assert commands
    for command, *options in commands:
        made = load_command_class(get_commands()[command], command)
        made.create_parser("manage.py", command).parse_args(options)


@pytest.mark.parametrize("name", OURS)
def test_a_container_has_a_context_a_user_and_volumes_that_there_are(name: str) -> None:
    service = OURS[name]
    assert (DEPLOY / service["build"]["context"]).resolve() == ROOT
    assert (ROOT / service["build"]["dockerfile"]).is_file()
    assert service.get("user", "ringside") in re.findall(r"ringside[a-z-]*", IMAGE)
    for volume in service["volumes"]:
        source, target = volume.split(":")
        assert source in COMPOSE["volumes"]
        assert target == f"/var/lib/{service.get('user', 'ringside')}"


@pytest.mark.parametrize("name", OURS)
def test_a_container_is_told_only_settings_that_there_are(name: str) -> None:
    sources = "".join(one.read_text() for one in (ROOT / "config").rglob("*.py"))
    for variable in OURS[name]["environment"]:
        known = variable in {"ANTHROPIC_API_KEY", "PORT"}
        assert known or f'"{variable}"' in sources, variable


def test_what_must_be_set_is_said_at_the_top() -> None:
    head = TEXT.partition("name:")[0]
    for variable in re.findall(r"\$\{(\w+):\?\}", TEXT):
        assert variable in head


def test_agents_get_neither_the_pages_data_nor_a_key_of_theirs() -> None:
    agents = [one for one in OURS.values() if one.get("user") == "ringside-agents"]
    assert len(agents) == 2
    for one in agents:
        assert one["volumes"] == ["agents:/var/lib/ringside-agents"]
    for one in OURS.values():
        assert one["init"] is True
        assert one["cap_drop"] == ["ALL"]
        is_agent = one.get("user") == "ringside-agents"
        assert ("ANTHROPIC_API_KEY" in one["environment"]) is is_agent


def test_what_is_waited_for_can_come() -> None:
    for name, service in SERVICES.items():
        for other, about in dict(service.get("depends_on", {})).items():
            waited = about["condition"]
            check = SERVICES[other].get("healthcheck", {})
            if waited == "service_healthy":
                assert "test" in check or "HEALTHCHECK" in IMAGE, (name, other)
                assert not check.get("disable"), (name, other)
            else:
                assert SERVICES[other]["restart"] == "no", (name, other)


def test_mounted_files_are_there_or_explained_at_the_top() -> None:
    head = TEXT.partition("name:")[0]
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0].removeprefix("./")
            if source not in COMPOSE["volumes"]:
                assert (DEPLOY / source).exists() or f"docs/deploy/{source}" in head
