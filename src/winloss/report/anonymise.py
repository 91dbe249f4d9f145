"""A report that can be mailed: deals, accounts, owners and competitors under stable opaque labels.

Labels are numbered in the order of appearance, so the same deals give the same labels and nothing of a name can be
worked out from its label. Segment values, reasons and counts stay, but for the names of competitors: those that a
column called competitor holds are replaced wherever they stand. Columns of people are never compared; sample values from
the data are left out, in messages about it too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import StrEnum
from typing import Any

import pyarrow as pa

from winloss.capture.competitors import read_values, says_competitor
from winloss.errors import UserError
from winloss.report import unquoted
from winloss.report.behind import Behind
from winloss.synthesize.competitors import NO_NAMES
from winloss.synthesize.glossary import UNREAD
from winloss.synthesize.study import CompetitorRow, Prospect, Quality, ReasonRow, Study
from winloss.tables.segment import Condition, Segment

KEPT_OF_BOOK = frozenset({"version", "taxonomy", "program"})
MACHINE_WORDS = frozenset(
    {"id", "finding", "kind", "code", "outcome", "level", "unit", "currency", "reason", "field", "status", "name"}
    | {"win_pattern", "loss_pattern", "points_at", "method"}
)
"""Fields that hold codes, in which nothing is replaced; a competitor's name is the exception."""
_COMPETITOR_MEASURE = ":competitor:"


def letters(n: int) -> str:
    """0 is A, 25 is Z, 26 is AA."""
    head, tail = divmod(n, 26)
    return (letters(head - 1) if head else "") + chr(65 + tail)


class Labels:
    """What each name is called instead, the same everywhere in one report."""

    def __init__(self, competitors: Iterable[str] = ()) -> None:
        self._deals: dict[str, str] = {}
        self._accounts: dict[str, str] = {}
        self._competitors: dict[str, str] = {}
        self._spellings: set[str] = set()
        for name in competitors:
            self.competitor(name)

    def deal(self, deal_id: object) -> str:
        return self._deals.setdefault(str(deal_id), f"Deal {len(self._deals) + 1}")

    def account(self, name: object) -> str:
        return self._accounts.setdefault(str(name).casefold(), f"Account {len(self._accounts) + 1}")

    def competitor(self, name: str) -> str:
        self._spellings.add(name)
        return self._competitors.setdefault(name.casefold(), f"Competitor {letters(len(self._competitors))}")

    def text(self, written: str) -> str:
        """`written` with every competitor's name replaced, as a whole word in any case."""
        names = sorted(filter(str.strip, self._spellings), key=lambda name: (-len(name), name))
        if not names:
            return written
        either = "|".join(map(re.escape, names))
        return re.sub(rf"(?<!\w)(?:{either})(?!\w)", lambda m: self._called(m[0]), written, flags=re.IGNORECASE)

    def _called(self, found: str) -> str:
        return self._competitors.get(found.casefold(), "Competitor")

    def segment(self, written: str) -> str:
        """A segment's text with its competitors replaced, still in text form."""
        try:
            conditions = Segment.parse(written).conditions
        except UserError:
            return self.text(written)
        return str(Segment(tuple(map(self._condition, conditions))))

    def _condition(self, condition: Condition) -> Condition:
        if condition.field != "competitor":
            # A value of another column may be a competitor's name, too: "Replaces", "Incumbent".
            return replace(condition, values=tuple(map(self.text, condition.values)))
        return replace(condition, values=tuple(self.competitor(value) for value in condition.values))


def labels(study: Study) -> Labels:
    """Labels for every competitor that the study names: those of its table by rank, then the others."""
    named = [c.name for c in study.competitors if _is_name(c)]
    named += [f.measure.split(_COMPETITOR_MEASURE, 1)[1] for f in study.findings if _COMPETITOR_MEASURE in f.measure]
    named += [r.competitor for r in study.rival_shares]
    for written in (f.segment for f in study.findings):
        named += _competitors_in(written)
    for table in study.attributes:
        if says_competitor(table.label):
            values = {level.value: level.closed for level in table.levels if level.kind == "value"}
            named += read_values(values).names
            named += [value for value, read in read_values(values).by_value.items() if read.name is not None]
    return Labels(named)


