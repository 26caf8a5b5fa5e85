from pathlib import Path

from tests.runners.sessions import Fields, Sessions
from tests.servers.installation import Installation
from tests.servers.process import Process


class Home:
    """A person's home directory, with what agents keep in it."""

    def __init__(self, directory: Path, installation: Installation) -> None:
        self.directory = directory
        self.projects = directory / ".claude" / "projects"
        self.project = self.projects / "-home-ada-project"
        self.rollouts = directory / ".codex" / "sessions" / "2026" / "11" / "01"
        self.rollouts.mkdir(parents=True)
        self.project.mkdir(parents=True)
        self._installation = installation
        installation.env["HOME"] = str(directory)
        for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_DATA_HOME"):
            installation.env.pop(name, None)
        installation.manage("signin", "ada", "--create")

    def follow(self, *words: str) -> Process:
        return self._installation.start("follow", "--owner", "ada", *words)

    def follow_once(self) -> str:
        return self._installation.manage("follow", "--owner", "ada", "--once")


class Followed:
    """The sessions that transcripts were taken into, by the agents' names for them."""

    def __init__(self, installation: Installation, sessions: Sessions) -> None:
        self._installation = installation
        self._sessions = sessions

    def ids(self) -> dict[str, str]:
        rows = self._installation.rows(
            "SELECT name, session_id FROM sessions_app_agenttranscript"
        )
        return {name: session for name, session in rows if session}

    def log(self, name: str) -> list[Fields]:
        return self._sessions.events(self.ids()[name])

    def status(self, name: str) -> str:
        return self._sessions.status(self.ids()[name])

    def is_at_rest(self, name: str) -> bool:
        id_ = self.ids().get(name)
        return id_ is not None and not self._sessions.lease(id_)
