from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.contrib.auth.models import User

from sessions_app.models import NotificationChoices
from sessions_app.webhooks.occasion import Occasion
from sessions_app.webhooks.push.browsers import choices_of, choose

WORDS = {
    Occasion.WAITING: "An agent waits for me",
    Occasion.DONE: "A session is done",
    Occasion.FAILED: "A session has failed",
    Occasion.BUDGET: "A budget is spent",
}


class NotificationForm(forms.Form):
    """What a person's browsers tell them of, and the hours in which they are quiet."""

    occasions = forms.MultipleChoiceField(
        choices=[(one.value, words) for one, words in WORDS.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        label="Tell me when",
    )
    of_all = forms.BooleanField(
        required=False, label="Of all sessions that I may see, not of mine alone"
    )
    quiet_from = forms.TimeField(
        required=False,
        label="Quiet from",
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    quiet_until = forms.TimeField(
        required=False,
        label="until",
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    time_zone = forms.CharField(
        label="Time zone",
        max_length=64,
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off"}),
    )

    @classmethod
    def of(cls, user: User) -> "NotificationForm":
        """Return the form with what a person has chosen before."""
        choices = choices_of(user)
        return cls(
            initial={
                "occasions": choices.occasions.split(),
                "of_all": choices.of_all,
                "quiet_from": choices.quiet_from,
                "quiet_until": choices.quiet_until,
                "time_zone": choices.time_zone,
            }
        )

    def clean_time_zone(self) -> str:
        name = str(self.cleaned_data["time_zone"])
        if name not in available_timezones():
            raise forms.ValidationError("Choose one of the list, as Europe/Paris.")
        return ZoneInfo(name).key

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        both = (cleaned.get("quiet_from"), cleaned.get("quiet_until"))
        if (both[0] is None) != (both[1] is None):
            self.add_error("quiet_until", "Give both times, or none.")
        return cleaned

    def store(self, user: User) -> None:
        chosen = {**self.cleaned_data}
        chosen["occasions"] = " ".join(chosen["occasions"])
        choose(NotificationChoices(user=user, **chosen))
