"""What the commands of the web application share: Django, set up on a home folder."""

from __future__ import annotations

import os
from pathlib import Path

import typer

HOME = typer.Option(None, "--home", help="The folder that holds everything; WINLOSS_HOME or winloss-home by default.")


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
        raise UserError("The web application is not installed: `pip install 'winloss[web]'` adds it.") from error
    django.setup()


def installed() -> None:
    """UserError where the web application is not installed; Django is not set up yet."""
    from importlib.util import find_spec

    from winloss.errors import UserError

    if find_spec("django") is None:
        raise UserError("The web application is not installed: `pip install 'winloss[web]'` adds it.")
