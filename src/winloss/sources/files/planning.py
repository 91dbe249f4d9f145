"""From what the files hold to plans: which column goes where, what is folded, what is joined, and why."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import pyarrow as pa

from winloss.sources.contract import ColumnReading, Fold, ValueReading
from winloss.sources.files import joins
from winloss.sources.files.arrow import Array
from winloss.sources.files.arrow import kernels as pc
from winloss.sources.files.buffers import written_out
from winloss.sources.files.cells import Cells, Readers
from winloss.sources.files.echoes import ECHOED, same_days
from winloss.sources.files.facts import ColumnFacts
from winloss.sources.files.kinds import Recognised
from winloss.sources.files.mapfile import MapFile
from winloss.sources.files.mapping import Choice
from winloss.sources.files.outcomes import DECIDED, UNCLASSIFIED, override_keys, read_values, vocabulary
from winloss.sources.files.plan import AMOUNTS, BY_OUTCOME, CustomPlan, DealsPlan, JoinPlan
from winloss.sources.files.rates import Rates
from winloss.sources.files.synonyms import EXACT, synonyms
from winloss.sources.files.tabled import READS_AS, Tabled
from winloss.sources.files.twins import HUNDREDTH, formatted_twin
from winloss.sources.files.unended import blanks_are_open
from winloss.sources.files.uses import (
    NAMES_PEOPLE,
    UseReading,
    custom_names,
    holds_people,
    is_box,
    names_a_person,
    use_of,
)
from winloss.sources.files.values import categories
from winloss.sources.files.words import LABEL_SUFFIX, plain
from winloss.tables import TABLES, Role
from winloss.tables.custom import BLANK_IS_NO, CustomColumn, Use
from winloss.tables.people import opaque

_LANDED_AS = {
    "owner_name": "owner_id",
    "owner_email": "owner_id",
    "amount": "amount_cents",
    "actual_amount": "amount_cents",
    "estimated_amount": "amount_cents",
    "lost_amount": "amount_cents",
    "open_amount": "amount_cents",
    "reason": "reason_raw",
    "loss_reason": "loss_reason_raw",
    "win_reason": "win_reason_raw",
    "competitor": "competitor_raw",
    "status_reason": "reason_raw",
    "status": "stage_kind",
    "is_won": "stage_kind",
    "is_lost": "stage_kind",
    "is_closed": "stage_kind",
    "is_active": "stage_kind",
    "is_deleted": "stage_kind",
    "won_on": "closed_on",
    "lost_on": "closed_on",
}
_NOT_LANDED = {"expected_closed_on": "the expected date: not kept", "lead_id": "joins the leads"}
_CLOSING = frozenset({"closed_on", "won_on", "lost_on", "expected_closed_on"})
_FLAGS = {"is_won": ("won", "not won"), "is_lost": ("lost", "not lost"), "is_closed": ("closed", "open")}
_FLAGS |= {"is_active": ("active", "lost, unless the deal stage says won")}
_FLAGS |= {"is_deleted": ("disqualified", "as the other columns say")}
_ATTRIBUTES = frozenset(c.name for c in TABLES["deals"].columns if c.role is Role.ATTRIBUTE)
_FROM_PARTNER = {"manager": "x_manager"}
_PEOPLE_TARGETS = frozenset({"person", "person_id", "email", "manager"})
_OPEN_WHERE_BLANK = "; open where there is neither a closing date nor a reason, else lost"
FOLDED_LEVELS = 20_000
LANDED = ("accounts", "people", "leads", "spend", "touches", "deal_stage_changes", "debriefs")
"""Kinds of files that fill a table of their own."""


@dataclass(slots=True)
class Decided:
    """Everything decided about the deals and the files joined to them."""

    plan: DealsPlan
    readers: Readers
    columns: list[ColumnReading] = field(default_factory=list)
    outcomes: list[ValueReading] = field(default_factory=list)
    folds: list[Fold] = field(default_factory=list)
    unjoined: list[str] = field(default_factory=list)
    keys: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """Joined file → its columns of the pair (deals, file), and why."""


@dataclass(frozen=True, slots=True)
class Partner:
    """One file that may be joined."""

    recognised: Recognised
    tabled: Tabled


def decide(
    deals: Recognised, tabled: Tabled, partners: Sequence[Partner], *, mapped: MapFile, rates: Rates | None
) -> Decided:
    """The plan for the deals, and what is to be told of it.

    Parameters
    ----------
    deals, tabled
        The deals: how their columns map, and what they hold.
    partners
        Files that may be joined to them.
    mapped
        The map; empty where none was given.
    rates
        Exchange rates, where given.
    """
    return _Deciding(deals, tabled, mapped).decide(partners, rates)


class _Deciding:
    def __init__(self, deals: Recognised, tabled: Tabled, mapped: MapFile) -> None:
        self.deals = deals
        self.tabled = tabled
        self.mapped = mapped
        self.facts = deals.facts
        self.targets = dict(deals.mapping.columns)
        self.overrides = override_keys(mapped.outcomes)
        self.folds: list[Fold] = []
        self.echoes: dict[str, int] = {}
        self.twins: dict[int, ColumnFacts | None] = {}
        self.blanks_are_open = False

    def decide(self, partners: Sequence[Partner], rates: Rates | None) -> Decided:
        self._lead_as_deal()
        for target in _CLOSING.intersection(self.targets):
            self.tabled.readers.decisions.at_month_end(self.targets[target])
        ticked = self._ticked()
        self.blanks_are_open = blanks_are_open(self.targets, self.tabled, ticked="is_won" in ticked)
        uses = self._uses()
        customs = self._customs(uses)
        outcomes = self._outcomes()
        folds = self._folded(customs)
        taken = {plan.column.name for plan in customs}
        joined, joined_customs, readings, told = self._joined(partners, taken, folds)
        readers = replace(self.tabled.readers, folds=folds)
        plan = DealsPlan(
            label=self.deals.label,
            columns=self.targets,
            outcomes=self.overrides,
            customs=customs,
            joins=tuple(joined),
            joined_customs=tuple(joined_customs),
            currency=self.mapped.currency,
            echoes=self.echoes,
            scales={f.position: scale for f in self._money() if (scale := self._scale(f)) != 1},
            currencies={f.position: code for f in self._money() if (code := self._currency(f))},
            rates=rates,
            stage_closes=self._stage_closes("won", "lost", "no_decision", "disqualified"),
            stage_closes_lost=self._stage_closes("lost", "no_decision", "disqualified"),
            blanks_are_open=self.blanks_are_open,
            blanks_are_no=ticked,
            wants_leads=any(p.recognised.kind == "leads" for p in partners),
        )
        columns = [*self._readings(uses, customs), *readings]
        described = [p.recognised.label for p in partners if p.recognised.kind != "leads"]  # most leads become no deal
        unjoined = [label for label in described if label not in {j.label for j in joined}]
        return Decided(plan, readers, columns, outcomes, self.folds, unjoined, told)

    def _money(self) -> Iterator[ColumnFacts]:
        for target in (*AMOUNTS, *BY_OUTCOME):
            if target in self.targets:
                yield self.facts[self.targets[target]]

    def _currency(self, facts: ColumnFacts) -> str | None:
        """The currency of amounts that name none: the header's, or the only one that other values name."""
        named = self.tabled.readers.decisions.money(facts.position).currencies
        return facts.unit.currency or (named[0] if len(named) == 1 else None)

    def _scale(self, facts: ColumnFacts) -> int | Fraction:
        """How many units one figure stands for: by the header, or by a column beside it that shows the amounts in full."""
        return HUNDREDTH if facts.unit.scale == 1 and self._twin(facts) is not None else facts.unit.scale

    def _twin(self, facts: ColumnFacts) -> ColumnFacts | None:
        if facts.position not in self.twins:
            self.twins[facts.position] = formatted_twin(facts, self.facts, self.tabled)
        return self.twins[facts.position]

    def _said_currency(self, facts: ColumnFacts) -> str:
        if facts.unit.currency:
            return f"in {facts.unit.currency} by its name"
        code = self._currency(facts)
        return f"{code} is the only currency that the values name: taken for all" if code else ""

    def _lead_as_deal(self) -> None:
        """A lead becomes one deal at most: where deals have no id of their own, the lead's serves."""
        position = self.targets.get("lead_id")
        if "deal_id" not in self.targets and position is not None and self.facts[position].uniqueness >= 1.0:
            self.targets["deal_id"] = position

    # Columns that fill no target

    def _uses(self) -> dict[int, UseReading]:
        uses = {}
        for facts, choice in zip(self.facts, self.deals.mapping.choices, strict=True):
            if choice.target is not None and choice.target != "manager":
                continue
            given = self.deals.given.get(facts.position)
            if given is not None:
                uses[facts.position] = UseReading(given, "the map says so")
            else:
                found = (
                    self._code(facts)
                    or self._echo(facts, choice)
                    or use_of(facts, same_as=_same_as(facts, self.facts, self.tabled))
                )
                uses[facts.position] = self._of_people(facts, found)
            if uses[facts.position].use is Use.ATTRIBUTE and is_box(facts):
                uses[facts.position] = UseReading(Use.ATTRIBUTE, f"{uses[facts.position].why}: {BLANK_IS_NO}")
        return uses

    def _code(self, facts: ColumnFacts) -> UseReading | None:
        """A code that has its words in a column beside it is told by them."""
        label = facts.header + LABEL_SUFFIX
        beside = any(other.header == label for other in self.facts)
        return UseReading(Use.IGNORED, f"the code of {label!r}") if beside else None

    def _of_people(self, facts: ColumnFacts, found: UseReading) -> UseReading:
        """The reading found, unless most of the values are names of those who own deals."""
        if found.use not in (Use.ATTRIBUTE, Use.IDENTIFIER, Use.FREE_TEXT):
            return found
        owners = [self.facts[self.targets[t]].counts for t in ("owner_name", "owner_id") if t in self.targets]
        known = {opaque(value) for counts in owners for value in counts}
        named = sum(opaque(value) in known for value in facts.counts)
        return UseReading(Use.IDENTIFIER, NAMES_PEOPLE) if named >= 2 and 2 * named > len(facts.counts) else found

    def _echo(self, facts: ColumnFacts, choice: Choice) -> UseReading | None:
        """What becomes of a column that tells the dates of a target which another column fills; None where it does not."""
        rival = choice.rival
        if rival is None or rival not in ECHOED or rival in self.echoes or facts.dates < READS_AS:
            return None
        main = self.facts[self.targets[rival]]
        if main.dates < READS_AS or not same_days(main.position, facts.position, self.tabled):
            return None
        self.echoes[rival] = facts.position
        return UseReading(
            Use.IGNORED, f"it tells the days of {main.header!r}: used where that is blank, and for the time"
        )

    def _customs(self, uses: Mapping[int, UseReading]) -> tuple[CustomPlan, ...]:
        kept = [position for position, reading in uses.items() if reading.use is not Use.IGNORED]
        names = custom_names(self.facts[position].header for position in kept)
        return tuple(
            CustomPlan(
                position=position,
                column=CustomColumn(
                    name=name, label=self.facts[position].header, use=uses[position].use, why=uses[position].why
                ),
                person=uses[position].of_people
                or (uses[position].use is Use.IDENTIFIER and names_a_person(self.facts[position].header)),
                box=uses[position].why.endswith(BLANK_IS_NO),
            )
            for position, name in zip(kept, names, strict=True)
        )

    def _readings(self, uses: Mapping[int, UseReading], customs: Sequence[CustomPlan]) -> list[ColumnReading]:
        names = {plan.position: plan.column.name for plan in customs}
        return [self._reading(facts, uses.get(facts.position), names) for facts in self.facts]

    def _reading(self, facts: ColumnFacts, use: UseReading | None, names: Mapping[int, str]) -> ColumnReading:
        choice = self.deals.mapping.choices[facts.position]
        if use is not None:
            why = "; ".join(filter(None, (use.why, choice.why)))
            return _told(facts, names.get(facts.position), str(use.use), why, self._how_custom(facts, use.use))
        target = choice.target or ""
        if target == "lead_id" and self.targets.get("deal_id") == facts.position:
            return _told(facts, "deal_id", "canonical", f"{choice.why}; each lead is one deal", "")
        if target in _NOT_LANDED:
            return _told(facts, None, str(Use.IGNORED), f"{choice.why}; {_NOT_LANDED[target]}", "")
        return _told(facts, _LANDED_AS.get(target, target), "canonical", choice.why, self._how(facts, target))

    def _how(self, facts: ColumnFacts, target: str) -> str:
        values = synonyms().tables["deals"][target].values
        readers = self.tabled.readers
        if facts.empty:
            return ""
        if values == "date":
            return readers.decisions.dates(facts.position).how
        if values == "money":
            unit = self._said_currency(facts)
            twin = self._twin(facts)
            scale = (
                _said_scale(facts.unit.scale) if twin is None else f"in hundredths: {twin.header!r} shows them in full"
            )
            return "; ".join(filter(None, (readers.decisions.money(facts.position).how, unit, scale)))
        return ""

    def _how_custom(self, facts: ColumnFacts, use: Use) -> str:
        readers = self.tabled.readers
        if use is Use.DATE:
            return readers.decisions.dates(facts.position).how
        return readers.decisions.numbers(facts.position).how if use is Use.NUMBER else ""

    # Outcomes

    def _outcomes(self) -> list[ValueReading]:
        found: list[ValueReading] = []
        for target in ("status", "deal_stage"):
            if target in self.targets:
                facts = self.facts[self.targets[target]]
                readings = read_values(facts.header, facts.counts, self.overrides)
                found.extend(readings if target == "status" else map(self._behind_status, readings))
        for target, words in _FLAGS.items():
            if target in self.targets:
                why = _OPEN_WHERE_BLANK if target == "is_won" and self.blanks_are_open else ""
                facts = self.facts[self.targets[target]]
                found.extend(_flag_readings(facts, words, why))
                if target in self._ticked():
                    blank = facts.rows - facts.filled
                    said = "a box that is not ticked" + why
                    found.append(
                        ValueReading(column=facts.header, value="(blank)", count=blank, read_as=words[1], why=said)
                    )
        for target, word in (("won_on", "won"), ("lost_on", "lost")):
            if target in self.targets and "status" not in self.targets:
                facts = self.facts[self.targets[target]]
                why = f"a deal with a date here was {word}"
                found.append(
                    ValueReading(column=facts.header, value="any date", count=facts.filled, read_as=word, why=why)
                )
        return found

    def _behind_status(self, reading: ValueReading) -> ValueReading:
        """The deal stage's reading, with a word of the status where that one decides."""
        position = self.targets.get("status")
        if position is None or not self.facts[position].outcome.tells:
            return reading
        return replace(reading, why=f"{reading.why}; {self.facts[position].header!r} decides")

    def _ticked(self) -> frozenset[str]:
        """Yes/no targets of which a blank says no: their columns hold nothing but yes and blanks."""
        known = vocabulary()
        flags = {target: self.facts[self.targets[target]] for target in _FLAGS if target in self.targets}
        return frozenset(
            target
            for target, facts in flags.items()
            if facts.counts and facts.filled < facts.rows and all(known.flag(value) for value in facts.counts)
        )

    def _stage_closes(self, *kinds: str) -> bool:
        position = self.targets.get("deal_stage")
        if position is None:
            return False
        known = vocabulary()
        readings = (known.read(value) for value in self.facts[position].counts)
        return any(r.kind in kinds or r.why == known.ambiguous_why for r in readings)

    # Spellings

    def _folded(self, customs: Sequence[CustomPlan]) -> dict[int, Mapping[str, str]]:
        positions = [self.targets[t] for t in ("deal_stage", *sorted(_ATTRIBUTES)) if t in self.targets]
        positions += [p.position for p in customs if p.column.use in {Use.ATTRIBUTE, Use.LEAK} and not p.person]
        found: dict[int, Mapping[str, str]] = {}
        for position in dict.fromkeys(positions):
            folds, told = fold_of(self.facts[position], self.mapped)
            self.folds.extend(told)
            if folds:
                found[position] = folds
        return found

    # Other files

    def _joined(
        self, partners: Sequence[Partner], taken: set[str], folds: dict[int, Mapping[str, str]]
    ) -> tuple[list[JoinPlan], list[CustomColumn], list[ColumnReading], dict[str, tuple[str, str, str]]]:
        found: list[JoinPlan] = []
        customs: list[CustomColumn] = []
        readings: list[ColumnReading] = []
        told: dict[str, tuple[str, str, str]] = {}
        free = {name for name in TABLES["deals"].schema.names if name not in self._filled()}
        for partner in partners:
            other = partner.recognised
            key = joins.find_key(self.deals, other, self.mapped.of_file(other.label))
            if key is None or (other.kind == "other" and self.facts[key.left].outcome.tells):
                continue
            joining = _Joining(partner, key, free, taken, self.mapped)
            columns = joining.columns()
            keys = pc.utf8_trim_whitespace(joining.cells.text(key.right))
            met = joins.meet(self.facts[key.left].header, self.facts[key.left], keys)
            self.folds.extend([*met.folds, *joining.folds])
            if met.spellings:
                folds[key.left] = {**folds.get(key.left, {}), **met.spellings}
            customs.extend(joining.customs)
            readings.extend(joining.readings)
            left, right = self.facts[key.left].header, other.facts[key.right].header
            told[other.label] = (left, right, key.why)
            found.append(
                JoinPlan(
                    label=other.label,
                    on_left=left,
                    on_right=right,
                    position=key.left,
                    places=met.places,
                    keys=keys,
                    columns=columns,
                    repeated=met.repeated,
                    form=met.form,
                )
            )
        return found, customs, readings, told

    def _filled(self) -> set[str]:
        """Columns of deals that the deals' own file fills; an empty column leaves its place to others."""
        own = {t for t, position in self.targets.items() if not self.facts[position].empty}
        landed = {_LANDED_AS.get(target, target) for target in own}
        return landed | ({"account_id"} if "account_name" in own else set())


