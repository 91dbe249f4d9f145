"""`winloss act`: what was decided, whether it worked, and what follows."""

from __future__ import annotations

from pathlib import Path

import typer

PLACE = typer.Option(Path("book"), "--book", help="The book's folder.")
AT = typer.Option(None, "--at", help="The version to read; the current one by default.")
AS_OF = typer.Option(None, "--as-of", metavar="DATE", help="The day it speaks of, as 2026-05-31; found in the deals.")
AS_JSON = typer.Option(False, "--json", help="Print JSON.")
DO = typer.Option(..., "--do", help="What is done, in a sentence.")
SEGMENT = typer.Option(..., "--segment", help="The deals it is for: 'industry = Logistics'; '' is every deal.")
MEASURE = typer.Option(
    ...,
    "--measure",
    help="What should move: win_rate, share_of_losses:reason:CODE, share_of_losses:competitor:NAME, "
    "conversion:STAGE>STAGE, cycle_days or reason_coverage.",
)
FROM = typer.Option(..., "--from", metavar="DATE", help="First day of its window.")
DAYS = typer.Option(None, "--days", min=1, help="Length of its window; 60 by default.")
TO = typer.Option(None, "--to", metavar="DATE", help="Last day of its window, instead of --days.")
KIND = typer.Option("process", "--kind", help="content, campaign_pause, competitor_page, scoring_weight, …")
OWNER = typer.Option("", "--owner", metavar="NAME", help="Who does it.")
BASIS = typer.Option("closed", "--basis", help="Whether deals closed or deals created in the window count.")
FOUND = typer.Option(
    None,
    "--found",
    metavar="FROM..TO",
    help="The days of the deals in which the segment was found; none where nobody looked at outcomes.",
)
AMONG = typer.Option(None, "--among", min=1, help="How many segments were looked at to choose this one.")
GOAL = typer.Option(None, "--goal", help="The effect hoped for, in points; in per cent of cycle_days. 10 by default.")
LOOKS = typer.Option(1, "--looks", min=1, max=4, help="Planned looks, the last one at the end among them.")
AGAINST = typer.Option(None, "--against", metavar="SEGMENT", help="The deals to compare with; the rest by default.")
ID = typer.Option(None, "--id", help="A short name; made from --do by default.")
IDS = typer.Argument(None, metavar="[ID]...", help="The actions to measure; all by default.")
ONE = typer.Argument(..., metavar="ID", help="The action.")
DECIDE = typer.Option(None, "--decide", help="What you decide, once there is a verdict: keep, stop or extend.")
LONGER = typer.Option(60, "--days", min=1, help="How many days --decide extend adds.")
FILE = typer.Argument(..., metavar="FILE", help="Actions as .toml or .csv.")
PICTURE = typer.Option(None, "--out", "-o", help="Write it, too: FILE.svg or .png (one action) or .json.")
OUT = typer.Option(None, "--out", "-o", help="The file: .toml or .csv; printed as TOML by default.")
YEAR = typer.Option(None, "--year", help="Only actions whose window ended in this year.")


def register(app: typer.Typer) -> None:
    """Add `act add|list|measure|verdict|propose|import|export|portfolio`."""
    group = typer.Typer(
        help="Actions: what was decided, and whether it worked.", no_args_is_help=True, rich_markup_mode=None
    )
    group.command("add")(add)
    group.command("list")(list_actions)
    group.command("measure")(measure)
    group.command("verdict")(verdict)
    group.command("propose")(propose)
    group.command("import")(import_)
    group.command("export")(export)
    group.command("portfolio")(portfolio)
    app.add_typer(group, name="act")


def add(
    place: Path = PLACE,
    do: str = DO,
    segment: str = SEGMENT,
    on: str = MEASURE,
    begins: str = FROM,
    days: int | None = DAYS,
    ends: str | None = TO,
    kind: str = KIND,
    owner: str = OWNER,
    basis: str = BASIS,
    found: str | None = FOUND,
    among: int | None = AMONG,
    goal: float | None = GOAL,
    looks: int = LOOKS,
    against: str | None = AGAINST,
    id_: str | None = ID,
) -> None:
    """Add an action, and say before it starts what its deals could show."""
    from winloss.cli import acted

    told = {
        "do": do,
        "segment": segment,
        "measure": on,
        "begins_on": begins,
        "kind": kind,
        "owner": owner,
        "basis": basis,
        "looks": looks,
        **{
            key: value
            for key, value in (
                ("action_id", id_),
                ("days", days),
                ("ends_on", ends),
                ("found", found),
                ("found_among", among),
                ("goal", None if goal is None else goal / 100),
                ("compared_with", against),
            )
            if value is not None
        },
    }
    acted.add(place, told)


def list_actions(place: Path = PLACE, at: int | None = AT, as_of: str | None = AS_OF, as_json: bool = AS_JSON) -> None:
    """List the actions of a book: what, for which deals, when, and where each stands."""
    from winloss.cli import acted

    acted.show_list(place, at, as_of, as_json=as_json)


def measure(
    ids: list[str] | None = IDS,
    place: Path = PLACE,
    at: int | None = AT,
    as_of: str | None = AS_OF,
    as_json: bool = AS_JSON,
    out: Path | None = PICTURE,
) -> None:
    """Measure actions: where each stands, and what can be said. Nothing in the book is changed."""
    from winloss.cli import acted

    acted.measure(place, ids or [], at, as_of, as_json=as_json, out=out)


def verdict(
    id_: str = ONE, place: Path = PLACE, decide: str | None = DECIDE, days: int = LONGER, as_json: bool = AS_JSON
) -> None:
    """Give the verdict on an action and write it down, once its window has ended; or say when that will be.

    A verdict is written once and stays.
    """
    from winloss.cli import acted

    if decide is None:
        acted.verdict(place, id_, as_json=as_json)
    else:
        acted.decide(place, id_, decide, days)


def propose(place: Path = PLACE, at: int | None = AT, as_of: str | None = AS_OF) -> None:
    """Print what the report would do as planned actions, to edit and to import."""
    from winloss.cli import acted

    acted.propose(place, at, as_of)


def import_(file: Path = FILE, place: Path = PLACE) -> None:
    """Put the actions of a file into a book; those that have a verdict stay as they are."""
    from winloss.cli import acted

    acted.import_file(place, file)


def export(place: Path = PLACE, at: int | None = AT, out: Path | None = OUT) -> None:
    """Write the actions of a book as a file to edit and to import."""
    from winloss.cli import acted

    acted.export(place, at, out)


def portfolio(
    place: Path = PLACE,
    year: int | None = YEAR,
    at: int | None = AT,
    as_of: str | None = AS_OF,
    as_json: bool = AS_JSON,
) -> None:
    """Say what all actions did, and how many verdicts chance alone would give."""
    from winloss.cli import acted

    acted.show_portfolio(place, year, at, as_of, as_json=as_json)
