from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.utils import timezone

from sessions_app.models import AgentSession, Share

WITH = (("link", "whoever has the link"), ("user", "a user"), ("group", "a group"))


class ShareForm(forms.Form):
    """The form that shares a session."""

    share_with = forms.ChoiceField(choices=WITH, label="With", initial="link")
    name = forms.CharField(
        required=False, max_length=150, help_text="of the user or the group"
    )
    can_control = forms.BooleanField(
        required=False, label="May steer and approve", help_text="operators only"
    )
    days = forms.IntegerField(
        min_value=1,
        max_value=settings.SHARE_MAX_DAYS,
        initial=settings.SHARE_DAYS,
        label="Days",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind, name = cleaned.get("share_with"), cleaned.get("name", "")
        if kind == "user":
            cleaned["user"] = self._one(User.objects.filter(username=name), name)
        elif kind == "group":
            cleaned["group"] = self._one(Group.objects.filter(name=name), name)
        elif cleaned.get("can_control"):
            self.add_error("can_control", "A link allows watching only.")
        return cleaned

    @property
    def expires_at(self) -> datetime:
        return timezone.now() + timedelta(days=self.cleaned_data["days"])

    def share(self, session: AgentSession, by: User) -> None:
        """Share with the user or group; revoke their earlier shares of the session."""
        cleaned = self.cleaned_data
        whom = {"user": cleaned.get("user"), "group": cleaned.get("group")}
        before = Share.objects.live().filter(session=session, token_hash=None, **whom)
        before.update(revoked_at=timezone.now())
        Share.objects.create(
            session=session,
            made_by=by,
            can_control=cleaned["can_control"],
            expires_at=self.expires_at,
            **whom,
        )

    def _one(self, found: Any, name: str) -> Any:
        one = found.first()
        if one is None:
            self.add_error(
                "name", f"There is no {found.model.__name__.lower()} {name}."
            )
        return one
