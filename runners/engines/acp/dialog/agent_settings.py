from collections.abc import Callable

from runners.engines.acp.rpc import AgentRefused, Answer, RpcPeer
from sessions_app.protocol.wire import Json

Note = Callable[[str, str], None]


class AgentSettings:
    """Sets an agent's config options, and its mode where that is no option.

    `offered` returns the settings that the agent reported last. `changed` is called
    with the update after a change, `note` with a refusal.
    """

    def __init__(
        self,
        peer: RpcPeer,
        session: str,
        offered: Callable[[], list[Json]],
        changed: Callable[[Json], None],
        note: Note,
    ) -> None:
        self._peer = peer
        self._session = session
        self._offered = offered
        self._changed = changed
        self._note = note

    def choose(self, option_id: str, value: str) -> None:
        """Set an option to one of its offered choices."""
        option = self._option(lambda option: option["id"] == option_id)
        if option is None:
            self._note("no_option", f"The agent offers no setting {option_id!r}.")
        elif value not in [choice["value"] for choice in option["choices"]]:
            self._note("no_option", f"{option['name']} has no choice {value!r}.")
        else:
            self._set(option, value)

    def want(self, category: str, value: str) -> None:
        """Set the first option of a category to the choice with this value or name."""
        option = self._option(lambda option: option["category"] == category)
        for choice in option["choices"] if option else ():
            if value in (choice["value"], choice.get("name")) and option:
                if choice["value"] != option["current"]:
                    self._set(option, choice["value"])
                return
        self._note("no_option", f"The agent offers no {category} {value!r}.")

    def _option(self, fits: Callable[[Json], bool]) -> Json | None:
        return next((option for option in self._offered() if fits(option)), None)

    def _set(self, option: Json, value: str) -> None:
        def done(answer: Answer) -> None:
            if isinstance(answer, AgentRefused):
                self._note("no_option", f"{option['name']}: the agent said: {answer}")
            elif option["type"] == "mode":
                update = {
                    "sessionUpdate": "current_mode_update",
                    "currentModeId": value,
                }
                self._changed(update)
            else:
                self._changed(answer | {"sessionUpdate": "config_option_update"})

        where: Json = {"sessionId": self._session}
        if option["type"] == "mode":
            self._peer.call("session/set_mode", where | {"modeId": value}, done)
            return
        said: Json = {"value": value}
        if option["type"] == "boolean":
            said = {"type": "boolean", "value": value == "true"}
        params = where | {"configId": option["id"]} | said
        self._peer.call("session/set_config_option", params, done)
