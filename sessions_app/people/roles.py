from enum import IntEnum

from django.contrib.auth.models import Group, User


class Role(IntEnum):
    """What a person may do; each role includes the rights of the lower ones.

    A role is the group of its lower-case name. A user in no such group is a viewer.
    """

    VIEWER = 1  # see their own sessions, and those shared with them
    OPERATOR = 2  # start sessions; steer, approve and share their own
    ADMIN = 3  # everything, to every session

    @property
    def group(self) -> str:
        return self.name.lower()


BY_GROUP = {role.group: role for role in Role}


def assign(user: User, role: Role) -> None:
    """Give a user this role, and remove any other."""
    user.groups.remove(*Group.objects.filter(name__in=BY_GROUP))
    user.groups.add(Group.objects.get_or_create(name=role.group)[0])
