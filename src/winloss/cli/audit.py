"""`winloss audit verify`: whether anybody changed the log of who did what."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from winloss.cli import web

AS_JSON = typer.Option(False, "--json", help="Print JSON.")


def register(app: typer.Typer) -> None:
    """Add the group `audit`."""
    group = typer.Typer(help="The log of who saw, changed and exported what.", no_args_is_help=True)
    group.callback()(lambda: None)
    group.command("verify")(verify)
    app.add_typer(group, name="audit")


def verify(home: Path | None = web.HOME, as_json: bool = AS_JSON) -> None:
    """Walk the chain of the audit log: says how long it is, or which entry does not fit (exit 4)."""
    web.ready(home)
    from django.conf import settings

    from winloss.errors import DataError
    from winloss.web.audit import services
    from winloss.web.house.database import answering

    heads = settings.CONFIG.home / services.HEADS
    with answering():
        proof = services.verify(heads)
    if as_json:
        told = {"entries": proof.entries, "head": proof.head, "wrong": proof.wrong, "entry": proof.wrong_id}
        typer.echo(json.dumps(told, indent=1))
    if proof.wrong:
        raise DataError(
            f"Entry {proof.wrong_id} of the audit log does not fit: {proof.wrong}. "
            "The entries before it are whole; hold it against a backup, and find out who could write to the database."
        )
    services.keep_head(proof, heads)
    if not as_json:
        entries = "1 entry" if proof.entries == 1 else f"{proof.entries:,} entries"
        typer.echo(f"The audit log is whole: {entries}, head {proof.head}.")
