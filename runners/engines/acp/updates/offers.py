"""Reads the settings and slash commands that an agent offers."""

from runners.engines.acp.modes import choices_of
from runners.engines.acp.shape import object_of, objects_of, text_of, without_empty
from sessions_app.protocol.wire import Json

COMMANDS_MAX = 500
DESCRIPTION_MAX_CHARS = 300
SWITCH = (("true", "on"), ("false", "off"))
CATEGORIES = {"thought_level": "effort"}


def config_options(session: Json) -> list[Json]:
    """Return the settings in an answer or update; the modes if there are no others.

    Only options of the types `select` and `boolean` are kept.
    """
    options = [_option(o) for o in objects_of(session.get("configOptions"))]
    found = [option for option in options if option]
    modes = object_of(session.get("modes"))
    if modes and not any(option["category"] == "mode" for option in found):
        found.insert(0, _modes(modes))
    return found


def available_commands(update: Json) -> list[Json]:
    """Return an update's slash commands, each with the hint for its input."""
    return [
        without_empty(
            {
                "name": text_of(command.get("name")),
                "description": _short(command),
                "hint": text_of(object_of(command.get("input")).get("hint")),
            }
        )
        for command in objects_of(update.get("availableCommands"))[:COMMANDS_MAX]
        if text_of(command.get("name"))
    ]


def with_mode(options: list[Json], mode: str) -> list[Json]:
    """Return the settings with the agent's new mode."""
    return [
        option | {"current": mode} if option["category"] == "mode" else option
        for option in options
    ]


def _option(option: Json) -> Json | None:
    match option.get("type"):
        case "select":
            current = text_of(option.get("currentValue"))
            choices = [_choice(c) for c in choices_of(option)]
        case "boolean":
            current = "true" if option.get("currentValue") is True else "false"
            choices = [{"value": v, "name": n} for v, n in SWITCH]
        case _:
            return None
    category = text_of(option.get("category"))
    return {
        "id": text_of(option.get("id")),
        "type": option["type"],  # Ringside's own field: how the option is set
        "name": text_of(option.get("name")) or text_of(option.get("id")),
        "category": CATEGORIES.get(category, category),
        "description": _short(option),
        "current": current,
        "choices": choices,
    }


def _choice(choice: Json) -> Json:
    return without_empty(
        {
            "value": text_of(choice.get("value")),
            "name": text_of(choice.get("name")),
            "description": _short(choice),
            "group": text_of(choice.get("group")),
        }
    )


def _modes(modes: Json) -> Json:
    return {
        "id": "mode",
        "type": "mode",
        "name": "Mode",
        "category": "mode",
        "description": "",
        "current": text_of(modes.get("currentModeId")),
        "choices": [
            _choice(mode | {"value": mode.get("id")})
            for mode in objects_of(modes.get("availableModes"))
        ],
    }


def _short(item: Json) -> str:
    text = text_of(item.get("description"))
    cut = len(text) > DESCRIPTION_MAX_CHARS
    return f"{text[: DESCRIPTION_MAX_CHARS - 1]}…" if cut else text
