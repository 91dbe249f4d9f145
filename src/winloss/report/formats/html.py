"""The report as one HTML file, with the deals behind its figures and those to ask again beside it as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from winloss.report import Job, charts, page, table
from winloss.report.behind import Behind
from winloss.report.formats.named import as_shown, behind_of, named, whole_of
from winloss.synthesize.study import Study


def warm() -> None:
    """Start the renderer of charts, which takes it half a second."""
    charts.warm()


def write(job: Job) -> list[Path]:
    """Write the page, and beside it the closed deals and the deals to ask again, where there are any."""
    with ThreadPoolExecutor(1) as hand:
        # Charts show no names of deals; those of competitors are labelled first.
        early = None if job.anonymise else hand.submit(page.drawn, as_shown(job.study))
        study, called = named(job)
        pictures = early or hand.submit(page.drawn, as_shown(study))
        behind = behind_of(job, called)
        deals, again = _beside(job.out, study, {**behind, **whole_of(job, called)})
    text = page.html(
        as_shown(study),
        behind,
        pictures=pictures.result(),
        csv=deals.name if deals else "",
        recovery_csv=again.name if again else "",
        anonymised=job.anonymise,
    )
    job.out.write_text(text, encoding="utf-8")
    return [job.out, *(path for path in (deals, again) if path)]


def _beside(out: Path, study: Study, behind: Mapping[str, Behind]) -> tuple[Path | None, Path | None]:
    """Write the closed deals, with the findings they stand behind, and those to ask again, where there are any."""
    deals = again = None
    if any(listed.listed for listed in behind.values()):
        deals = out.with_name(f"{out.stem}.deals.csv")
        table.write(behind, deals)
    if study.recovery.prospects:
        again = out.with_name(f"{out.stem}.recovery.csv")
        table.write_prospects(study, again)
    return deals, again
