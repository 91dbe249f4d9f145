"""The report as one HTML file, with the deals behind its findings beside it as CSV."""

from __future__ import annotations

from pathlib import Path

from winloss.report import Job, page, table
from winloss.report.formats.named import named


def write(job: Job) -> list[Path]:
    """Write the page, and the table of deals where any stand behind a finding."""
    study, behind = named(job)
    beside = job.out.with_name(f"{job.out.stem}.deals.csv")
    any_deals = any(listed.rows for listed in behind.values())
    text = page.html(study, behind, csv=beside.name if any_deals else "", anonymised=job.anonymise)
    job.out.write_text(text, encoding="utf-8")
    if not any_deals:
        return [job.out]
    table.write(behind, beside)
    return [job.out, beside]
