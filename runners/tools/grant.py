from dataclasses import dataclass, replace

from runners.permissions.mode import Effect, PermissionMode, PermissionVerdict, judge
from runners.permissions.rule import Action
from runners.permissions.rules import Rules
from runners.sandbox.jail import PathRefused, Target
from runners.tools.tool import Tool


class GrantVoid(PathRefused):
    """A path leads elsewhere than when its call was judged, where one has to ask."""


@dataclass(frozen=True, slots=True)
class CallGrant:
    """What a call may do, by the rules or by an answer, and what it was judged by.

    The tree may change between judgement and effect: calls of one turn run side by
    side, and a question may be open for hours. So the jail has a grant checked at the
    open directory in which the effect happens, and before it makes directories.
    """

    tool: Tool
    action: Action
    rules: Rules
    mode: PermissionMode
    was_asked: bool = False
    note: str = ""  # what Claude is to know about the answer

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
