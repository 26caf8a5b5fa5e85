from dataclasses import dataclass, replace

from runners.permissions.mode import Effect, PermissionMode, PermissionVerdict, judge
from runners.permissions.rule import Action
from runners.permissions.rules import Rules
from runners.sandbox.jail import PathRefused, Target
from runners.tools.tool import Tool


class GrantVoid(PathRefused):
    """The call's path leads elsewhere than when it was judged, and needs approval."""


@dataclass(frozen=True, slots=True)
class CallGrant:
    """The permission of one call, and the facts it was judged by.

    The files may change between judgement and effect: calls of one turn run in
    parallel, and a request may be pending for hours. So the jail checks the grant again
    at the open directory in which the effect happens, and before it creates
    directories.
    """

    tool: Tool
    action: Action
    rules: Rules
    mode: PermissionMode
    was_asked: bool = False
    note: str = ""  # note to Claude about the person's answer

    @property
    def effect(self) -> Effect:
        return self.tool.effect

    def check(self, target: Target) -> None:
        """Judge where the path leads now. Raises PathRefused and GrantVoid."""
        action = replace(
            self.action,
            path=target.path,
            names=target.names,
            beside_head=target.beside_head,
        )
        ruling = judge(self.mode, self.effect, action, self.rules)
        if ruling.verdict is PermissionVerdict.REFUSE:
            raise PathRefused(ruling.reason)
        if ruling.verdict is PermissionVerdict.ASK and not self._was_approved(action):
            raise GrantVoid(
                f"Not done: the path leads to {target.path} by now, which is not what "
                f"was approved. {ruling.reason}. Call the tool again to ask."
            )

    def _was_approved(self, action: Action) -> bool:
        return self.was_asked and (
            (action.path, action.protected_by)
            == (self.action.path, self.action.protected_by)
        )
