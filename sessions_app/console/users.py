from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import User

from sessions_app.console.deletion import DeletesAlong
from sessions_app.models import ApiToken, WebhookDelivery
from sessions_app.people.names import same_but_for_case


def _checked(form: "forms.ModelForm[User]") -> str:
    """Check a new or changed username; an unchanged one is always accepted."""
    name: str = form.cleaned_data["username"]
    besides = form.instance if form.instance.pk else None
    if "username" in form.changed_data and (alike := same_but_for_case(name, besides)):
        raise forms.ValidationError(
            f"There is a user {alike} already: names must differ in more than case."
        )
    return name


class NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg]  # generic in the stub alone
    def clean_username(self) -> str:
        return _checked(self)


class UserForm(UserChangeForm):  # type: ignore[type-arg]
    def clean_username(self) -> str:
        return _checked(self)


class RingsideUserAdmin(DeletesAlong, UserAdmin):  # type: ignore[type-arg]
    """Django's user admin, which refuses names that differ only by case."""

    goes_along = (ApiToken, WebhookDelivery)
    form = UserForm
    add_form: Any = NewUserForm


admin.site.unregister(User)
admin.site.register(User, RingsideUserAdmin)
