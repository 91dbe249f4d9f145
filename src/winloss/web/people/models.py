"""People, their teams, and who was invited. Names and addresses of those who use winloss stand here and nowhere else."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone

from winloss.web.people.rights import Reach, Role

ROLES = [
    (Role.REP.value, "Rep: own deals"),
    (Role.MANAGER.value, "Manager: the team's deals"),
    (Role.REVOPS.value, "RevOps: everything, and the settings"),
    (Role.MARKETING.value, "Marketing: all results, nobody's name"),
    (Role.VIEWER.value, "Viewer: results, no single deals"),
]


def role_name(role: str) -> str:
    """What a role is called, without what it may."""
    return dict(ROLES).get(role, role).split(":", 1)[0]


class Team(models.Model):
    """A sales team. `deal_team` is what the CRM calls it in the field `team` of a deal; "" where it has none."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80, unique=True)
    deal_team = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Users(BaseUserManager["User"]):
    """Makes people; an address is one person, however it is written."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """Somebody who signs in. `person_id` is their opaque id in the book, where they own deals; "" otherwise."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=16, choices=ROLES, default=Role.VIEWER.value)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="members")
    person_id = models.CharField(max_length=14, blank=True, db_index=True)
    zone = models.CharField(max_length=64, blank=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Users] = Users()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering: ClassVar = ["name", "email"]

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.strip().lower()
        super().save(*args, **kwargs)

    @property
    def role_name(self) -> str:
        return role_name(self.role)

    @property
    def is_a(self) -> str:
        """As a sentence says it: "a rep", "in marketing"."""
        inside = self.role in (Role.REVOPS, Role.MARKETING)
        return f"in {self.role_name if self.role == Role.REVOPS else self.role}" if inside else f"a {self.role}"

    def reach(self) -> Reach:
        """The deals this person may see; asked once a request."""
        found: Reach | None = self.__dict__.get("_reach")
        if found is None:
            found = self.__dict__["_reach"] = self._reach_now()
        return found

    def _reach_now(self) -> Reach:
        if self.role not in (Role.REP, Role.MANAGER):
            return Reach(everything=True)
        own = frozenset({self.person_id}) if self.person_id else frozenset()
        if self.team is None:
            return Reach(owners=own)
        mates = frozenset(User.objects.filter(team=self.team).exclude(person_id="").values_list("person_id", flat=True))
        teams = frozenset({self.team.deal_team}) if self.team.deal_team else frozenset()
        if self.role == Role.MANAGER:
            return Reach(owners=own | mates, teams=teams)
        return Reach(owners=own, known_owners=mates, known_teams=teams)


class Invitation(models.Model):
    """A link that lets one address in, once. Only a digest of its token is kept.

    Of somebody who is here already it lets them choose a new password; without an address it is the very first one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(max_length=254)
    deal_name = models.CharField(max_length=200, blank=True)
    """What the CRM calls this person, where their address is not in it."""
    role = models.CharField(max_length=16, choices=ROLES)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL)
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    made_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-made_at"]

    def __str__(self) -> str:
        return f"invitation of {self.email}"

    @property
    def has_ended(self) -> bool:
        return self.ends_at <= timezone.now()

    @property
    def role_name(self) -> str:
        return role_name(self.role)


class ApiToken(models.Model):
    """What a program of one person signs in with. Only a digest is kept; it may what the person may."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)
    """When it was last used, to a minute."""
    ends_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-made_at"]

    def __str__(self) -> str:
        return self.name
