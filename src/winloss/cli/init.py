"""`winloss init`: the home folder of the web application, its database, and the first administrator."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from winloss.cli.web import HOME, installed, ready

if TYPE_CHECKING:
    from winloss.web.config import Config

PASSWORD = "WINLOSS_ADMIN_PASSWORD"  # noqa: S105  # the name of a variable
_HEAD = """\
# Settings of this winloss. Each line is a setting as it stands by default: take the # away to change it.
# The environment wins over this file: WINLOSS_ and the name in capitals.
"""


def register(app: typer.Typer) -> None:
    """Add `init`."""
    app.command("init")(init)


def init(
    home: Path | None = HOME,
    email: Annotated[str, typer.Option("--email", help="Address of the first administrator.")] = "",
    name: Annotated[str, typer.Option("--name", help="Name of the first administrator.")] = "",
) -> None:
    """Make the home folder, its key, its settings and its database, and the first administrator. Safe to run again."""
    installed()
    from winloss.web.house import home as house

    place = home if home is not None else Path(os.environ.get("WINLOSS_HOME", "winloss-home"))
    os.environ["WINLOSS_HOME"] = str(place)
    _told(house.folder(place), f"the home folder {place}")
    config = _settings(place)
    with house.alone(config):
        _key(config)
        ready(place)
        _told(house.migrate(), "the database")
    _administrator(email, name)
    typer.echo(f"Next: winloss serve{_named(place)}, and open {config.address}.")


def _settings(home: Path) -> Config:
    """The file of settings, and what is in force."""
    from winloss.web import config

    file = home / config.FILE
    new = not file.exists()
    if new:
        _write(file, _HEAD + "".join(_line(name, field) for name, field in config.Config.model_fields.items()))
    _told(new, f"the settings {file}")
    return config.read()


def _key(config: Config) -> None:
    from winloss.web import keys
    from winloss.web.house import home

    new = home.make(config)
    if not config.secret_keys:
        _told(new, f"the key {config.home / keys.FILE}: keep a copy of it apart from the backups")


def _line(name: str, field: Any) -> str:
    """One setting as a comment: what it means, and what it is by default."""
    if name == "home":  # where this file lies says it
        return ""
    default = field.get_default(call_default_factory=True)
    written = '"/somewhere"' if default is None else _toml(default)
    return f"\n# {field.description}\n# {name} = {written}\n"


def _toml(value: Any) -> str:
    import tomlkit

    return str(tomlkit.item(value).as_string())


def _write(file: Path, text: str) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
        opened.write(text)


def _administrator(email: str, name: str) -> None:
    """Ask for whoever is missing, where somebody sits at the terminal."""
    from winloss.web.people import queries

    if not queries.nobody_yet():
        from winloss.web.people.models import User

        count = User.objects.filter(is_active=True).count()
        typer.echo(f"There are people already ({count:,} can sign in): invite others in the browser.")
        return
    if not email and not sys.stdin.isatty():
        typer.echo("Nobody is here yet: `winloss serve` prints a token by which the browser makes the first person.")
        return
    email = email or typer.prompt("E-mail of the first administrator")
    name = name or (typer.prompt("Name") if sys.stdin.isatty() else email)
    _make(email, name, _password())
    typer.echo(f"Made {email} the first administrator (RevOps).")


def _password() -> str:
    from winloss.errors import UserError

    given = os.environ.get(PASSWORD, "")
    if given:
        return given
    if not sys.stdin.isatty():
        raise UserError(f"No password: set {PASSWORD}, or run this at a terminal.")
    return str(typer.prompt("Password (at least 12 characters)", hide_input=True, confirmation_prompt=True))


def _make(email: str, name: str, password: str) -> None:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email

    from winloss.errors import UserError
    from winloss.web.people.models import User
    from winloss.web.people.services import make_administrator

    try:
        validate_email(email)
        validate_password(password, User(email=email, name=name))
        User(email=email, name=name).clean_fields(exclude={"password"})
    except ValidationError as error:
        raise UserError(" ".join(error.messages)) from error
    make_administrator(email=email, name=name, password=password)


def _told(new: bool, what: str) -> None:
    typer.echo(f"Made {what}." if new else f"There is {what}.")


def _named(home: Path) -> str:
    return "" if home == Path("winloss-home") else f" --home {home}"
