"""The picklist: what reps choose from. Proposed from the losses of the last months, adopted by a person.

At most five reasons, plus Other and Unknown; a ready list has the choices that it has. A competitor is no reason: who won has a
field of its own. Where a ready list has a choice for it, that choice sets that one was met, and its reason is Unknown.
Every share is of losses (lost and no decision, junk left out); the denominator is named in each.
"""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ibis.expr.types as ir

from winloss.capture.reasons import How, ReasonReadings
from winloss.capture.taxonomy import OTHER, UNKNOWN, Taxonomy, nearest
from winloss.capture.words import fold
from winloss.errors import UserError
from winloss.stats.estimate import Estimate
from winloss.stats.shares import wilson

MOST = 5
"""Reasons on a picklist, Other and Unknown aside."""
THIN = 30
"""Losses with a readable reason below which a list from history is a guess."""
HISTORY_DAYS = 183
"""Six months."""
_LEAST_SHARE = 0.02
"""Of the losses with a reason: what a reason must explain to earn a line."""
_LEAST_DEALS = 3
_DOMINANT = 0.4
"""A reason with more of them than this is split by its finer reasons while lines are free ..."""
_WORTH_SPLITTING = 0.05
"""... into parts of at least this share."""
_UNDER_USED = 0.01
_ALWAYS = (OTHER, UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Losses of one reason and one raw value: the reason's code (None where not understood or not given)."""

    code: str | None
    value: str | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a picklist: what reps see, the reason it stands for, and raw values that are read as it."""

    label: str
    code: str
    folds: tuple[str, ...] = ()
    sub_reason: str = ""
    """The finer reason, where one reason was split over several lines."""
    competitor: bool = False
    """The choice says that a competitor won; its code is Unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picklist:
    """What reps choose from, each entry mapped to the taxonomy."""

    entries: tuple[Entry, ...]
    taxonomy: str
    """Stamp of the taxonomy it was made for."""
    adopted_on: dt.date | None = None
    preset: str = ""
    """The ready list that it is, "" where it is none."""

    @property
    def overrides(self) -> dict[str, str]:
        """Labels and folded raw values to codes (or "competitor"), for `reasons.read_values`."""
        return {
            word: "competitor" if entry.competitor else entry.code
            for entry in self.entries
            for word in (*entry.folds, entry.label)
        }

    @property
    def to_paste(self) -> str:
        """One label a line, as a CRM's picklist takes it."""
        return "\n".join(entry.label for entry in self.entries)

    def to_toml(self) -> str:
        """The text form; `Picklist.parse(p.to_toml(), taxonomy) == p`."""
        lines = [
            "# What reps choose from when a deal closes. Labels may be changed; codes are reasons of the taxonomy.",
            "# `folds` are values of the CRM's past that are read as the entry.",
            f"taxonomy = {_quoted(self.taxonomy)}",
        ]
        if self.adopted_on:
            lines.append(f"adopted_on = {self.adopted_on.isoformat()}")
        if self.preset:
            lines.append(f"preset = {_quoted(self.preset)}")
        for entry in self.entries:
            lines += ["", "[[entry]]", f"label = {_quoted(entry.label)}", f"code = {_quoted(entry.code)}"]
            if entry.competitor:
                lines.append("competitor = true")
            if entry.sub_reason:
                lines.append(f"sub_reason = {_quoted(entry.sub_reason)}")
            if entry.folds:
                lines.append(f"folds = [{', '.join(_quoted(value) for value in entry.folds)}]")
        return "\n".join(lines) + "\n"

    @classmethod
    def parse(cls, text: str, taxonomy: Taxonomy, *, where: str = "the picklist") -> Picklist:
        """Read a picklist; UserError names what is wrong: an unknown code, a junk code, too many reasons, a label twice.

        Other and Unknown are added where they are missing, since they are always answers.
        """
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise UserError(f"{where} is no valid TOML: {error}.") from None
        rows = document.get("entry")
        if not isinstance(rows, list) or not rows:
            raise UserError(f"{where} has no [[entry]]: each needs a label and a code.")
        entries = [_entry(row, index, taxonomy, where) for index, row in enumerate(rows, 1)]
        preset = str(document.get("preset", ""))
        _check(entries, where, most=_most(preset, taxonomy))
        adopted = document.get("adopted_on")
        return cls(
            entries=_completed(entries, taxonomy),
            taxonomy=str(document.get("taxonomy", taxonomy.stamp)),
            adopted_on=adopted if isinstance(adopted, dt.date) else None,
            preset=preset,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """One proposed reason.

    Parameters
    ----------
    count
        Losses it explains.
    share
        Of the losses whose reason is readable; refused for an entry of the shipped list, which history does not show.
    values
        The raw values that fold into it, with their losses.
    from_history
        False where the shipped list filled the line.
    """

    code: str
    label: str
    definition: str
    count: int
    share: Estimate
    values: tuple[tuple[str, int], ...]
    from_history: bool = True
    sub_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retire:
    """A raw value that should leave the CRM's list, how many losses carry it, and why."""

    value: str
    count: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A picklist from history, with what it covers and what it leaves out.

    Parameters
    ----------
    since, as_of
        First and last closing day looked at; None where the book has no dates.
    losses
        Lost and no-decision deals in that time, junk left out.
    with_reason
        Of these, deals with a readable reason that says why (not Other, not Unknown).
    covered
        Share of `with_reason` that the proposed reasons explain.
    covered_of_all
        Share of all `losses`.
    other_or_unknown, not_understood, without
        Losses called Other or Unknown; with a value nobody could read; with none.
    left_over
        Reasons outside the list with their losses.
    notes
        What the reader must know: thin data, reasons missing.
    """

    since: dt.date | None
    as_of: dt.date | None
    losses: int
    with_reason: int
    reasons: tuple[Proposed, ...]
    covered: Estimate
    covered_of_all: Estimate
    other_or_unknown: int
    not_understood: int
    without: int
    left_over: tuple[tuple[str, str, int], ...]
    retire: tuple[Retire, ...]
    notes: tuple[str, ...]
    taxonomy: Taxonomy

    @property
    def picklist(self) -> Picklist:
        """The proposal as a picklist: its reasons, Other and Unknown."""
        entries = [
            Entry(label=r.label, code=r.code, folds=tuple(v for v, _ in r.values), sub_reason=r.sub_reason)
            for r in self.reasons
        ]
        return Picklist(entries=_completed(entries, self.taxonomy), taxonomy=self.taxonomy.stamp)

    def to_markdown(self) -> str:
        """The proposal as a page for a wiki or a chat."""
        return "\n".join(_markdown(self)) + "\n"


def losses(deals: ir.Table, *, as_of: dt.date | None = None, days: int = HISTORY_DAYS) -> ir.Table:
    """Lost and no-decision deals by reason and raw value: columns `code`, `value`, `n`. Executes nothing.

    Parameters
    ----------
    deals
        Resolved deals.
    as_of
        The last closing day counted; None counts every loss, dated or not.
    days
        How far back, in days.
    """
    lost = deals.filter(deals.outcome.isin(("lost", "no_decision")))
    if as_of is not None:
        lost = lost.filter(lost.closed_on.between(as_of - dt.timedelta(days=days - 1), as_of))
    return lost.group_by(code=lost.reason, value=lost.reason_value).aggregate(n=lost.count())


def propose(
    found: Iterable[Loss],
    taxonomy: Taxonomy,
    *,
    readings: ReasonReadings | None = None,
    as_of: dt.date | None = None,
    days: int = HISTORY_DAYS,
) -> Proposal:
    """Choose at most five reasons that cover the losses.

    The most frequent primary reasons are taken, each with at least 2 % of the losses that say why and at least
    three of them. While lines are free, a reason with more than 40 % of them is split by its finer reasons, where the
    parts keep at least 5 % each: a list on which most losses share one line tells nothing. Where fewer than `THIN` losses say why, the shipped list fills the empty lines and says so.

    Parameters
    ----------
    found
        The answer to `losses`.
    readings
        How the raw values were read: for the finer reasons, and to tell junk and competitors in what to retire.
    """
    rows = [row for row in found if row.count > 0]
    count = Counter({row.code: 0 for row in rows})
    for row in rows:
        count[row.code] += row.count
    total = sum(count.values())
    primary = {reason.code for reason in taxonomy.primary}
    telling = {code: n for code, n in count.items() if code in primary}
    why = sum(telling.values())
    lines = _Lines(rows, readings, taxonomy, _chosen(telling, why), why)
    chosen = {code for code, _ in lines.units}
    covered = sum(telling[code] for code in chosen)
    without = sum(row.count for row in rows if row.code is None and row.value is None)
    return Proposal(
        since=as_of - dt.timedelta(days=days - 1) if as_of else None,
        as_of=as_of,
        losses=total,
        with_reason=why,
        reasons=lines.proposed(),
        covered=_share(covered, why, "no loss says why"),
        covered_of_all=_share(covered, total, "no loss in this time"),
        other_or_unknown=sum(n for code, n in count.items() if code in _ALWAYS),
        not_understood=count[None] - without,
        without=without,
        left_over=tuple((code, taxonomy.label(code), n) for code, n in _by_count(telling) if code not in chosen),
        retire=tuple(lines.retire(total)),
        notes=tuple(_notes(total, why, count[None] - without, without, days, bool(as_of))),
        taxonomy=taxonomy,
    )


def shipped_picklist(taxonomy: Taxonomy, preset: str = "shipped") -> Picklist:
    """A ready list of the taxonomy as a picklist, each of its choices an entry; several may stand for one reason.

    UserError where no preset is called so.
    """
    if preset not in taxonomy.presets:
        raise UserError(f"No ready list is called {preset!r}{nearest(preset, sorted(taxonomy.presets))}.")
    entries = [
        Entry(label=one.label, code=one.code, competitor=one.competitor) for one in taxonomy.presets[preset].entries
    ]
    return Picklist(entries=_completed(entries, taxonomy), taxonomy=taxonomy.stamp, preset=preset)


def in_force(settings: Mapping[str, Any], taxonomy: Taxonomy) -> dict[str, str]:
    """Raw values to codes as the settings of a book say: the lines of the map over the adopted picklist.

    Parameters
    ----------
    settings
        `picklist` is the text that `adopt` gave, `reasons` the map's lines; either may be missing.
    """
    picklist = adopted(settings, taxonomy)
    return {**(picklist.overrides if picklist else {}), **(settings.get("reasons") or {})}


def adopted(settings: Mapping[str, Any], taxonomy: Taxonomy) -> Picklist | None:
    """The picklist that the settings of a book hold, None where none was adopted."""
    text = settings.get("picklist")
    return Picklist.parse(text, taxonomy, where="the book's picklist") if text else None


def adopt(
    chosen: Proposal | Picklist, *, on: dt.date, taxonomy: Taxonomy, labels: Mapping[str, str] | None = None
) -> str:
    """The text of the picklist in force from `on`, to be stored in the book's settings.

    Parameters
    ----------
    labels
        Code to the label reps should see, where another is wanted.
    """
    picklist = chosen.picklist if isinstance(chosen, Proposal) else chosen
    wanted = labels or {}
    entries = tuple(
        entry if entry.competitor else replace(entry, label=wanted.get(entry.code, entry.label))
        for entry in picklist.entries
    )
    text = replace(picklist, entries=entries, taxonomy=taxonomy.stamp, adopted_on=on).to_toml()
    Picklist.parse(text, taxonomy)
    return text


def _chosen(telling: Mapping[str, int], why: int) -> list[str]:
    if why < THIN:
        return [code for code, n in _by_count(telling)][:MOST]
    enough = [code for code, n in _by_count(telling) if n >= _LEAST_DEALS and n >= _LEAST_SHARE * why]
    return enough[:MOST]


def _by_count(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _share(count: int, n: int, why: str) -> Estimate:
    return wilson(count, n) if n else Estimate.refused(why)


class _Lines:
    """The lines of a proposal: reasons, or finer reasons where one was split, with the values that fold into each."""

    def __init__(
        self,
        rows: Sequence[Loss],
        readings: ReasonReadings | None,
        taxonomy: Taxonomy,
        chosen: Sequence[str],
        why: int,
    ) -> None:
        self.rows = rows
        self.read = readings.by_value if readings else {}
        self.taxonomy = taxonomy
        self.why = why
        self.units: list[tuple[str, str]] = [(code, "") for code in chosen]
        while len(self.units) < MOST and (finer := self._finer()):
            self.units.append(finer)

    def _sub(self, row: Loss) -> str:
        return (self.read[row.value].sub_reason or "") if row.value in self.read else ""

    def _unit(self, row: Loss) -> tuple[str, str]:
        fine = (row.code or "", self._sub(row))
        return fine if fine in self.units else (fine[0], "")

    def _counts(self) -> Counter[tuple[str, str]]:
        counts: Counter[tuple[str, str]] = Counter()
        for row in self.rows:
            counts[self._unit(row)] += row.count
        return counts

    def _finer(self) -> tuple[str, str] | None:
        """The finer reason to take out of the largest whole reason, where that one dominates."""
        counts = self._counts()
        whole = [unit for unit in self.units if not unit[1] and counts[unit] > _DOMINANT * self.why]
        parts: Counter[tuple[str, str]] = Counter()
        for row in self.rows:
            if self._unit(row) in whole and self._sub(row):
                parts[row.code or "", self._sub(row)] += row.count
        least = max(_WORTH_SPLITTING * self.why, _LEAST_DEALS)
        for unit, count in sorted(parts.items(), key=lambda item: (-item[1], item[0])):
            if count >= least and counts[unit[0], ""] - count >= least:
                return unit
        return None

    def proposed(self) -> tuple[Proposed, ...]:
        counts = self._counts()
        shown = [self._one(unit, counts[unit]) for unit in sorted(self.units, key=lambda u: (-counts[u], u))]
        if self.why < THIN:
            held = {code for code, _ in self.units} | set(_ALWAYS)
            spare = [entry.code for entry in shipped_picklist(self.taxonomy).entries if entry.code not in held]
            shown += [self._one((code, ""), 0) for code in spare[: MOST - len(shown)]]
        return tuple(shown)

    def _one(self, unit: tuple[str, str], count: int) -> Proposed:
        values: Counter[str] = Counter()
        for row in self.rows:
            if self._unit(row) == unit and row.value is not None and row.value != row.code:
                values[row.value] += row.count
        reason = self.taxonomy.reason(unit[0])
        return Proposed(
            code=unit[0],
            label=self._label(unit),
            definition=reason.definition,
            count=count,
            share=_share(count if self.why else 0, self.why if count else 0, "from the shipped list: no loss shows it"),
            values=tuple(_by_count(values)),
            from_history=count > 0,
            sub_reason=unit[1],
        )

    def _label(self, unit: tuple[str, str]) -> str:
        reason = self.taxonomy.reason(unit[0])
        return next((sub.label for sub in reason.sub_reasons if sub.code == unit[1]), reason.label)

    def retire(self, total: int) -> Iterable[Retire]:
        """Raw values that should leave the CRM's list, the most used first."""
        first = self._most_used()
        by_value = {row.value: row for row in self.rows if row.value is not None}
        for value, row in sorted(by_value.items(), key=lambda item: (-item[1].count, item[0])):
            why = self._why_retire(row, first, total)
            if why:
                yield Retire(value=value, count=row.count, why=why)
        for reading in self.read.values():
            if reading.code in self.taxonomy.junk_codes and reading.value not in by_value:
                label = self.taxonomy.label(reading.code).lower()
                yield Retire(value=reading.value, count=0, why=f"no reason but {label}: disqualify such deals instead")

    def _most_used(self) -> dict[tuple[str, str], str]:
        """The raw value that each line is mostly called by."""
        first: dict[tuple[str, str], str] = {}
        for row in sorted(self.rows, key=lambda row: (-row.count, row.value or "")):
            if row.value is not None and self._unit(row) in self.units:
                first.setdefault(self._unit(row), row.value)
        return first

    def _why_retire(self, row: Loss, first: Mapping[tuple[str, str], str], total: int) -> str:
        unit, reading = self._unit(row), self.read.get(row.value or "")
        if row.code == UNKNOWN and reading is not None and reading.rival:
            return "says who won, not why: use the competitor field"
        if row.code is None:
            sentence = reading is not None and reading.how is How.FREE_TEXT
            return "free text: ask for a choice" if sentence else "not understood: map it or drop it"
        if row.code in _ALWAYS:
            return ""
        if unit not in first:
            return f"{self.taxonomy.label(row.code)} is under-used: not among the {MOST}"
        if first[unit] != row.value:
            return f"overlaps {first[unit]!r}: both mean {self._label(unit)}"
        return "under-used" if row.count < _UNDER_USED * total else ""


def _notes(total: int, why: int, unread: int, without: int, days: int, dated: bool) -> Iterable[str]:
    if not total:
        where = f"in the {days} days looked at" if dated else "in the book"
        yield f"No lost or no-decision deal {where}: here is the shipped picklist to start with."
    elif not why:
        yield (
            f"No reasons given that say why, on {total:,} lost or no-decision {_deals(total)}: "
            "here is the shipped picklist to start with."
        )
    elif why < THIN:
        yield (
            f"Only {why:,} lost or no-decision {_deals(why)} say why: too few to choose by. "
            "Lines that history does not show come from the shipped picklist."
        )
    if total and without:
        yield f"{without:,} of {total:,} lost or no-decision deals give no reason: the list cannot speak for them."
    if unread:
        yield (
            f"{unread:,} lost or no-decision {_deals(unread)} carry a reason that was not understood: "
            "`winloss reasons check` lists them."
        )


def _completed(entries: Sequence[Entry], taxonomy: Taxonomy) -> tuple[Entry, ...]:
    held = {entry.code for entry in entries if not entry.competitor}
    return (*entries, *(Entry(label=taxonomy.label(code), code=code) for code in _ALWAYS if code not in held))


def _entry(row: Any, index: int, taxonomy: Taxonomy, where: str) -> Entry:
    if not isinstance(row, dict) or not isinstance(row.get("label"), str) or not isinstance(row.get("code"), str):
        raise UserError(f"{where}: entry {index} needs a label and a code, both texts.")
    label, code = row["label"].strip(), taxonomy.current(row["code"])
    if code is None:
        codes = [reason.code for reason in taxonomy.primary]
        raise UserError(f"{where}: entry {label!r} has the code {row['code']!r}{nearest(row['code'], codes)}.")
    if not label or (not taxonomy.reason(code).primary and code not in _ALWAYS):
        raise UserError(f"{where}: entry {label!r} ({code}) is no reason that a rep can choose.")
    folds = row.get("folds", [])
    if not isinstance(folds, list) or not all(isinstance(value, str) for value in folds):
        raise UserError(f"{where}: folds of entry {label!r} must be a list of texts.")
    competitor = row.get("competitor", False)
    if not isinstance(competitor, bool) or (competitor and code != UNKNOWN):
        raise UserError(
            f"{where}: entry {label!r} says competitor = true only with the code {UNKNOWN}: it gives no reason."
        )
    return Entry(
        label=label,
        code=code,
        folds=tuple(folds),
        sub_reason=str(row.get("sub_reason", "")),
        competitor=competitor,
    )


def _most(preset: str, taxonomy: Taxonomy) -> int:
    """Reasons that a picklist may have: those of a ready list, where it is one."""
    ready = taxonomy.presets.get(preset)
    return max(MOST, sum(one.code not in _ALWAYS for one in ready.entries)) if ready else MOST


def _check(entries: Sequence[Entry], where: str, *, most: int) -> None:
    reasons = [entry for entry in entries if entry.code not in _ALWAYS]
    if len(reasons) > most:
        raise UserError(f"{where} has {len(reasons)} reasons: keep at most {most} beside Other and Unknown.")
    held: dict[str, Entry] = {}
    for entry in entries:
        for word in dict.fromkeys((entry.label, *entry.folds)):
            before = held.setdefault(fold(word) or word, entry)
            if before is not entry and (before.code != entry.code or word == entry.label):
                raise UserError(f"{where}: {word!r} stands under two entries, {before.label!r} and {entry.label!r}.")


def _markdown(proposal: Proposal) -> Iterable[str]:
    yield "# Proposed picklist"
    yield ""
    yield _basis(proposal)
    yield ""
    yield "| reason | losses | share of those that say why | read from |"
    yield "|---|---:|---:|---|"
    for reason in proposal.reasons:
        values = ", ".join(f"{_cell(value)} ({n:,})" for value, n in reason.values) or "shipped list"
        yield f"| {_cell(reason.label)} | {reason.count:,} | {_percent(reason.share)} | {values} |"
    yield ""
    if proposal.covered.given:
        yield f"Together: {_percent(proposal.covered)} of the losses that say why. Other and Unknown stay as answers."
    for note in proposal.notes:
        yield f"\n{note}"
    if proposal.retire:
        yield "\n## To retire\n"
        yield from (f"- {_cell(row.value)} ({row.count:,}): {row.why}" for row in proposal.retire)
    yield "\n## To paste\n\n```"
    yield proposal.picklist.to_paste
    yield "```"


def _basis(proposal: Proposal) -> str:
    if proposal.as_of is None or proposal.since is None:
        span = "all losses and no-decisions of the book (no dates to choose by)"
    else:
        span = f"losses and no-decisions closed {proposal.since:%-d %b %Y} to {proposal.as_of:%-d %b %Y}"
    return f"From {span}: {proposal.losses:,}, of which {proposal.with_reason:,} say why."


def _percent(share: Estimate) -> str:
    if share.value is None or share.low is None or share.high is None:
        return "–"
    return f"{100 * share.value:.1f} % ({100 * share.low:.0f}–{100 * share.high:.0f} % of {share.n:,})"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _deals(count: int) -> str:
    return "deal" if count == 1 else "deals"
