"""The report: a study as HTML, Markdown, JSON, XLSX, and in the terminal. It computes nothing but layout.

`write(study, path, format=…, deals=…)` writes one format and what belongs beside it;
`terminal.summary(study, console, path)` prints the first page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from winloss.errors import UserError

if TYPE_CHECKING:
    from winloss.report.behind import DealsOf
    from winloss.synthesize.study import Prospect, Study

    AllProspects = Callable[[], tuple[Prospect, ...]]

FORMATS = ("html", "md", "json", "xlsx")
"""Each is a module of `winloss.report.formats` with `write(job) -> list[Path]`."""


def prepare(names: Iterable[str]) -> None:
    """Load what writing these formats will need in the background, while the deals are studied."""
    hand = ThreadPoolExecutor(1)
    for name in names:
        hand.submit(_load, name)
    hand.shutdown(wait=False)


def _load(name: str) -> None:
    module = import_module(f"winloss.report.formats.{name}")
    if hasattr(module, "warm"):
        module.warm()


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What one format is asked to write: the study, where to, and how to reach the deals of a segment."""

    study: Study
    out: Path
    deals: DealsOf
    anonymise: bool = False
    prospects: AllProspects | None = None


def write(
    study: Study,
    out: Path,
    *,
    format: str = "html",  # noqa: A002  # as the option is called
    deals: DealsOf,
    anonymise: bool = False,
    prospects: AllProspects | None = None,
) -> list[Path]:
    """Write the report.

    Parameters
    ----------
    study
        Everything that is shown.
    out
        The file to write; what belongs beside it takes its stem (`report.html`, `report.deals.csv`).
    format
        One of `FORMATS`.
    deals
        Gives the deals of a segment's text form as an Arrow table.
    anonymise
        Replace the names of deals, accounts, owners and competitors by opaque labels.
    prospects
        Gives every deal worth asking again, where the files for further work are to hold them all.

    Returns
    -------
    list of Path
        The files written, the one to open first.

    Raises
    ------
    UserError
        Where the format is not known or the file cannot be written.
    """
    if format not in FORMATS:
        raise UserError(f"No report format is called {format!r}: choose one of {', '.join(FORMATS)}.")
    render: Callable[[Job], list[Path]] = import_module(f"winloss.report.formats.{format}").write
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        return render(Job(study=study, out=out, deals=deals, anonymise=anonymise, prospects=prospects))
    except OSError as error:
        raise UserError(
            f"The report cannot be written to {out}: {error.strerror or error}. Choose another path."
        ) from error
