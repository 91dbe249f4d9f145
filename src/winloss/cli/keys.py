"""`winloss keys rotate`: a new key for sessions and secrets."""

from __future__ import annotations

from pathlib import Path

import typer

from winloss.cli import web

DROP = typer.Option(False, "--drop-old", help="Let the old keys go; who signed in before must sign in again.")


def register(app: typer.Typer) -> None:
    """Add the group `keys`."""
    group = typer.Typer(help="The keys that sign sessions and seal secrets.", no_args_is_help=True)
    group.callback()(lambda: None)
    group.command("rotate")(rotate)
    app.add_typer(group, name="keys")


def rotate(home: Path | None = web.HOME, drop_old: bool = DROP) -> None:
    """Put a new key in front and seal every secret in the database with it; old keys stay until --drop-old."""
    web.ready(home)
    from winloss.cli.progress import busy
    from winloss.web.audit.services import record
    from winloss.web.house import rotation
    from winloss.web.house.database import answering

    with answering(), busy("Sealing secrets anew"):
        done = rotation.rotate(drop_old=drop_old)
        record("rotate keys", told={"resealed": done.resealed, "added": done.added, "dropped": done.dropped})
    secrets = "1 secret" if done.resealed == 1 else f"{done.resealed:,} secrets"
    if drop_old:
        typer.echo(f"{secrets} sealed anew; {done.dropped} old key(s) let go. Restart winloss now.")
        return
    begun = "A new key is in front" if done.added else "The first key stays in front"
    typer.echo(f"{begun}; {secrets} sealed anew, {done.keys} keys in all. Restart winloss now.")
    if done.keys > 1:
        typer.echo("Next, when everybody has signed in again or may be signed out: winloss keys rotate --drop-old")
