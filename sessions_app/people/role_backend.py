from typing import Any

from django.contrib.auth.backends import BaseBackend

from sessions_app.people.rights import may_administer


class RoleBackend(BaseBackend):
    """Gives every permission to people with the role ADMIN, as to superusers."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return may_administer(user_obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return may_administer(user_obj)
