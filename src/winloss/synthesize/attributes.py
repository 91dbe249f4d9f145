"""Which columns are compared, and how their values are cut; which are not, and why.

Compared: the declared attributes, custom columns of few values, numbers in bands, the deal's size, and whether a
competitor was met where the CRM says no more. Not compared and named with the reason: leaks (`leaks`), columns that name people, nearly unique ones, those of one value, echoes of another.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from winloss.capture import competitors
from winloss.mine.table import MOST_LEVELS_OF_RUNS
from winloss.synthesize import phrases
from winloss.synthesize.bands import Band, band
from winloss.synthesize.coded import BLANK, UNKNOWN, Coded, Floats, Level, Marks, Words, read_numbers, read_words
from winloss.synthesize.leaks import TELLS_ALL, Filling, follows_cycle, separation
from winloss.synthesize.study import LeftOut
from winloss.tables.custom import NOT_TICKED, CustomColumn, Use
from winloss.tables.deals import DEALS
from winloss.tables.people import names_person
from winloss.tables.segment import Condition

MOST_LEVELS = 255
"""An attribute of more values keeps the commonest; the others are counted as "other"."""
FEWEST_FILLED = 30
SAME = 0.99
"""Two attributes that agree on this share of the deals are one."""
DEAL_SIZE = "deal_size"
NONE_NAMED = "none named"
"""In place of a currency, of amounts without one."""
_UNNAMED = "none named"
_NUMBERS = ("employees",)
_AS_CYCLE = "it says how long the deal took, which is known only when it is over"
_WORDS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_dictionary)
_PEOPLE = re.compile(
    r"(?<![a-z])(owner|rep|reps|agent|seller|sales ?person|salesman|manager|account executive|sdr|bdr|closer|"
    r"assigned to|assignee|created by|modified by|updated by|"
    r"verk(ä|ae)ufer|besitzer|vendeur|vendedor|propri(é|e)taire|propietario|ответственный|менеджер)(?![a-z])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Attributes to compare and columns left out."""

    attributes: tuple[Coded, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    name: str
    label: str
    number: bool
    box: bool = False


def columns_of(columns: Iterable[str], custom: Sequence[CustomColumn]) -> tuple[str, ...]:
    """The columns of the deals that may be compared: to be fetched before choosing."""
    there = set(columns)
    return tuple(asked.name for asked in _asked(custom) if asked.name in there)


def _asked(custom: Sequence[CustomColumn]) -> tuple[_Asked, ...]:
    declared = [_Asked(c.name, c.title, c.name in _NUMBERS) for c in DEALS.attributes]
    own = [
        _Asked(c.name, c.label, c.use is Use.NUMBER, c.box)
        for c in custom
        if c.use in (Use.ATTRIBUTE, Use.NUMBER) and not names_people(c)
    ]
    return (*declared, *own)


def names_people(column: CustomColumn) -> bool:
    """A header like "Manager" or "SDR": no league table is made of people."""
    return bool(_PEOPLE.search(column.label.replace("_", " "))) or names_person(column.label)


def choose(closed: pa.Table, won: Marks, custom: Sequence[CustomColumn]) -> Chosen:
    """Code every attribute of the closed deals and set aside what cannot be compared.

    Parameters
    ----------
    closed
        One row a closed deal, with the columns of `columns_of` and of `aggregate.attributes.ALWAYS`.
    won
        Which of them are won.
    custom
        The custom columns of the book.
    """
    out = [*_unasked(custom)]
    kept: list[Coded] = []
    # A declared column that no source filled is no news to anybody.
    there = [a for a in _asked(custom) if a.name in closed.column_names and closed[a.name].null_count < closed.num_rows]
    with ThreadPoolExecutor() as hands:
        for asked, coded in zip(there, hands.map(lambda asked: _code(closed, asked), there), strict=True):
            _sort_in(_unless_ticked_at_close(coded, won) if asked.box else coded, won, kept, out)
    if any(c.name == "size_band" for c in kept):
        kept, out = _without_employees(kept, out)
    for made in (_competitor_met(closed), _deal_size(closed)):
        _sort_in(made, won, kept, out)
    return Chosen(*_without_echoes(kept, out))


def _without_employees(kept: list[Coded], out: list[LeftOut]) -> tuple[list[Coded], list[LeftOut]]:
    """The size band, where there is one, already says how many employees a buyer has."""
    spare = [c for c in kept if c.name == "employees"]
    return [c for c in kept if c not in spare], [*out, *(_out(c, "the size band says it already") for c in spare)]


def _unasked(custom: Sequence[CustomColumn]) -> list[LeftOut]:
    found = []
    for column in custom:
        if column.use is Use.LEAK:
            why = column.why or "it is set while selling or at the close"
            found.append(LeftOut(name=column.name, label=column.label, why=why, quarantined=True))
        elif _people(column):
            why = "it names people: deals are not compared by person"
            found.append(LeftOut(name=column.name, label=column.label, why=why))
    return found


def _people(column: CustomColumn) -> bool:
    """Columns of people: those the sources made opaque, and those whose header says so."""
    opaque = column.use is Use.IDENTIFIER and column.why.startswith("it names people")
    return opaque or (column.use in (Use.ATTRIBUTE, Use.NUMBER, Use.IDENTIFIER) and names_people(column))


def _sort_in(coded: Coded | LeftOut | None, won: Marks, kept: list[Coded], out: list[LeftOut]) -> None:
    if coded is None:
        return
    if isinstance(coded, LeftOut):
        out.append(coded)
    elif (why := why_not(coded, won)) is not None:
        out.append(why)
    else:
        kept.append(coded)


def why_not(coded: Coded, won: Marks) -> LeftOut | None:
    """The reason to leave an attribute out, or None where it may be compared."""
    counts, of_won = coded.counts(), coded.counts(won)
    filling = _filling(int(of_won.sum()), int(counts.sum()), won)
    if filling.depends_on_outcome:
        return _out(coded, f"its filling depends on the outcome: {filling}", quarantined=True)
    if filling.filled_won + filling.filled_lost < FEWEST_FILLED:
        return _out(coded, f"it is filled on only {filling.filled_won + filling.filled_lost} closed deals")
    if len(coded.levels) < 2:
        return _out(coded, "all closed deals have the same value")
    apart = separation(of_won, counts)
    if apart >= TELLS_ALL:
        told = f"of a won and a lost deal they tell which is which {100 * apart:.0f} times in 100"
        return _out(coded, f"its values all but say the outcome: {told}", quarantined=True)
    return None


def _filling(filled_won: int, filled: int, won: Marks) -> Filling:
    all_won = int(won.sum())
    return Filling(filled_won=filled_won, won=all_won, filled_lost=filled - filled_won, lost=len(won) - all_won)


def _unless_ticked_at_close(coded: Coded | LeftOut, won: Marks) -> Coded | LeftOut:
    """A box is ticked or not, so both say something; but one that is ticked after one outcome alone is a leak."""
    if isinstance(coded, LeftOut):
        return coded
    ticked = np.array([level.label != NOT_TICKED for level in coded.levels])
    filling = _filling(int(coded.counts(won)[ticked].sum()), int(coded.counts()[ticked].sum()), won)
    if not (filling.depends_on_outcome and filling.one_sided):
        return coded
    return _out(coded, f"its filling depends on the outcome: {filling}", quarantined=True)


def _out(coded: Coded, why: str, *, quarantined: bool = False) -> LeftOut:
    return LeftOut(name=coded.name, label=coded.label, why=why, quarantined=quarantined)


def _code(closed: pa.Table, asked: _Asked) -> Coded | LeftOut:
    column = closed[asked.name]
    if asked.number or not any(of(column.type) for of in _WORDS):
        values = read_numbers(column, closed.num_rows)
        if "cycle_days" in closed.column_names and follows_cycle(
            values, read_numbers(closed["cycle_days"], len(values))
        ):
            return LeftOut(name=asked.name, label=asked.label, why=_AS_CYCLE, quarantined=True)
        return code_numbers(asked.name, asked.label, values)
    return code_words(asked.name, asked.label, column)


def code_words(name: str, label: str, column: pa.ChunkedArray) -> Coded | LeftOut:  # type: ignore[type-arg]  # of any text
    """An attribute of words. Nearly unique columns are left out; rare values beyond 255 are folded into "other"."""
    words = read_words(column, len(column))
    distinct, filled = len(words.values), int((words.codes >= 0).sum())
    if distinct > 50 and distinct > filled / 2:
        why = f"nearly every deal has its own value ({distinct:,} values on {filled:,} deals)"
        return LeftOut(name=name, label=label, why=why)
    order = band_order(words.values)
    if order is not None:
        return _banded(name, label, words, order)
    levels = [Level(value, Condition(name, "=", (value,))) for value in words.values[:MOST_LEVELS]]
    if distinct <= MOST_LEVELS:
        return Coded(name=name, label=label, field=name, codes=words.codes, levels=tuple(levels))
    codes = np.minimum(words.codes, MOST_LEVELS).astype(np.int32)
    folded = int((codes == MOST_LEVELS).sum())
    levels.append(Level(f"other ({distinct - MOST_LEVELS:,} rare values)", None, "other"))
    note = f"{distinct - MOST_LEVELS:,} of its {distinct:,} values are rare and counted together ({folded:,} deals)."
    return Coded(name=name, label=label, field=name, codes=codes, levels=tuple(levels), note=note)


def _banded(name: str, label: str, words: Words, order: Sequence[int]) -> Coded:
    """Words that are bands of numbers, from the lowest to the highest."""
    place = np.array([*np.argsort(order), UNKNOWN, BLANK], np.int32)
    levels = tuple(Level(words.values[i], Condition(name, "=", (words.values[i],))) for i in order)
    return Coded(name=name, label=label, field=name, codes=place[words.codes], levels=levels, ordered=True)


_BAND = re.compile(
    r"\s*(?P<under><=?|≤|under|less than|up to|below)?\s*[$€£]?\s*(?P<low>\d[\d.,' ]*)\s*(?P<unit>k|m|mio)?"
    r"\s*(?:(?P<range>[-–—]|to|bis|à)\s*[$€£]?\s*\d[\d.,' ]*\s*(?:k|m|mio)?|(?P<open>\+|and over|or more|and more))?"
    r"\s*(?:employees|people|users|seats|mitarbeiter)?\s*|(?P<over>>=?|≥|over|more than|above)\s*[$€£]?\s*"
    r"(?P<over_low>\d[\d.,' ]*)\s*(?P<over_unit>k|m|mio)?.*",
    re.IGNORECASE,
)
_UNITS = {"k": 1e3, "m": 1e6, "mio": 1e6}


def band_order(values: Sequence[str]) -> list[int] | None:
    """The places of values in the order of the numbers they begin with, where all are bands (`50-199`, `1,000+`).

    None where any is not, where two begin alike, and of fewer than three or more than a dozen values.
    """
    if not 3 <= len(values) <= MOST_LEVELS_OF_RUNS:
        return None
    starts = [_start(value) for value in values]
    known = [start for start in starts if start is not None]
    if len(known) < len(values) or len(set(known)) < len(known):
        return None
    return sorted(range(len(values)), key=known.__getitem__)


def _start(value: str) -> float | None:
    """Where a band begins; just under its bound for one that has no lower end."""
    found = _BAND.fullmatch(value)
    if found is None or not (found["range"] or found["open"] or found["under"] or found["over"]):
        return None
    digits, unit = found["low"] or found["over_low"], found["unit"] or found["over_unit"]
    plain = re.sub(r"[,.' ](?=\d{3}(?!\d))", "", digits.strip().rstrip(".,'"))
    try:
        number = float(plain.replace(",", ".")) * _UNITS.get((unit or "").lower(), 1.0)
    except ValueError:
        return None
    return -1.0 / (1.0 + number) if found["under"] else number


def code_numbers(
    name: str,
    label: str,
    values: Floats,
    *,
    field: str | None = None,
    unit: float = 1.0,
    sign: str = "",
    whole: bool = False,
) -> Coded:
    """An attribute of numbers, in at most five bands of about equal count. NaN is blank."""
    known = values[~np.isnan(values)]
    bands = band(known, unit=unit, sign=sign) if len(known) else ()
    codes = np.full(len(values), BLANK, np.int32)
    if bands:
        inside = np.searchsorted([b.high for b in bands], known, side="left")
        codes[~np.isnan(values)] = inside.astype(np.int32)
    levels = tuple(Level(b.label, _within(field or name, b, whole=whole)) for b in bands)
    return Coded(name=name, label=label, field=field or name, codes=codes, levels=levels, ordered=True)


def _within(field: str, band: Band, *, whole: bool) -> Condition:
    low, high = (str(round(x)) if whole or float(x).is_integer() else repr(float(x)) for x in (band.low, band.high))
    return Condition(field, "=", (low,)) if low == high else Condition(field, "between", (low, high))


def _competitor_met(closed: pa.Table) -> Coded | None:
    """Whether a competitor was met, where the CRM's field says yes or no and never who."""
    if "competitor_raw" not in closed.column_names:
        return None
    words = read_words(closed["competitor_raw"], closed.num_rows)
    counts = np.bincount(words.codes[words.codes >= 0], minlength=len(words.values))
    read = competitors.read_values(dict(zip(words.values, counts.tolist(), strict=True)))
    if not read.is_flag:
        return None
    answers = (("Yes", True), ("No", False))
    said = [tuple(value for value in words.values if read[value].present is present) for _, present in answers]
    place = {value: code for code, values in enumerate(said) for value in values}
    codes = np.array([*(place.get(value, UNKNOWN) for value in words.values), UNKNOWN, BLANK], np.int32)
    levels = tuple(Level(label, _one_of("competitor_raw", said[i])) for i, (label, _) in enumerate(answers) if said[i])
    return Coded(
        name="competitor_raw", label="Competitor met", field="competitor_raw", codes=codes[words.codes], levels=levels
    )


def _one_of(field: str, values: tuple[str, ...]) -> Condition:
    return Condition(field, "=" if len(values) == 1 else "in", values)


def _deal_size(closed: pa.Table) -> Coded | LeftOut | None:
    """Deal size in bands, where one currency covers all known amounts."""
    if "amount_cents" not in closed.column_names or "amount_known" not in closed.column_names:
        return None
    cents = known_amounts(closed)
    if np.isnan(cents).all():
        return None
    currencies = known_currencies(closed, cents)
    if len(currencies) > 1:
        shown = ", ".join(currencies[:4])
        why = f"amounts are in several currencies ({shown}) and are never compared without a rate"
        return LeftOut(name=DEAL_SIZE, label="Deal size", why=why)
    sign = phrases.sign(currencies[0] if currencies and currencies != (_UNNAMED,) else None)
    return code_numbers(DEAL_SIZE, "Deal size", cents, field="amount_cents", unit=100.0, sign=sign, whole=True)


def known_amounts(closed: pa.Table) -> Floats:
    """Amounts in cents, NaN where none is known."""
    cents = read_numbers(closed["amount_cents"], closed.num_rows)
    known = closed["amount_known"].to_numpy().astype(bool)
    return np.asarray(np.where(known, cents, np.nan))


def known_currencies(closed: pa.Table, cents: Floats) -> tuple[str, ...]:
    """Currencies of the deals with an amount; a deal without one counts as a currency of its own where others have."""
    if "currency" not in closed.column_names:
        return ()
    words = read_words(closed["currency"], closed.num_rows)
    seen = np.unique(words.codes[~np.isnan(cents)])
    return tuple(words.values[i] if i >= 0 else _UNNAMED for i in seen)


def _without_echoes(kept: list[Coded], out: list[LeftOut]) -> tuple[tuple[Coded, ...], tuple[LeftOut, ...]]:
    gone: dict[str, LeftOut] = {}
    counts = {c.name: c.counts() for c in kept}
    for first, second in itertools.combinations(kept, 2):
        if first.name in gone or second.name in gone:
            continue
        # A cheap sieve before the joint counts.
        if _alike(counts[first.name], counts[second.name]) and same_partition(first, second):
            why = f"it divides the deals as {first.label} does"
            gone[second.name] = _out(second, why)
    return tuple(c for c in kept if c.name not in gone), (*out, *gone.values())


def same_partition(first: Coded, second: Coded) -> bool:
    """Each value of one is one value of the other, on 99 % of the deals that carry either."""
    n = int((first.filled | second.filled).sum())
    table = joint_counts(first, second)
    return n > 0 and bool(min(table.max(axis=1).sum(), table.max(axis=0).sum()) >= SAME * n)


def _alike(first: NDArray[np.int64], second: NDArray[np.int64]) -> bool:
    """Sorted by size, the values have about the same deals."""
    width = max(len(first), len(second))
    one, two = (np.sort(np.pad(counts, (0, width - len(counts)))) for counts in (first, second))
    return bool(np.abs(one - two).sum() <= 4 * (1 - SAME) * max(one.sum(), two.sum()))


def joint_counts(first: Coded, second: Coded) -> NDArray[np.int64]:
    """Deals of each value of one with each value of the other; deals without either value are left out."""
    both = first.filled & second.filled
    width = len(second.levels)
    keys = first.codes[both].astype(np.int64) * width + second.codes[both]
    return np.bincount(keys, minlength=len(first.levels) * width).reshape(len(first.levels), width)