def _is_name(row: CompetitorRow) -> bool:
    return row.kind == "competitor" and row.name not in NO_NAMES


def _competitors_in(written: str) -> list[str]:
    try:
        conditions = Segment.parse(written).conditions
    except UserError:
        return []
    return [value for c in conditions if c.field == "competitor" for value in c.values]


def study(whole: Study, called: Labels) -> Study:
    """The study with every name replaced and the sample values of its data left out."""
    bare = replace(
        whole,
        recovery=replace(whole.recovery, prospects=tuple(_prospect(p, called) for p in whole.recovery.prospects)),
        loss_reasons=tuple(map(_reason, whole.loss_reasons)),
        win_reasons=tuple(map(_reason, whole.win_reasons)),
        quality=_quality(whole.quality),
        notes=unquoted.notes(whole.notes, whole.quality.issues, whole.quality.joins),
        book={key: value for key, value in whole.book.items() if key in KEPT_OF_BOOK},
    )
    return replace(bare, **{f.name: _renamed(getattr(bare, f.name), f.name, called) for f in fields(bare)})


def _prospect(prospect: Prospect, called: Labels) -> Prospect:
    label = called.deal(prospect.deal_id)
    return replace(prospect, deal_id=label, deal_name=label, account=called.account(prospect.account), owner_id="")


def _reason(row: ReasonRow) -> ReasonRow:
    """What was not understood may be anybody's words; the words behind a reason that is known are kept."""
    return replace(row, raw_values=()) if row.code == UNREAD else row


def _quality(quality: Quality) -> Quality:
    """Without the values and the file names that the data brought along."""
    return replace(
        quality,
        issues=unquoted.issues(quality.issues),
        columns=unquoted.columns(quality.columns),
        unread_reasons=tuple((f"Value {i}", n) for i, (_, n) in enumerate(quality.unread_reasons, 1)),
        unread_stages=tuple((f"Value {i}", n) for i, (_, n) in enumerate(quality.unread_stages, 1)),
        folds=tuple(replace(fold, kept="", folded=()) for fold in quality.folds),
        joins=tuple(replace(join, left="", right="", examples=()) for join in quality.joins),
        rejects="",
    )


def _renamed(value: Any, name: str, called: Labels) -> Any:
    if isinstance(value, CompetitorRow):
        label = called.competitor(value.name) if _is_name(value) else value.name
        return replace(value, name=label)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _renamed(getattr(value, f.name), f.name, called) for f in fields(value)})
    if isinstance(value, tuple):
        return tuple(_renamed(part, name, called) for part in value)
    if not isinstance(value, str) or isinstance(value, StrEnum) or name in MACHINE_WORDS:
        return value
    return called.segment(value) if name in {"segment", "excluded"} else called.text(value)


def behind(found: Mapping[str, Behind], called: Labels) -> dict[str, Behind]:
    """The deals behind the findings under their labels."""
    return {key: _behind(value, called) for key, value in found.items()}


def _behind(listed: Behind, called: Labels) -> Behind:
    deals = listed.deals
    labels = [called.deal(one) for one in deals["deal_id"].to_pylist()] if deals.num_rows else []
    hidden: dict[str, Callable[[object], object]] = {
        "account_name": called.account,
        "competitor": lambda name: called.competitor(str(name)),
    }
    for place, name in enumerate(deals.column_names):
        values = deals[name].to_pylist()
        if name in ("deal_id", "deal_name"):
            shown: list[object] = [
                None if value is None else label for label, value in zip(labels, values, strict=True)
            ]
        elif name in hidden:
            shown = [None if value is None else hidden[name](value) for value in values]
        else:
            continue
        deals = deals.set_column(place, name, pa.array(shown, pa.string()))
    return replace(listed, deals=deals, why=called.text(listed.why))
