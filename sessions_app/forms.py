from typing import Any

from django import forms
from django.conf import settings

from sessions_app.engine_choice import engine_of_new_sessions
from sessions_app.models import AgentSession
from sessions_app.rights import may_bypass_approvals
from sessions_app.visitor import Person
from sessions_app.workdir import WorkdirNotAllowed, allowed_workdir

Mode = AgentSession.PermissionMode


class StartForm(forms.Form):
    """What a person says to start a session from the page."""

    prompt = forms.CharField(
        max_length=settings.PROMPT_MAX_CHARS,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say what the agent is to do."},
    )
    workdir = forms.CharField(
        required=False,
        max_length=4096,
        label="Directory",
        help_text="Blank: a fresh directory of its own.",
    )
    model = forms.CharField(required=False, max_length=80)
    permission_mode = forms.TypedChoiceField(
        required=False,
        choices=Mode.choices,
        initial=Mode.DEFAULT,
        empty_value=Mode.DEFAULT.value,
        label="Permission",
    )

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["model"].initial = settings.RINGSIDE_MODEL
        if engine_of_new_sessions() == "simulator":
            self._fix("workdir", "")
            self._fix("permission_mode", Mode.BYPASS)
        elif not may_bypass_approvals(person):
            self._withhold(Mode.BYPASS)

    def clean_workdir(self) -> str:
        text: str = self.cleaned_data["workdir"]
        if not text:
            return ""
        try:
            return str(allowed_workdir(text))
        except WorkdirNotAllowed as error:
            raise forms.ValidationError(str(error)) from None

    def clean_model(self) -> str:
        return self.cleaned_data["model"] or settings.RINGSIDE_MODEL

    def _fix(self, name: str, value: str) -> None:
        # A disabled field keeps its initial value, whatever is posted.
        self.fields[name].initial = value
        self.fields[name].disabled = True

    def _withhold(self, mode: Mode) -> None:
        field = self.fields["permission_mode"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [pair for pair in Mode.choices if pair[0] != mode]
