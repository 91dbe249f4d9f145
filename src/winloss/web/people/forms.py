"""What people fill in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from winloss.errors import UserError
from winloss.web.people import owners, zones
from winloss.web.people.models import ROLES, Team, User

TOKEN_DAYS = ((30, "30 days"), (90, "90 days"), (365, "a year"))


def _line(label: str, *, most: int, required: bool = True, **attrs: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, required=required, widget=forms.TextInput(attrs=attrs))


def _password(label: str) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.CharField(label=label, strip=False, max_length=1000, widget=widget)


def _zone() -> forms.ChoiceField:
    return forms.ChoiceField(
        label="Time zone", required=False, choices=lambda: [("", "Not set: UTC"), *zones.by_region()]
    )


class _NewPassword(forms.Form):
    """A password, twice, that is none of the easily guessed."""

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        first, again = told.get("password"), told.get("again")
        if first and again and first != again:
            self.add_error("again", "This is not the same password: write it again.")
        if first:
            try:
                validate_password(first, User(email=self._email(told), name=told.get("name") or ""))
            except ValidationError as error:
                self.add_error("password", error)
        return told

    def _email(self, told: dict[str, Any], /) -> str:
        return str(told.get("email") or "")


class JoinForm(_NewPassword):
    """Taking an invitation up."""

    name = _line("Your name", most=120, autocomplete="name")
    password = _password("Password")
    again = _password("Password again")
    zone = _zone()

    def __init__(self, *args: Any, email: str, here: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email
        if here:
            del self.fields["name"], self.fields["zone"]
        self.fields["password"].help_text = "At least 12 characters; a few words are easy to remember."

    def _email(self, _told: dict[str, Any], /) -> str:
        return self.email


class FirstForm(_NewPassword):
    """The first administrator."""

    token = _line("Token from the terminal", most=100, autocomplete="off")
    email = forms.EmailField(label="Your email", max_length=254, widget=forms.EmailInput({"autocomplete": "username"}))
    name = _line("Your name", most=120, autocomplete="name")
    password = _password("Password")
    again = _password("Password again")
    zone = _zone()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = "At least 12 characters; a few words are easy to remember."


class InviteForm(forms.Form):
    """Whom to let in, and what they may."""

    email = forms.EmailField(label="Email", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label="Role", choices=ROLES, initial="rep")
    team = forms.ModelChoiceField(Team.objects.all(), label="Team", required=False, empty_label="No team")
    deal_name = _line("Name in the CRM", most=200, required=False, autocomplete="off")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["deal_name"].help_text = "Only where deals are owned by name and not by this address."


class PersonForm(forms.Form):
    """What somebody may, and who they are in the deals."""

    role = forms.ChoiceField(label="Role", choices=ROLES)
    team = forms.ModelChoiceField(Team.objects.all(), label="Team", required=False, empty_label="No team")
    owner = _line("Owner of deals as", most=200, required=False, autocomplete="off", list="owners")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].help_text = "Name, address or id in the CRM; empty where this person owns no deals."

    def clean_owner(self) -> str:
        """The opaque id of whom the text means; one that is kept need not be in the book any more."""
        written = str(self.cleaned_data["owner"])
        if written.strip() == self.initial.get("owner"):
            return str(self.initial["person_id"])
        try:
            return owners.named(written)
        except UserError as error:
            raise ValidationError(str(error)) from error


class TeamForm(forms.Form):
    """A team."""

    name = _line("Name", most=80, autocomplete="off")
    deal_team = _line("Called in the deals", most=200, required=False, autocomplete="off")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["deal_team"].help_text = "What the CRM writes in the team of a deal; its manager sees those deals."


class MeForm(forms.Form):
    """What people set for themselves."""

    name = _line("Name", most=120, autocomplete="name")
    zone = _zone()


class TokenForm(forms.Form):
    """A token for a program."""

    token_name = _line("What for", most=80, autocomplete="off", placeholder="Weekly export")
    days = forms.TypedChoiceField(label="Ends after", choices=TOKEN_DAYS, coerce=int, initial=90)
