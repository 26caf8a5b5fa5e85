from decimal import Decimal
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User

from sessions_app.agents.choice import EngineChoice, engine_choices
from sessions_app.models import AgentSession, new_session_id
from sessions_app.people.rights import may_bypass_approvals
from sessions_app.people.visitor import Person
from sessions_app.sessions.engine_choice import engine_of_new_sessions
from sessions_app.workdirs.allowed import WorkdirNotAllowed, allowed_workdir
from sessions_app.workdirs.recent import has_worked_in

Mode = AgentSession.PermissionMode
MAIN = ("engine", "workdir", "model", "permission_mode")
NO_ROOTS = "This server gives each session a new one: leave it blank."
EFFORTS = ("low", "medium", "high", "xhigh", "max")


class StartForm(forms.Form):
    """The form that starts a session from the page."""

    prompt = forms.CharField(
        max_length=settings.PROMPT_MAX_CHARS,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Give the agent a task."},
    )
    workdir = forms.CharField(
        required=False,
        max_length=4096,
        label="Directory",
        help_text="Blank: a new directory for this session.",
        widget=forms.TextInput(
            attrs={"list": "workdirs", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    model = forms.CharField(
        required=False,
        max_length=80,
        widget=forms.TextInput(
            attrs={"list": "models", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    permission_mode = forms.TypedChoiceField(
        required=False,
        choices=Mode.choices,
        initial=Mode.DEFAULT,
        empty_value=Mode.DEFAULT.value,
        label="Permission",
    )
    effort = forms.ChoiceField(
        required=False, choices=[("", "the model's own"), *((e, e) for e in EFFORTS)]
    )
    engine = forms.ChoiceField(required=False, label="Agent")
    worktree = forms.BooleanField(
        required=False,
        label="Own branch",
        help_text="Work in a git worktree of the directory's repository.",
    )
    budget_usd = forms.DecimalField(
        required=False,
        label="Budget, USD",
        min_value=Decimal("0.01"),
        max_value=100_000,
        decimal_places=2,
        help_text="Blank: none.",
    )
    # Chosen when the form is rendered, so a double click starts only one session.
    session_id = forms.RegexField(
        r"^s_[a-z0-9]{12}$", required=False, widget=forms.HiddenInput
    )

    def __init__(
        self, person: Person, *args: Any, is_own_machine: bool = False, **kwargs: Any
    ) -> None:
        """`is_own_machine`: the person may choose any directory of their own."""
        super().__init__(*args, **kwargs)
        self._person = person
        self._is_own_machine = is_own_machine
        self.unconfirmed = ""  # a directory in which they have no session yet
        if not settings.RINGSIDE_WORKDIR_ROOTS and not is_own_machine:
            self.fields["workdir"].help_text = NO_ROOTS
        self.fields["model"].initial = settings.RINGSIDE_MODEL
        self.fields["session_id"].initial = new_session_id
        self._choices = {choice.value: choice for choice in engine_choices(person)}
        choices = [(choice.value, choice.label) for choice in self._choices.values()]
        self._offer("engine", choices)
        if len(choices) == 1:
            del self.fields["engine"]
        if len(choices) == 1 and engine_of_new_sessions().is_simulated:
            self._fix("workdir", "")
            self.fields[
                "workdir"
            ].help_text = "The simulator gets a fresh one each time."
            self.fields["permission_mode"].initial = Mode.BYPASS
            del self.fields["worktree"]
        elif not may_bypass_approvals(person):
            modes = [pair for pair in Mode.choices if pair[0] != Mode.BYPASS]
            self._offer("permission_mode", modes)

    @property
    def engine_choice(self) -> EngineChoice:
        """The chosen engine or agent, or the default one."""
        chosen = self.cleaned_data.get("engine", "")
        return self._choices.get(chosen) or next(iter(self._choices.values()))

    def main_fields(self) -> list[forms.BoundField]:
        """The fields shown below the prompt; `more_fields` are folded away."""
        return [self[name] for name in MAIN if name in self.fields]

    def more_fields(self) -> list[forms.BoundField]:
        shown = {"prompt", *MAIN}
        return [field for field in self.visible_fields() if field.name not in shown]

    def has_error_in_more(self) -> bool:
        return any(field.errors for field in self.more_fields())

    def clean_workdir(self) -> str:
        text: str = self.cleaned_data["workdir"]
        if not text:
            return ""
        try:
            path = allowed_workdir(text, is_own_machine=self._is_own_machine)
        except WorkdirNotAllowed as error:
            raise forms.ValidationError(str(error)) from None
        self._check_confirmed(path)
        return str(path)

    def _check_confirmed(self, path: Path) -> None:
        """Ask once for each directory that no operator has named for agents."""
        if settings.RINGSIDE_WORKDIR_ROOTS or not isinstance(self._person, User):
            return
        is_agreed = self.data.get("confirmed_workdir") == str(path)
        if not is_agreed and not has_worked_in(self._person, path):
            self.unconfirmed = str(path)
            raise forms.ValidationError(f"Agents have not worked in {path} yet.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        choice = self.engine_choice
        if choice.model and cleaned.get("model") == settings.RINGSIDE_MODEL:
            cleaned["model"] = choice.model  # the agent's own
        if choice.kind.is_simulated:
            # A simulated session's script writes files, so it gets its own directory.
            # A script's calls are known: it asks only if a mode is chosen.
            cleaned |= {"workdir": "", "worktree": False}
            if not self.data.get("permission_mode"):
                cleaned["permission_mode"] = Mode.BYPASS.value
        if cleaned.get("worktree") and cleaned.get("workdir") == "":
            self.add_error("worktree", "Name a directory of a git repository.")
        return cleaned

    def clean_model(self) -> str:
        return self.cleaned_data["model"] or settings.RINGSIDE_MODEL

    def _fix(self, name: str, value: str) -> None:
        # A disabled field keeps its initial value, whatever is posted.
        self.fields[name].initial = value
        self.fields[name].disabled = True

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices
