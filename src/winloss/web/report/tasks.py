"""Jobs of this app."""

from __future__ import annotations

from typing import Any

from winloss.web.book.studies import REFRESH
from winloss.web.jobs.registry import Running, handles
from winloss.web.report import results


@handles(REFRESH)
def refresh_results(running: Running, *, version: int) -> dict[str, Any]:
    """Study one version and write its documents."""
    return results.compute(version, running.progress)
