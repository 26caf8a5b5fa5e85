from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from runners.engines.acp.shape import object_of, objects_of, text_of
from sessions_app.protocol.wire import Json

# By permission mode of Ringside: the ids that agents use for the same mode.
KNOWN: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "default": ("default", "ask", "build", "manual", "read-only"),
        "acceptEdits": ("acceptEdits", "accept-edits", "autoEdit", "auto-edit"),
        "plan": ("plan", "read-only"),
        "bypass": ("bypassPermissions", "yolo", "full-access", "bypass"),
    }
)


@dataclass(frozen=True, slots=True)
class ModeChange:
    """The request that sets an agent's mode."""

    mode: str
    method: str
    params: Json


@dataclass(frozen=True, slots=True)
class ModeChoice:
    """The modes that an agent offers; `option_id` if they are a config option."""

    current: str
    offered: Sequence[str]
    option_id: str = ""

    @classmethod
    def of(cls, session: Json) -> "ModeChoice":
        """Read the answer to session/new, session/load or session/resume."""
        for option in objects_of(session.get("configOptions")):
            if option.get("category") == "mode" and option.get("type") == "select":
                values = [text_of(v.get("value")) for v in choices_of(option)]
                current = text_of(option.get("currentValue"))
                return cls(current, values, text_of(option.get("id")))
        modes = object_of(session.get("modes"))
        ids = [text_of(m.get("id")) for m in objects_of(modes.get("availableModes"))]
        return cls(text_of(modes.get("currentModeId")), ids)

    def change(self, wanted: str, own: Mapping[str, str]) -> ModeChange | None:
        """Return the request for a permission mode; None if the agent lacks it.

        `own` are the agent's mode ids by permission mode, as agents.toml has them.
        """
        for mode in (own.get(wanted, ""), *KNOWN.get(wanted, ())):
            if mode and mode in self.offered:
                return self._to(mode)
        return None

    def _to(self, mode: str) -> ModeChange:
        if self.option_id:
            params: Json = {"configId": self.option_id, "value": mode}
            return ModeChange(mode, "session/set_config_option", params)
        return ModeChange(mode, "session/set_mode", {"modeId": mode})


def choices_of(option: Json) -> list[Json]:
    """Return a config option's choices, grouped ones too, each with its `group`."""
    found = []
    for item in objects_of(option.get("options")):
        if isinstance(item.get("options"), list):
            group = text_of(item.get("name"))
            found += [c | {"group": group} for c in objects_of(item["options"])]
        else:
            found.append(item)
    return found
