"""Raw batches of deals to batches in the columns of the book, and everything that is told about them."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

import numpy as np
import pyarrow as pa

from winloss.sources.files import rowkinds, unended
from winloss.sources.files.arrow import Array, array_of, filtered, numpy_of, page, same
from winloss.sources.files.arrow import kernels as pc
from winloss.sources.files.buffers import is_encoded, written_out
from winloss.sources.files.cells import Cells, Read, Readers, days_of, mask_of, valid
from winloss.sources.files.currencies import iso_code
from winloss.sources.files.idforms import all_formed
from winloss.sources.files.outcomes import NO_WORD, read_value, vocabulary
from winloss.sources.files.persons import People
from winloss.sources.files.plan import AMOUNTS, BY_OUTCOME, CustomPlan, DealsPlan, JoinPlan
from winloss.sources.files.raw_table import RawBatch
from winloss.sources.files.refusals import Refusals
from winloss.sources.files.rejects import Rejects
from winloss.sources.files.rowids import Occurrences, content_hashes, made_ids
from winloss.sources.files.signs import signs
from winloss.sources.files.troubles import Troubles
from winloss.sources.files.values.money import scaled
from winloss.sources.files.words import plain
from winloss.tables import TABLES, Role
from winloss.tables.custom import NOT_TICKED, Use
from winloss.tables.people import opaque

_SHORTENED = r"^\d+(?:[.,]\d+)?[eE]\+?\d+$"
_RAW_TEXTS = {
    "deal_name": "deal_name",
    "account_name": "account_name",
    "reason_raw": "reason",
    "loss_reason_raw": "loss_reason",
    "win_reason_raw": "win_reason",
    "competitor_raw": "competitor",
    "notes": "notes",
}
_DAYS = frozenset({"created_on", "closed_on", "won_on", "lost_on", "modified_at"})
_ATTRIBUTES = tuple(c.name for c in TABLES["deals"].columns if c.role is Role.ATTRIBUTE and c.type == pa.string())


class DealsConverter:
    """Converts batch after batch; what it counts is complete after the last."""

    def __init__(
        self, plan: DealsPlan, readers: Readers, *, rejects: Rejects, people: People, keep_ids: bool = False
    ) -> None:
        self.plan = plan
        self.readers = readers
        self.rejects = rejects
        self.people = people
        self.troubles = Troubles()
        self.kept = 0
        self.rejected = 0
        self.currencies: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.joined: dict[str, list[int]] = {join.label: [0, 0, 0] for join in plan.joins}
        self.unmatched: dict[str, Counter[str]] = {join.label: Counter() for join in plan.joins}
        self.lead_deals: list[tuple[Array, Array]] = []
        self.deal_ids: list[Array] | None = [] if keep_ids else None
        self.closings: Counter[int] = Counter()
        self.last_touched = -1
        self.set_aside: Counter[tuple[str, str]] = Counter()
        """Header of a status or stage and value → rows set aside with it."""
        self._occurrences = Occurrences()
        self._kind_of = lru_cache(maxsize=100_000)(self._read_kind)

    def read(self, raw: RawBatch) -> Cells:
        """One batch with its dates, amounts and categories read; it changes nothing here, so a thread may do it."""
        cells, columns = Cells(raw, self.readers), self.plan.columns
        for target, position in columns.items():
            if target in _DAYS:
                cells.date(position)
            elif target in (*AMOUNTS, *BY_OUTCOME):
                cells.money(position)
            elif position in self.readers.wide:
                cells.text(position)
            else:
                cells.coded(position)
        for position in self.plan.echoes.values():
            cells.date(position)
        return cells

    def convert(self, raw: RawBatch | Cells) -> pa.RecordBatch:
        """One batch: its good rows; the others are set aside, with the reason."""
        return _Batch(self, raw if isinstance(raw, Cells) else Cells(raw, self.readers)).convert()

    def _read_kind(self, value: str) -> int:
        return rowkinds.CODES[read_value(value, self.plan.outcomes).kind]

    def names_a_stage(self, value: str) -> int:
        """1 where no word of a deal stage is known, so that it stands as it is; 0 where it speaks of an end."""
        return int(vocabulary().read(value).why == NO_WORD)

    def kind_of(self, value: str) -> int:
        """The code of a status or stage."""
        return self._kind_of(value)


class _Batch:
    """The conversion of one batch."""

    def __init__(self, whole: DealsConverter, cells: Cells) -> None:
        self.whole = whole
        self.plan = whole.plan
        self.columns = whole.plan.columns
        self.cells = cells
        self.refused = Refusals(self.cells.rows)
        self.made: dict[str, Array] = {}
        self.stage = self._kinds_of("deal_stage")
        self.kind = rowkinds.kinds(self._signs())
        self.ended = rowkinds.has_ended(self.kind)

    def convert(self) -> pa.RecordBatch:
        for step in (self._ids, self._stages, self._dates, self._money, self._texts, self._people, self._customs):
            step()
        for join in self.plan.joins:
            self._join(join)
        self._provenance()
        keep = self._set_aside()
        self._contradictions(keep)
        return self._batch(keep)

    # What the deal ended as

    def _kinds_of(self, target: str) -> np.ndarray | None:
        position = self.columns.get(target)
        return None if position is None else self.cells.codes(position, self.whole.kind_of)

    def _flags_of(self, target: str) -> np.ndarray | None:
        position = self.columns.get(target)
        if position is None:
            return None
        flags = self.cells.codes(position, rowkinds.flag)
        return np.where(self.cells.filled(position), flags, 0) if target in self.plan.blanks_are_no else flags

    def _days_of(self, target: str) -> np.ndarray | None:
        position = self.columns.get(target)
        if position is None:
            return None
        days = days_of(self.cells.date(position)[0].values)
        unreadable = self.cells.date(position)[0].bad
        return np.where(unreadable, 0, days)

    def _signs(self) -> rowkinds.Signs:
        return rowkinds.Signs(
            rows=self.cells.rows,
            status=self._kinds_of("status"),
            stage=self.stage,
            is_won=self._flags_of("is_won"),
            is_lost=self._flags_of("is_lost"),
            is_closed=self._flags_of("is_closed"),
            is_active=self._flags_of("is_active"),
            is_deleted=self._flags_of("is_deleted"),
            won_day=self._days_of("won_on"),
            lost_day=self._days_of("lost_on"),
            unended=unended.blanks(self.cells, self.columns) if self.plan.blanks_are_open else None,
        )

    def _stages(self) -> None:
        self.made["stage_kind"] = rowkinds.named(self.kind)
        if self.stage is None:
            return
        stage = self.cells.landed(self.columns["deal_stage"])
        self.made["deal_stage"] = stage
        self.made["deal_stage_kind"] = rowkinds.named(self.stage)
        # A word that nobody taught us ("Contract") is an open stage of theirs, unless it only says that the deal is over.
        unknown = self.cells.codes(self.columns["deal_stage"], self.whole.names_a_stage) == 1
        reached = _only(stage, (self.stage == rowkinds.OPEN) | ((self.stage == rowkinds.UNCLASSIFIED) & unknown))
        if (position := self.columns.get("stage_reached")) is not None:
            reached = pc.coalesce(self.cells.folded(position), written_out(reached))
        self.made["stage_reached"] = reached

    # Ids

    def _ids(self) -> None:
        position = self.columns.get("deal_id")
        if position is None:
            self.made["deal_id"] = self._made_ids()
            return
        ids = pc.utf8_trim_whitespace(self.cells.text(position))
        header = self._header(position)
        self.refused.add(~valid(ids), header, self.cells.written(position), "the id is blank")
        shortened = mask_of(pc.match_substring_regex(ids, _SHORTENED))
        self.refused.add(shortened, header, ids, "a spreadsheet has shortened the id: export it as text")
        self.made["deal_id"] = ids

    def _made_ids(self) -> Array:
        hashes = content_hashes(self.cells.batch)
        occurrences = self.whole._occurrences.number(hashes)
        self._trouble(
            "repeated_rows",
            "{count} rows like an earlier row in every column; without an id, each is kept as a deal of its own.",
            occurrences > 1,
        )
        return made_ids(hashes, occurrences)

    # Dates

    def _dates(self) -> None:
        self._created()
        self._closed()
        position = self.columns.get("modified_at")
        if position is None:
            return
        read, instants = self.cells.date(position)
        self._unreadable(position, read.bad, "dates of the last change not readable, left blank")
        self.made["modified_at"] = read.values.cast(pa.timestamp("us", "UTC")) if instants is None else instants

    def _created(self) -> None:
        position = self.columns.get("created_on")
        if position is None:
            return
        read, instants = self._dated("created_on", position)
        self.refused.add(read.bad, self._header(position), self.cells.written(position), "no date that can be read")
        self.made["created_on"] = read.values
        if instants is not None:
            self.made["created_at"] = instants

    def _dated(self, target: str, position: int) -> tuple[Read, Array | None]:
        """The dates of a target, and their instants; where they are blank or unreadable, those of its echo."""
        read, instants = self.cells.date(position)
        echo = self.plan.echoes.get(target)
        if echo is None:
            return read, instants
        more, at = self.cells.date(echo)
        both = Read(pc.coalesce(read.values, more.values), read.bad & ~valid(more.values))
        return both, at if instants is None else instants if at is None else pc.coalesce(instants, at)

    def _closed(self) -> None:
        """The closing date, or the date won or lost; none where the deal has not ended."""
        own = {"won_on": self.kind == rowkinds.WON, "lost_on": self.ended & (self.kind != rowkinds.WON)}
        days, instants = pa.nulls(self.cells.rows, pa.date32()), pa.nulls(self.cells.rows, pa.timestamp("us", "UTC"))
        for target in ("closed_on", "won_on", "lost_on"):
            position = self.columns.get(target)
            if position is None:
                continue
            read, at = self._dated(target, position)
            fits = array_of(own.get(target, self.ended))
            days = pc.coalesce(days, pc.if_else(fits, read.values, None))
            if at is not None:
                instants = pc.coalesce(instants, pc.if_else(fits, at, None))
            self._bad_closing(position, read.bad, mask_of(fits) & self.ended)
        self.made["closed_on"], self.made["closed_at"] = days, instants

    def _bad_closing(self, position: int, bad: np.ndarray, decides: np.ndarray) -> None:
        written = self.cells.written(position)
        self.refused.add(bad & decides, self._header(position), written, "no closing date that can be read")
        self._unreadable(
            position, bad & ~decides, "expected dates of open deals cannot be read; of open deals none is kept"
        )

    # Money

    def _money(self) -> None:
        """One amount a deal, won or lost: what was closed differs from what was estimated, and lost deals have no such."""
        given = {target: read for target in AMOUNTS if (read := self._amount(target)) is not None}
        if not given:
            return
        cents, currencies = (pc.coalesce(*parts) for parts in zip(*given.values(), strict=True))
        if "actual_amount" in given:
            self._closed_for_another(given["actual_amount"][0], cents)
        cents, currencies = self._by_outcome(cents, currencies)
        currencies = self._currency(currencies, cents)
        self.made["amount_cents"], self.made["currency"] = self._converted(cents, currencies)
        negative = mask_of(pc.less(self.made["amount_cents"], 0))
        self._trouble("negative_amount", "{count} deals with an amount below zero.", negative)

    def _by_outcome(self, cents: Array, currencies: Array) -> tuple[Array, Array]:
        """Amounts of lost and of open deals from the columns that hold them."""
        whose = {"lost_amount": self.ended & (self.kind != rowkinds.WON), "open_amount": ~self.ended}
        for target, mask in whose.items():
            if (read := self._amount(target)) is not None:
                cents = pc.if_else(array_of(mask), read[0], cents)
                currencies = pc.if_else(array_of(mask), read[1], currencies)
        return cents, currencies

    def _closed_for_another(self, actual: Array, cents: Array) -> None:
        other = mask_of(pc.not_equal(actual, cents).fill_null(False)) & (self.kind == rowkinds.WON)
        said = (
            "{count} won deals closed for another amount than was expected; the expected one counts, as on lost deals."
        )
        self._trouble("closed_for_another_amount", said, other, self.columns["actual_amount"])

    def _amount(self, target: str) -> tuple[Array, Array] | None:
        position = self.columns.get(target)
        if position is None:
            return None
        read, currencies = self.cells.money(position)
        self.refused.add(read.bad, self._header(position), self.cells.written(position), "no amount that can be read")
        cents = scaled(read.values, self.plan.scales.get(position, 1))
        if currencies is None:
            currencies = pa.nulls(self.cells.rows, pa.string())
        return cents, pc.fill_null(currencies, pa.scalar(self.plan.currencies.get(position), pa.string()))

    def _currency(self, named: Array, cents: Array) -> Array:
        position = self.columns.get("currency")
        if position is not None:
            named = pc.coalesce(self.cells.each(position, iso_code, pa.string()), named)
        if self.plan.currency is not None:
            named = pc.fill_null(named, self.plan.currency)
        return pc.if_else(cents.is_valid(), named, None)

    def _converted(self, cents: Array, currencies: Array) -> tuple[Array, Array]:
        """Amounts in the base of the rates where rates are given and know the currency."""
        found = {
            str(code): mask_of(pc.equal(currencies, code)) for code in pc.unique(currencies.drop_null()).to_pylist()
        }
        self.whole.currencies.update({code: int(mask.sum()) for code, mask in found.items()})
        rates = self.plan.rates
        if rates is None:
            return cents, currencies
        amounts = numpy_of(pc.fill_null(cents, 0)).copy()
        blank = pa.nulls(self.cells.rows, pa.date32())
        days = days_of(pc.coalesce(self.made.get("closed_on", blank), self.made.get("created_on", blank)))
        for code, mask in found.items():
            if code != rates.base and rates.knows(code):
                amounts[mask] = rates.convert(amounts[mask], code, days[mask])
                currencies = pc.if_else(array_of(mask), rates.base, currencies)
                self._trouble("converted_currency", f"{{count}} amounts converted at {rates.said(code)}.", mask, code)
        return array_of(amounts, pa.int64(), mask=~valid(cents)), currencies

    # Words

    def _texts(self) -> None:
        for name, target in _RAW_TEXTS.items():
            if (position := self.columns.get(target)) is not None:
                self.made[name] = self._text(name, position)
        for name in _ATTRIBUTES:
            if (position := self.columns.get(name)) is not None:
                self.made[name] = self.cells.landed(position)
        self._account()
        self._status_reason()
        position = self.columns.get("employees")
        if position is not None:
            read = self.cells.number(position)
            self._unreadable(position, read.bad, "numbers of employees not readable, left blank")
            self.made["employees"] = pc.round(read.values).cast(pa.int64())

    def _text(self, name: str, position: int) -> Array:
        if name != "account_name":
            return self.cells.landed(position, folded=False)
        return pc.utf8_trim_whitespace(self.cells.folded(position))

    def _account(self) -> None:
        name, position = self.made.get("account_name"), self.columns.get("account_id")
        if position is not None:
            ids = pc.utf8_trim_whitespace(self.cells.folded(position))
            self.made["account_id"] = ids if name is None else pc.coalesce(ids, name)
        elif name is not None:
            self.made["account_id"] = name

    def _status_reason(self) -> None:
        """A reason beside the status (Dynamics); values that only repeat how the deal stands are no reason."""
        position = self.columns.get("status_reason")
        if position is None:
            return
        said = self.cells.each(position, _reason_beside_status, pa.string())
        said = pc.if_else(array_of(self.ended), said, None)
        given = self.made.get("reason_raw")
        self.made["reason_raw"] = said if given is None else pc.coalesce(written_out(given), said)

    # People

    def _people(self) -> None:
        key = self.columns.get("owner_id", self.columns.get("owner_name"))
        if key is None:
            return
        self.made["owner_id"] = self.cells.encoded(key, opaque)
        self._meet(key)

    def _meet(self, key: int) -> None:
        """Remember each different owner of the batch, with what else the row says of them."""
        told = {
            "name": self.columns.get("owner_name"),
            "email": self.columns.get("owner_email"),
            "team": self.columns.get("team"),
            "manager": self.columns.get("manager"),
        }
        fields = {field: position for field, position in told.items() if position is not None and position != key}
        if not fields:
            self.whole.people.meet_all(self.cells.coded(key).values.to_pylist())
            return
        together = pa.table([self.cells.text(key), *map(self.cells.text, fields.values())], ["key", *fields])
        for row in together.group_by(["key", *fields]).aggregate([]).to_pylist():
            self.whole.people.meet(row.pop("key"), **row)
            self.whole.people.meet(row.get("manager"))

    # Columns of no declaration

    def _customs(self) -> None:
        for plan in self.plan.customs:
            self.made[plan.column.name] = self._custom(plan)

    def _custom(self, plan: CustomPlan) -> Array:
        use, position = plan.column.use, plan.position
        if plan.person:
            if position not in self.whole.readers.wide:
                self.whole.people.meet_all(self.cells.coded(position).values.to_pylist())
            return self.cells.encoded(position, opaque)
        if use is Use.DATE:
            read, _ = self.cells.date(position)
        elif use is Use.NUMBER:
            read = self.cells.number(position)
        elif plan.box:
            return pc.fill_null(written_out(self.cells.landed(position)), NOT_TICKED)
        else:
            return self.cells.landed(position)
        self._unreadable(position, read.bad, f"values not readable as a {use}, left blank")
        return read.values

    # Other files

    def _join(self, join: JoinPlan) -> None:
        values = self.cells.text(join.position)
        if join.places is None and join.form is not None:
            places = pc.index_in(all_formed(values, join.form), all_formed(join.keys, join.form))
        elif join.places is None:
            places = pc.index_in(pc.utf8_trim_whitespace(values), join.keys)
        else:
            places = self.cells.each(join.position, join.places.get, pa.int32())
        filled, found = valid(values), valid(places)
        counts = self.whole.joined[join.label]
        for index, mask in enumerate((found, filled & ~found, ~filled)):
            counts[index] += int(mask.sum())
        missing = values.filter(array_of(filled & ~found))
        seen = self.whole.unmatched[join.label]
        if len(missing) and len(seen) < 1_000:
            seen.update({row["values"]: row["counts"] for row in missing.value_counts().to_pylist()})
        for name, column in join.columns.items():
            self.made[name] = column.take(places)

    # The end

    def _provenance(self) -> None:
        self.made["source_file"] = same(self.plan.label, self.cells.rows)
        self.made["source_line"] = array_of(self.cells.lines)
        if self.plan.wants_leads and (position := self.columns.get("lead_id")) is not None:
            self.whole.lead_deals.append((self.cells.text(position), self.made["deal_id"]))

    def _set_aside(self) -> np.ndarray:
        for row, column, value, reason in self.refused.rows():
            self.whole.rejects.add(self.plan.label, int(self.cells.lines[row]), column, value, reason)
            self.whole.rejected += 1
        for target in ("status", "deal_stage") if self.refused.any.any() else ():
            if (position := self.columns.get(target)) is not None:
                self._count_set_aside(position)
        return ~self.refused.any

    def _count_set_aside(self, position: int) -> None:
        values = self.cells.text(position).filter(array_of(self.refused.any)).drop_null()
        counted = {(self._header(position), row["values"]): row["counts"] for row in values.value_counts().to_pylist()}
        self.whole.set_aside.update(counted)

    def _batch(self, keep: np.ndarray) -> pa.RecordBatch:
        batch = page(self.made, self.plan.schema, self.cells.rows)
        if not keep.all():
            batch = filtered(batch, keep)
        self.whole.kept += batch.num_rows
        if self.whole.deal_ids is not None:
            self.whole.deal_ids.append(batch.column("deal_id"))
        codes, counts = np.unique(self.kind[keep], return_counts=True)
        names = rowkinds.named(codes).to_pylist()
        self.whole.kinds.update(dict(zip(names, counts.tolist(), strict=True)))
        return batch

    # What does not fit together

    def _contradictions(self, keep: np.ndarray) -> None:
        closed = rowkinds.is_closed(self.kind) & keep
        blank = pa.nulls(self.cells.rows, pa.date32())
        closed_day = days_of(self.made.get("closed_on", blank))
        created_day = days_of(self.made.get("created_on", blank))
        ended = self.ended & keep
        early = ended & (closed_day >= 0) & (created_day >= 0) & (closed_day < created_day)
        self._trouble("closed_before_created", "{count} deals closed before creation.", early)
        if any(self.columns.get(target) is not None for target in ("closed_on", "won_on", "lost_on")):
            undated = closed & (closed_day < 0)
            self._trouble("closed_without_date", "{count} closed deals without a closing date.", undated)
        if self.plan.blanks_are_open:
            said = (
                "{count} deals that are not won, without a closing date and a reason, while the closed ones have a closing "
                "date: read as open, not as lost."
            )
            self._trouble(
                "open_by_blanks", said, (self.kind == rowkinds.OPEN) & keep, self._header(self.columns["is_won"])
            )
        self._deleted(keep)
        self._reasons_out_of_place(keep)
        self._stage_against_outcome(closed)
        days, counts = np.unique(closed_day[ended & (closed_day >= 0)], return_counts=True)
        self.whole.closings.update(dict(zip(days.tolist(), counts.tolist(), strict=True)))
        touched = max(int(created_day[keep].max(initial=-1)), self._last_modified(keep))
        self.whole.last_touched = max(self.whole.last_touched, touched)

    def _deleted(self, keep: np.ndarray) -> None:
        deleted = self._flags_of("is_deleted")
        if deleted is not None:
            said = "{count} deals marked as deleted: read as disqualified, so that they are in no rate."
            self._trouble("deleted", said, (deleted == 1) & keep, self.columns["is_deleted"])

    def _last_modified(self, keep: np.ndarray) -> int:
        modified = self.made.get("modified_at")
        return -1 if modified is None else int(days_of(modified.cast(pa.date32()))[keep].max(initial=-1))

    def _reasons_out_of_place(self, keep: np.ndarray) -> None:
        position = self.columns.get("loss_reason")
        if position is not None:
            given = valid(self.made["loss_reason_raw"]) & keep
            said = "{count} won deals with a reason of a loss."
            self._trouble("loss_reason_on_won", said, given & (self.kind == rowkinds.WON), position)
            said = "{count} open deals with a reason of a loss."
            self._trouble("loss_reason_on_open", said, given & (self.kind == rowkinds.OPEN), position)
        position = self.columns.get("win_reason")
        if position is not None:
            given = valid(self.made["win_reason_raw"]) & keep
            lost = (self.kind == rowkinds.LOST) | (self.kind == rowkinds.NO_DECISION)
            self._trouble("win_reason_on_lost", "{count} lost deals with a reason of a win.", given & lost, position)

    def _stage_against_outcome(self, closed: np.ndarray) -> None:
        if self.stage is None:
            return
        says = (self.stage == rowkinds.WON) | (self.stage == rowkinds.LOST)
        won = self.kind == rowkinds.WON
        against = says & closed & (won != (self.stage == rowkinds.WON))
        against |= (self.kind == rowkinds.OPEN) & says
        if self.plan.stage_closes:
            against |= won & closed & (self.stage == rowkinds.OPEN)
        if self.plan.stage_closes_lost:
            against |= ~won & closed & (self.stage == rowkinds.OPEN)
        said = "{count} deals in a deal stage that contradicts the outcome."
        self._trouble("stage_against_outcome", said, against, self.columns["deal_stage"])

    def _trouble(self, code: str, message: str, mask: np.ndarray, where: int | str | None = None) -> None:
        column = self._header(where) if isinstance(where, int) else where
        values = self.cells.written(where) if isinstance(where, int) else None
        self.whole.troubles.add(code, message, mask, self.cells.lines, column=column, values=values)

    def _unreadable(self, position: int, bad: np.ndarray, what: str) -> None:
        self._trouble("unreadable_value", f"{{count}} {what}.", bad, position)

    def _header(self, position: int) -> str:
        return self.whole.readers.header[position]


def _only(named: Array, where: np.ndarray) -> Array:
    """Text where `where` holds; null elsewhere."""
    if not is_encoded(named):
        return pc.if_else(array_of(where), named, None)
    return pa.DictionaryArray.from_arrays(pc.if_else(array_of(where), named.indices, None), named.dictionary)


def _reason_beside_status(value: str) -> str | None:
    if plain(value) in signs().words.over:
        return None
    return value if vocabulary().read(value).kind in {"unclassified", "no_decision", "disqualified"} else None
