"""What workers fill in to come in, and to see to their accounts."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import (
    password_validators_help_texts,
    validate_password,
)

from crowdmake.market.membership import names
from crowdmake.market.models import Account

# What is longer is no password and no name, but work for the server.
LONGEST_PASSWORD = 1000
LONGEST_NAME = 150


def _password(label: str, autocomplete: str, **more: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(
        label=label, max_length=LONGEST_PASSWORD, strip=False, widget=widget, **more
    )


def _name(**more: Any) -> forms.CharField:
    attributes = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
    widget = forms.TextInput(attributes)
    return forms.CharField(label="User name", max_length=LONGEST_NAME, widget=widget, **more)


class SignInForm(forms.Form):
    """Who somebody is."""

    name = _name()
    password = _password("Password", "current-password")


class PasswordForm(forms.Form):
    """A new password, for an account or for one that is being made."""

    new_password = _password("New password", "new-password")
    again = _password("The same password again", "new-password")

    def __init__(self, *arguments: Any, account: Account | None = None, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.account = account
        self.fields["new_password"].help_text = " ".join(password_validators_help_texts())

    def clean(self) -> dict[str, Any]:
        """Hold the password against the validators, and against its repetition."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        password, again = given.get("new_password"), given.get("again")
        if password is None:
            return given
        if again is not None and again != password:
            self.add_error("again", "This is not the password above.")
        try:
            validate_password(password, self.holder(given))
        except forms.ValidationError as error:
            self.add_error("new_password", error)
        return given

    def holder(self, given: dict[str, Any]) -> Account | None:  # noqa: ARG002 - for those that are asked for more
        """Return whose password it is to be."""
        return self.account


class SignUpForm(PasswordForm):
    """A new account: nothing is asked for but what signing in takes."""

    name = _name(help_text=f"Any name that you like: {names.RULE}. Nobody else is shown it.")
    field_order = ("name", "new_password", "again")

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.fields["new_password"].label = "Password"

    def clean_name(self) -> str:
        """Return the name as it is shown."""
        name = names.written(self.cleaned_data["name"])
        names.check(name)
        return name

    def holder(self, given: dict[str, Any]) -> Account | None:
        """Return an account that is not kept."""
        return Account(username=given.get("name", ""))


class ChangeForm(PasswordForm):
    """Another password for the worker who knows the present one."""

    password = _password("Present password", "current-password")
    field_order = ("password", "new_password", "again")


class DeleteForm(forms.Form):
    """That the worker means it."""

    password = _password("Your password", "current-password")


class ChoicesForm(forms.ModelForm):  # type: ignore[type-arg]  # it takes none when it runs
    """What a worker has chosen."""

    class Meta:
        """The choices."""

        model = Account
        fields = ("accept_next",)
        labels = {"accept_next": "After I submit a HIT, accept the next one of its kind"}
