import msgspec

from sessions_app.protocol.prepared import prepared
from sessions_app.protocol.wire import Json

ID = r"^[a-z][a-z0-9-]{0,31}$"


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """A package that npx or uvx fetches and runs."""

    package: str
    args: tuple[str, ...] = ()
    env: dict[str, str] = {}


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """How an agent is obtained; `binary` archives are for people to unpack."""

    npx: Package | None = None
    uvx: Package | None = None
    binary: Json | None = None


@prepared
class AgentEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An agent that speaks the Agent Client Protocol, as agents.toml describes it.

    The fields are those of the ACP registry's agent.json, and Ringside's own: the
    second half.
    """

    id: str = ""  # the table's name
    name: str = ""
    version: str = ""
    description: str = ""
    icon: str = ""
    repository: str = ""
    website: str = ""
    authors: tuple[str, ...] = ()
    license: str = ""
    distribution: Distribution = Distribution()

    command: str = ""  # a program on PATH, or a path; comes before `distribution`
    args: tuple[str, ...] = ()
    env: dict[str, str] = {}
    # Variables of the runner that the agent gets, besides those commands get; `*`
    # stands for any characters.
    keep_env: tuple[str, ...] = ()
    wrapper: tuple[str, ...] = ()  # before the command; {workdir} is the session's
    install: str = ""  # the one command that installs it
    # The agent's name for each of Ringside's permission modes, where it has one.
    modes: dict[str, str] = {}
    # Who may use it: names of users, and of groups (a role is a group); none of both:
    # all who may start sessions. Admins may always.
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    enabled: bool = True
    is_built_in: bool = False  # an agent that no agents.toml names

    @property
    def label(self) -> str:
        return self.name or self.id

    @property
    def how_to_install(self) -> str:
        """The one command that installs the agent; "" if the entry does not say."""
        if self.install or self.distribution.npx is None:
            return self.install
        return f"npm install -g {self.distribution.npx.package}"