class _Joining:
    """What the columns of one partner become in the deals."""

    def __init__(self, partner: Partner, key: joins.Key, free: set[str], taken: set[str], mapped: MapFile) -> None:
        self.other = partner.recognised
        self.key = key
        self.free = free
        self.taken = taken
        self.mapped = mapped
        self.tabled = partner.tabled
        self.customs: list[CustomColumn] = []
        self.readings: list[ColumnReading] = []
        self.folds: list[Fold] = []
        self.cells = Cells(partner.tabled.whole(), replace(partner.tabled.readers, folds=self._all_folds()))

    def _all_folds(self) -> dict[int, Mapping[str, str]]:
        found: dict[int, Mapping[str, str]] = {}
        for facts in self.other.facts:
            if facts.position != self.key.right and facts.numbers < 0.95 and facts.levels <= FOLDED_LEVELS // 10:
                folds, told = fold_of(facts, self.mapped, prefix=f"{self.other.label}: ")
                self.folds.extend(told)
                if folds:
                    found[facts.position] = folds
        return found

    def columns(self) -> dict[str, Array]:
        """Name in the deals → values, one a row of the partner."""
        found: dict[str, Array] = {}
        for facts, choice in zip(self.other.facts, self.other.mapping.choices, strict=True):
            if facts.position == self.key.right:
                self._tell(facts, None, "canonical", "joins the deals")
                continue
            name = self._canonical(facts, choice.target)
            if name is not None:
                self.free.discard(name)
                found[name] = self._typed(facts, TABLES["deals"].column(name).type)
                self._tell(facts, name, "canonical", choice.why or "by its name")
            elif (made := self._custom(facts, choice.target)) is not None:
                found[made[0]] = made[1]
        return found

    def _canonical(self, facts: ColumnFacts, target: str | None) -> str | None:
        if facts.position in self.other.given:
            return None
        name = target if target is not None else self._by_header(facts)
        if name in _ATTRIBUTES and holds_people(facts):
            return None
        if name in _ATTRIBUTES or (self.other.kind, name) in {("leads", "created_on"), ("accounts", "account_name")}:
            return name if name in self.free else None
        return None

    def _by_header(self, facts: ColumnFacts) -> str | None:
        """An attribute of deals that a file of no known kind names outright."""
        if self.other.kind != "other":
            return None
        matches = synonyms().matches("deals", facts.header)
        return next((m.target for m in matches if m.score >= EXACT and m.target in _ATTRIBUTES - {"employees"}), None)

    def _custom(self, facts: ColumnFacts, target: str | None) -> tuple[str, Array] | None:
        given = self.other.given.get(facts.position)
        reading = UseReading(given, "the map says so") if given is not None else self._use(facts, target)
        if reading.use is Use.IGNORED:
            self._tell(facts, None, str(reading.use), reading.why)
            return None
        name = custom_names([facts.header], taken=self.taken)[0]
        label = facts.header if name == custom_names([facts.header])[0] else f"{facts.header} ({self.other.label})"
        self.taken.add(name)
        self.customs.append(CustomColumn(name=name, label=label, use=reading.use, why=reading.why))
        self._tell(facts, name, str(reading.use), reading.why)
        return name, self._values(facts, reading)

    def _use(self, facts: ColumnFacts, target: str | None) -> UseReading:
        if target in _PEOPLE_TARGETS:
            return UseReading(Use.IDENTIFIER, NAMES_PEOPLE)
        if (self.other.kind, target) == ("leads", "status"):
            return UseReading(Use.LEAK, "the state of a lead is set while selling")
        if facts.numbers >= READS_AS and vocabulary().read(facts.header).kind in DECIDED:
            return UseReading(Use.LEAK, "by its name it counts deals by how they ended")
        return use_of(facts)

    def _values(self, facts: ColumnFacts, reading: UseReading) -> Array:
        use = reading.use
        named = names_a_person(facts.header) or self.other.kind == "people"
        if reading.of_people or (use is Use.IDENTIFIER and named):
            return self.cells.each(facts.position, opaque, pa.string())
        if use is Use.NUMBER:
            return self.cells.number(facts.position).values
        if use is Use.DATE:
            return self.cells.date(facts.position)[0].values
        return self.cells.folded(facts.position)

    def _typed(self, facts: ColumnFacts, kind: pa.DataType) -> Array:
        if pa.types.is_int64(kind):
            return pc.round(self.cells.number(facts.position).values).cast(pa.int64())
        if pa.types.is_date32(kind):
            return self.cells.date(facts.position)[0].values
        return self.cells.folded(facts.position)

    def _tell(self, facts: ColumnFacts, target: str | None, use: str, why: str) -> None:
        reading = _told(facts, target, use, why, "")
        self.readings.append(replace(reading, header=f"{self.other.label}: {facts.header}"))


