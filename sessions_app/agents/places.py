import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class AgentPlaces:
    """The directories where agents keep their own sessions, for one person."""

    claude: Path  # Claude Code: one directory a project
    codex: Path  # Codex: a directory for each day
    opencode: Path  # opencode: a database, or JSON files under `storage`

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Find them as the agents do: by their own variables, or below the home."""
        home = Path(environment.get("HOME") or Path.home())
        data = environment.get("XDG_DATA_HOME") or home / ".local" / "share"
        claude = environment.get("CLAUDE_CONFIG_DIR") or home / ".claude"
        codex = environment.get("CODEX_HOME") or home / ".codex"
        return cls(
            claude=Path(claude) / "projects",
            codex=Path(codex) / "sessions",
            opencode=Path(data) / "opencode",
        )

    @property
    def there(self) -> list[Path]:
        """Those that exist."""
        return [p for p in (self.claude, self.codex, self.opencode) if p.is_dir()]
