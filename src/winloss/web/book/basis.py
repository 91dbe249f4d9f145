"""What every figure of the application rests on, as the company set it: which deals are left out, where quarters begin."""

from __future__ import annotations

import json
from hashlib import sha256

from django.conf import settings
from django.utils import timezone

from winloss.errors import SettingError, UserError
from winloss.refresh import resolving
from winloss.store import View
from winloss.synthesize.assemble import StudyOptions
from winloss.synthesize.remedies import ON_PAGES
from winloss.tables.segment import Segment

FORM = 2
"""Counted up where results kept before would say what pages do not say any more: they are computed again."""
_NOT_APPLIED = (
    "The setting exclude (WINLOSS_EXCLUDE) leaves out the deals of {segment}, which cannot be looked up: {why} "
    "Whoever runs winloss corrects it and starts winloss again."
)
_EVERY_DEAL = (
    "The setting exclude (WINLOSS_EXCLUDE) leaves out every deal of the book: whoever runs winloss corrects it and "
    "starts winloss again."
)


def excluded() -> tuple[Segment, ...]:
    """The segments that are left out of everything."""
    return tuple(Segment.parse(written) for written in settings.CONFIG.exclude)


def key() -> str:
    """Another one where the same version of the book gives other figures."""
    config = settings.CONFIG
    told = json.dumps([FORM, sorted(config.exclude), config.fiscal_year_start_month])
    return sha256(told.encode()).hexdigest()[:12]


def options(view: View) -> StudyOptions:
    """How a version is read.

    Raises
    ------
    SettingError
        Where a segment of the setting `exclude` cannot be asked of its deals.
    """
    left_out = excluded()
    deals = resolving(view) if left_out else None
    for segment in left_out:
        try:
            segment.predicate(deals)
        except UserError as error:
            raise SettingError(_NOT_APPLIED.format(segment=segment, why=_sentence(str(error)))) from error
    return StudyOptions(
        today=timezone.now().date(),
        exclude=left_out,
        fiscal_year_start_month=settings.CONFIG.fiscal_year_start_month,
        remedies=ON_PAGES,
    )


def _sentence(told: str) -> str:
    return told if told.endswith((".", "?", "!")) else f"{told}."


def check_some(deals: int, view: View) -> None:
    """SettingError where deals are there and all of them are left out.

    Parameters
    ----------
    deals
        How many are not.
    """
    rows = view.manifest.tables.get("deals")
    if not deals and settings.CONFIG.exclude and rows is not None and rows.rows:
        raise SettingError(_EVERY_DEAL)
