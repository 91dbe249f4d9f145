"""`winloss demo`: invent a company, write its exports, and report on them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from winloss.demo import Company

PLACE = typer.Argument(Path("demo"), metavar="DIR", help="Where everything goes; made where it is missing.")
DEALS = typer.Option(4_000, "--deals", min=1, help="How many deals.")
SEED = typer.Option(1, "--seed", min=0, help="The same seed gives the same company.")
FLAVOUR = typer.Option("salesforce", "--flavour", help="Whose export: salesforce, hubspot, pipedrive or tables.")
TWIN = typer.Option(None, "--twin", help="A look-alike in which no segment matters: shuffled or clustered.")
REPORT = typer.Option(True, "--report/--no-report", help="Write report.html beside the exports (not of tables).")
HOME = typer.Option(None, "--home", help="Put the company into the application with this home folder as well.")
TRUTH = "truth.json"
ACTIONS = "actions.toml"


def register(app: typer.Typer) -> None:
    """Add `demo`."""
    app.command("demo")(demo)


def demo(
    place: Path = PLACE,
    deals: int = DEALS,
    seed: int = SEED,
    flavour: str = FLAVOUR,
    twin: str | None = TWIN,
    report: bool = REPORT,
    home: Path | None = HOME,
) -> None:
    """Invent a company whose true causes are known, write its exports, and report on them."""
    from winloss.demo import invent, write

    company = invent(deals, seed=seed, twin=twin)
    files = write(company, ready(place), flavour=flavour)
    write_truth(company, place / TRUTH)
    write_actions(place / ACTIONS)
    typer.echo(f"Wrote {', '.join(path.name for path in files)}, {ACTIONS} and {TRUTH} to {place}.")
    if report and flavour != "tables":
        report_on(files, place / "report.html")
    if home is not None:
        put_into(home, files)


def put_into(home: Path, files: tuple[Path, ...]) -> None:
    """Load the company into the application, and say who can sign in."""
    from winloss.cli import web

    web.prepare(web.configured(home))
    from winloss.web.house import demo as application

    loaded = application.load(files)
    first, *others = loaded.emails
    typer.echo(f"\nThe application holds the company as well: sign in as {first}, password {loaded.password}")
    typer.echo(f"Or as {', '.join(others)}: the same password, other rights.")


def ready(place: Path) -> Path:
    """The folder, made where it is missing; UserError where a file stands there or nothing may be written."""
    from winloss.errors import UserError

    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The demo cannot be written to {place}: {error.strerror}. Choose another folder.") from error
    return place


def write_truth(company: Company, path: Path) -> None:
    """What is truly going on in the company, as JSON: to compare with what a report finds."""
    import json

    path.write_text(json.dumps(company.truth.to_json(), indent=1, allow_nan=False) + "\n", encoding="utf-8")


def write_actions(path: Path) -> None:
    """What the company decided, for `winloss act import`."""
    from winloss.demo.decided import actions_toml

    path.write_text(actions_toml(), encoding="utf-8")


def report_on(files: tuple[Path, ...], out: Path) -> None:
    """Report on the files as `winloss report` does, and print the summary."""
    from winloss.cli import reading
    from winloss.cli.report import studied, study_options, summarise, write

    asked = study_options(None, [], None, 1, None)
    read = reading.options(None, None, False, None)
    with studied(list(files), None, None, asked, read) as done:
        written = write(done, out, ["html"], False)
    summarise(done, written, anonymise=False)
