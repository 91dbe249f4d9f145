"""The report as one HTML file, with the deals behind its findings and those to ask again beside it as CSV."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from winloss.report import Job, charts, page, table
from winloss.report.formats.named import as_shown, behind_of, named


def warm() -> None:
    """Start the renderer of charts, which takes it half a second."""
    charts.warm()


def write(job: Job) -> list[Path]:
    """Write the page, and beside it the deals behind findings and the deals to ask again, where there are any."""
    with ThreadPoolExecutor(1) as hand:
        # Charts show no names of deals; those of competitors are labelled first.
        early = None if job.anonymise else hand.submit(page.drawn, as_shown(job.study))
        study, called = named(job)
        pictures = early or hand.submit(page.drawn, as_shown(study))
        behind = behind_of(job, called)
    beside = job.out.with_name(f"{job.out.stem}.deals.csv")
    any_deals = any(listed.listed for listed in behind.values())
    shown = as_shown(study)
    again = job.out.with_name(f"{job.out.stem}.recovery.csv") if study.recovery.prospects else None
    text = page.html(
        shown,
        behind,
        pictures=pictures.result(),
        csv=beside.name if any_deals else "",
        recovery_csv=again.name if again else "",
        anonymised=job.anonymise,
    )
    job.out.write_text(text, encoding="utf-8")
    written = [job.out]
    if any_deals:
        table.write(behind, beside)
        written.append(beside)
    if again:
        table.write_prospects(study, again)
        written.append(again)
    return written