def beside(recognised: Sequence[Recognised], joined: Container[str]) -> tuple[ColumnReading, ...]:
    """What becomes of the columns of files that are landed in a table of their own and not joined to the deals.

    Parameters
    ----------
    recognised
        Every file.
    joined
        The names of those that are joined.
    """
    return tuple(
        replace(_beside(facts, choice.target, r.kind, choice.why), header=f"{r.label}: {facts.header}")
        for r in recognised
        if r.kind in LANDED and r.label not in joined
        for facts, choice in zip(r.facts, r.mapping.choices, strict=True)
    )


def _beside(facts: ColumnFacts, target: str | None, table: str, why: str) -> ColumnReading:
    if target is None:
        name = "_".join(plain(facts.header).split())
        made = name in TABLES[table].schema.names and name not in synonyms().tables[table]
        why = why or ("it is made from the other columns" if made else f"{table} has no column for it")
        return _told(facts, None, str(Use.IGNORED), why, "")
    return _told(facts, f"{table}.{target}", "canonical", why, "")


def fold_of(facts: ColumnFacts, mapped: MapFile, prefix: str = "") -> tuple[dict[str, str], list[Fold]]:
    """Value → kept spelling, for values that change, and what is to be told of it.

    The map's `[values."Header"]` is the whole list of a column where it stands; else spellings are found.
    """
    given = next((rows for name, rows in mapped.values.items() if plain(name) == plain(facts.header)), None)
    if given is not None:
        used = {value: kept for value, kept in given.items() if value in facts.counts and kept != value}
        return used, [_given_fold(facts, prefix, kept, used) for kept in dict.fromkeys(used.values())]
    if facts.distinct is None or facts.empty:
        return {}, []
    kept, told = categories.fold(dict(facts.counts))
    changed = {value: spelling for value, spelling in kept.items() if value != spelling}
    return changed, [
        Fold(column=prefix + facts.header, kept=spelling, folded=tuple(variants), why=why)
        for spelling, variants, why in told
    ]


