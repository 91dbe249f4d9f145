"""What the commands of the web application share: Django, set up on a home folder."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from winloss.web.config import Config

HOME = typer.Option(None, "--home", help="The folder that holds everything; WINLOSS_HOME or winloss-home by default.")
NOT_INSTALLED = "The web application is not installed: `pip install 'winloss[web]'` adds it."


def ready(home: Path | None) -> None:
    """Set Django up on a home folder.

    Raises
    ------
    UserError
        Where the web application is not installed, or a setting cannot be read.
    """
    from winloss.errors import UserError

    if home is not None:
        os.environ["WINLOSS_HOME"] = str(home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winloss.web.settings")
    try:
        import django
    except ImportError as error:
        raise UserError(NOT_INSTALLED) from error
    django.setup()


def configured(home: Path | None) -> Config:
    """The settings of a home folder, before Django reads them; UserError as `ready` says."""
    from winloss.errors import UserError

    if home is not None:
        os.environ["WINLOSS_HOME"] = str(home)
    try:
        from winloss.web import config
    except ImportError as error:
        raise UserError(NOT_INSTALLED) from error
    return config.read()


def prepare(config: Config, *, address: str = "") -> None:
    """Make what a home folder lacks (folder, keys, database, static files), and set Django up on it.

    Parameters
    ----------
    address
        Where it is open, where that is not what is set.

    Raises
    ------
    UserError
        Where the folder cannot be written to or the database cannot be reached.
    """
    from winloss.web.house import home

    if address:
        os.environ["WINLOSS_ADDRESS"] = address
    with home.alone(config):
        home.make(config)
        ready(config.home)
        home.migrate()
        home.collect()


def installed() -> None:
    """UserError where the web application is not installed; Django is not set up yet."""
    from winloss.errors import UserError

    if find_spec("django") is None:
        raise UserError(NOT_INSTALLED)