def _given_fold(facts: ColumnFacts, prefix: str, kept: str, used: Mapping[str, str]) -> Fold:
    folded = tuple((value, facts.counts[value]) for value, spelling in used.items() if spelling == kept)
    return Fold(column=prefix + facts.header, kept=kept, folded=folded, why="the map says so")


def _said_scale(scale: int | Fraction) -> str:
    if scale == 1:
        return ""
    return f"in {int(scale):,}s by its name" if scale > 1 else "in hundredths by its name"


def _flag_readings(facts: ColumnFacts, words: tuple[str, str], of_no: str) -> list[ValueReading]:
    """The readings of a yes/no column; `of_no` is added to the why of its "no"."""
    known = vocabulary()
    said = {True: words[0], False: words[1], None: UNCLASSIFIED}
    why = {True: "", False: of_no, None: ""}
    return [
        ValueReading(
            column=facts.header,
            value=value,
            count=n,
            read_as=said[known.flag(value)],
            why=f"a yes/no column{why[known.flag(value)]}",
        )
        for value, n in sorted(facts.counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def _told(facts: ColumnFacts, target: str | None, use: str, why: str, how: str) -> ColumnReading:
    return ColumnReading(
        header=facts.header,
        target=target,
        use=use,
        why=why,
        filled=facts.filled,
        distinct=facts.distinct,
        samples=tuple(sample[:60] for sample in facts.samples),
        how=how,
    )


def _same_as(facts: ColumnFacts, every: Sequence[ColumnFacts], tabled: Tabled) -> str | None:
    """The header of a column further left that holds the same in every row."""
    for other in every[: facts.position]:
        if _may_be_same(facts, other) and _is_same(facts.position, other.position, tabled):
            return other.header
    return None


def _may_be_same(one: ColumnFacts, other: ColumnFacts) -> bool:
    if one.empty or one.levels < 2 or one.filled != other.filled or one.distinct != other.distinct:
        return False
    return one.max_length == other.max_length and (one.distinct is None or one.counts == other.counts)


def _is_same(one: int, other: int, tabled: Tabled) -> bool:
    return all(
        written_out(batch.columns.column(one)).equals(written_out(batch.columns.column(other)))
        for _, batch in tabled.batches()
    )
