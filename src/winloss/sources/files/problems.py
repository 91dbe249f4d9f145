"""What is to be told before a single row is converted, and what the counts of the deals say."""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from winloss.errors import UserError
from winloss.sources.contract import Problem, ValueReading
from winloss.sources.files.company import in_company_currency
from winloss.sources.files.convert import DealsConverter
from winloss.sources.files.facts import ColumnFacts
from winloss.sources.files.kinds import Recognised
from winloss.sources.files.mapfile import MapFile
from winloss.sources.files.outcomes import UNCLASSIFIED
from winloss.sources.files.plan import AMOUNTS, JoinPlan
from winloss.sources.files.planning import Decided
from winloss.sources.files.raw_table import RawTable
from winloss.sources.files.retold import called_the_deals
from winloss.sources.files.signs import signs
from winloss.sources.files.synonyms import synonyms
from winloss.sources.files.tabled import Tabled
from winloss.sources.files.troubles import sentence
from winloss.sources.files.twins import periods
from winloss.sources.files.words import numbered, plain
from winloss.tables.custom import Use

STRAY_GAP_DAYS = 60
STRAY_SHARE = 0.005
"""Closing dates behind a gap of so many days, and no more than this share of all, are strays."""
LINES_ASKED = 5
_TIMES = {2: "twice"}
FOUND_FROM = 0.1
"""Share of the deals with a value that must find their row in a joined file."""
_MONEY = re.compile(r"\d[.,]\d\d\b(?![.,]?\d)|[€$£¥₹]|\b[A-Z]{3}\b")
MONEY_LEVELS = 10
"""Different values below which figures are no amounts."""


def of_files(tables: Mapping[str, Tabled], mapped: MapFile, recognised: Sequence[Recognised]) -> Iterator[Problem]:
    """What the reading of the files met: notes, footers, columns of the map that no file has."""
    for tabled in tables.values():
        for part in tabled.parts:
            for note in part.notes:
                yield Problem(code="reading", message=f"{part.label}: {note}.".replace("..", "."), count=1)
            yield from _of_report(part)
    yield from _absent(mapped, recognised)


def _of_report(part: RawTable) -> Iterator[Problem]:
    """What was made of a report with groups and subtotals."""
    for header, count in part.filled_down.items():
        said = f"{{count}} blank cells of {header!r} below the first row of a group, filled with the group."
        yield Problem(code="filled_down", message=sentence(said, count), count=count, column=header)
    if count := part.skipped.get("summary", 0):
        said = f"{{count}} rows of subtotals in {part.label}, left out."
        yield Problem(code="summary_rows", message=sentence(said, count), count=count)


def twice(paths: Sequence[Path]) -> list[Problem]:
    """Files that are named again: each is read once."""
    times = Counter(path.resolve() for path in paths)
    return [
        Problem(
            code="reading", message=f"{path.name} was named {_TIMES.get(n, f'{n} times')} and is read once.", count=1
        )
        for path, n in times.items()
        if n > 1
    ]


def check_targets(mapped: MapFile, recognised: Sequence[Recognised]) -> None:
    """UserError where the map gives a target to columns that are in none of the files."""
    headers = [facts.header for r in recognised for facts in r.facts]
    absent = _not_there([header for header, said in mapped.columns.items() if not isinstance(said, Use)], headers)
    if not absent:
        return
    hints = "".join(_near(header, headers) for header in absent)
    named = ", ".join(repr(header) for header in absent)
    where = recognised[0].label if len(recognised) == 1 else "any of the files"
    columns = f"the column {named}, which is" if len(absent) == 1 else f"the columns {named}, which are"
    raise UserError(f"The map names {columns} not in {where}.{hints} Correct the map, or take the line out.")


def _absent(mapped: MapFile, recognised: Sequence[Recognised]) -> Iterator[Problem]:
    headers = [facts.header for r in recognised if r.kind == "deals" for facts in r.facts]
    for header in _not_there(mapped.columns, headers):
        yield Problem(
            code="map_column_absent",
            message=f"The map names the column {header!r}, which is not there.{_near(header, headers)}",
            count=1,
        )


def _not_there(named: Iterable[str], headers: Sequence[str]) -> list[str]:
    loose = {plain(header) for header in headers}
    return [header for header in named if plain(header) not in loose]


def _near(header: str, headers: Sequence[str]) -> str:
    near = difflib.get_close_matches(header, headers, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def of_deals(decided: Decided, deals: Recognised, converted: DealsConverter | None) -> list[Problem]:
    """What the deals' columns and their counts show; the counts only where the deals were converted."""
    found = [*_placeholders(deals, decided), *_repeated_ids(deals, decided), *_unsought(deals, decided)]
    found += [*_closing_expected(deals, decided), *_amount_unknown(deals), *_company_currency(deals, decided)]
    found += [*_periods(deals), *_months(deals, decided)]
    found += [_unjoined(label) for label in decided.unjoined]
    found += [
        Problem(
            code="repeated_partner",
            message=sentence(
                f"{{count}} rows of {join.label} with a {join.on_right!r} named before; the first of each was joined.",
                join.repeated,
            ),
            count=join.repeated,
            column=join.on_right,
        )
        for join in decided.plan.joins
        if join.repeated
    ]
    found += [
        Problem(
            code="ids_in_two_forms",
            message=f"The ids of {join.on_left!r} meet those of {join.label} {join.form}.",
            count=1,
            column=join.on_left,
        )
        for join in decided.plan.joins
        if join.form is not None
    ]
    if converted is not None:
        found += [problem for join in decided.plan.joins if (problem := _lonely(join, converted)) is not None]
        found += [*_unclassified(deals, decided, converted), *_currencies(converted), *_strays(converted)]
    return found


def _placeholders(deals: Recognised, decided: Decided) -> Iterator[Problem]:
    ignored = {r.header for r in decided.columns if r.use == "ignored"}
    for facts in deals.facts:
        if facts.errors:
            said = (
                f"{{count}} cells of {facts.header!r} with an error of the spreadsheet (#N/A, #REF!), taken as blank."
            )
            yield _of_column("sheet_error", said, facts.errors, facts)
        written = facts.placeholders - facts.errors
        if written and facts.header not in ignored:
            said = f'{{count}} cells of {facts.header!r} with "-", "n/a" or the like, taken as blank.'
            yield _of_column("placeholder", said, written, facts)


def _of_column(code: str, said: str, count: int, facts: ColumnFacts) -> Problem:
    return Problem(code=code, message=sentence(said, count), count=count, column=facts.header)


def _repeated_ids(deals: Recognised, decided: Decided) -> Iterator[Problem]:
    position = decided.plan.columns.get("deal_id")
    if position is None:
        return
    facts = deals.facts[position]
    repeated = 0 if facts.distinct is None else facts.filled - facts.distinct
    if repeated:
        examples = tuple(value for value, n in facts.counts.items() if n > 1)[:5]
        yield Problem(
            code="repeated_ids",
            message=sentence(f"{{count}} rows with the id of another row; {_which_counts(deals, decided)}.", repeated),
            count=repeated,
            column=facts.header,
            examples=examples,
        )


def _which_counts(deals: Recognised, decided: Decided) -> str:
    position = decided.plan.columns.get("modified_at")
    if position is None:
        return "no column says which of them is the latest, so of each deal the last one in the file counts"
    return f"of each deal the one with the latest {deals.facts[position].header!r} counts"


def _unsought(deals: Recognised, decided: Decided) -> Iterator[Problem]:
    """No column is known to hold the deals' ids, and one looks like it: no two rows were compared."""
    if "deal_id" in decided.plan.columns:
        return
    choices = deals.mapping.choices
    free = [f for f in deals.facts if choices[f.position].target is None and not _given(deals, f)]
    repeated = next((f for f in free if called_the_deals(f) and f.id_like >= 0.9 and f.uniqueness < 0.9), None)
    if repeated is not None and repeated.levels > 1 and repeated.filled * 10 >= repeated.rows * 9:
        said = (
            f"{{count}} rows with a value of {repeated.header!r} that other rows have; rows of one value differ in the day of creation, the name "
            "or the account, so each row counts as a deal."
        )
        yield _of_column("ids_differ", said, repeated.filled - repeated.levels, repeated)
    found = next(filter(_looks_like_ids, free), None)
    if found is not None:
        fact = (
            f"No column is known to hold the ids of the deals, so deals that stand there twice could not be looked for; "
            f"{found.header!r} looks like one."
        )
        line = f'{json.dumps(found.header, ensure_ascii=False)} = "deal_id"'
        yield Problem(
            code="ids_unknown",
            message=f"{fact} If it is, add to the map, under [columns]: {line}.",
            fact=fact,
            count=found.filled,
            column=found.header,
        )


def _closing_expected(deals: Recognised, decided: Decided) -> Iterator[Problem]:
    """The only closing dates are those that were expected."""
    position = decided.plan.columns.get("closed_on")
    if position is None or "won_on" in decided.plan.columns or "lost_on" in decided.plan.columns:
        return
    facts = deals.facts[position]
    named = any(m.target == "expected_closed_on" for m in synonyms().matches("deals", facts.header))
    if facts.empty or not (named or signs().headers.expected.search(plain(facts.header))):
        return
    fact = (
        f"The only closing date is the expected one ({facts.header!r}): months, trends and durations are those that were expected, "
        "not those in which deals closed."
    )
    yield Problem(code="closing_expected", message=fact, fact=fact, count=facts.filled, column=facts.header)


def _amount_unknown(deals: Recognised) -> Iterator[Problem]:
    """No column is known to hold what deals are worth, and some hold sums of money."""
    if any(deals.mapping.has(target) for target in AMOUNTS):
        return
    choices = deals.mapping.choices
    found = [f for f in deals.facts if choices[f.position].target is None and _is_money(f) and not _given(deals, f)]
    if not found:
        return
    named = ", ".join(repr(facts.header) for facts in found[:5])
    fact = f"No column was recognised as the amount, so nothing is told by amount; candidates: {named}."
    line = f'{json.dumps(found[0].header, ensure_ascii=False)} = "amount"'
    yield Problem(
        code="amount_unknown",
        message=f"{fact} If one is, add to the map, under [columns]: {line}.",
        fact=fact,
        count=found[0].filled,
        column=found[0].header,
    )


def _is_money(facts: ColumnFacts) -> bool:
    """Figures of many sizes, some of which show cents or a currency, and no share, date or number of something."""
    if facts.money < 0.95 or facts.dates >= 0.8 or facts.levels < MONEY_LEVELS or synonyms().leak(facts.header):
        return False
    if "%" in facts.header or signs().headers.id_within.search(plain(facts.header)):
        return False
    shown = [value for value, _ in zip(facts.counts, range(400), strict=False)]
    return sum(_MONEY.search(value) is not None and "%" not in value for value in shown) * 2 > len(shown)


def _given(deals: Recognised, facts: ColumnFacts) -> bool:
    return facts.position in deals.given or deals.mapping.choices[facts.position].given


def _looks_like_ids(facts: ColumnFacts) -> bool:
    """Called an id, but of nothing else; single words on nearly every row, most of them different."""
    words = plain(numbered(facts.header))
    said = signs().headers
    named = said.id_within.search(words) is not None and not said.id_of_others.search(words)
    single = facts.id_like >= 0.9 and facts.dates < 0.8
    return named and single and facts.uniqueness >= 0.5 and facts.filled >= 0.9 * facts.rows


def _company_currency(deals: Recognised, decided: Decided) -> Iterator[Problem]:
    """Amounts in the currency of the company, where nothing says which one that is."""
    plan = decided.plan
    position = plan.columns.get("amount")
    if position is None or not in_company_currency(deals.facts[position].header):
        return
    if plan.currency is not None or "currency" in plan.columns or position in plan.currencies:
        return
    facts = deals.facts[position]
    said = (
        f"{{count}} amounts of {facts.header!r} are in the company's currency, which no column names: kept without one."
    )
    found = _of_column("company_currency_unknown", said, facts.filled, facts)
    yield replace(found, message=f'{found.message} Name it in the map: [money] currency = "…".', fact=found.message)


def _periods(deals: Recognised) -> Iterator[Problem]:
    """Amounts of several periods are added as they stand."""
    found = next((f for f in deals.facts if periods(f)), None)
    if found is None or not any(deals.mapping.has(target) for target in AMOUNTS):
        return
    named = ", ".join(sorted(found.counts, key=lambda value: -found.counts[value])[:4])
    fact = f"Amounts are of several periods ({found.header!r}: {named}) and are added as they stand."
    yield Problem(code="amounts_of_periods", message=fact, fact=fact, count=found.filled, column=found.header)


def _months(deals: Recognised, decided: Decided) -> Iterator[Problem]:
    """Dates of which only the month is known: durations made of them are rough."""
    for target, position in decided.plan.columns.items():
        facts = deals.facts[position]
        if synonyms().tables["deals"][target].values != "date" or facts.empty:
            continue
        decision = decided.readers.decisions.dates(position)
        if decision.order == "month":
            day = "last" if decision.month_end else "first"
            said = f"{{count}} dates of {facts.header!r} name a month only: read as its {day} day."
            yield _of_column("months_only", said, facts.filled, facts)


def _unjoined(label: str) -> Problem:
    fact = f"{label} was joined to nothing: no column of it names its rows once and stands in the deals."
    how = f'Name the columns in the map: [files.{json.dumps(label, ensure_ascii=False)}] on = {{deals = "…", file = "…"}}.'
    return Problem(code="file_not_joined", message=f"{fact} {how}", fact=fact, count=1)


def _lonely(join: JoinPlan, converted: DealsConverter) -> Problem | None:
    """A joined file in which (nearly) no deal finds its row: what it tells is blank on the deals."""
    matched, unmatched, _ = converted.joined[join.label]
    if matched >= FOUND_FROM * (matched + unmatched):
        return None
    who = (
        "no deal found its row" if not matched else f"only {matched:,} of {matched + unmatched:,} deals found their row"
    )
    fact = f"{join.label}: {who} by {join.on_left!r} = {join.on_right!r}, so its columns are blank on the others."
    if not matched:
        fact = f"{join.label}: {who} by {join.on_left!r} = {join.on_right!r}, so its columns are blank on all deals."
    pair = f"{{deals = {json.dumps(join.on_left, ensure_ascii=False)}, file = {json.dumps(join.on_right, ensure_ascii=False)}}}"
    how = f"Write the values alike, or name other columns in the map: [files.{json.dumps(join.label, ensure_ascii=False)}] on = {pair}."
    examples = tuple(value for value, _ in converted.unmatched[join.label].most_common(5))
    return Problem(
        code="join_found_nobody",
        message=f"{fact} {how}",
        fact=fact,
        count=unmatched,
        column=join.on_left,
        examples=examples,
    )


def readings_of(decided: Decided, converted: DealsConverter | None) -> tuple[ValueReading, ...]:
    """How values were read as outcomes; of those nobody could classify, rows that were set aside do not count."""
    aside = {} if converted is None else converted.set_aside
    readings = (
        replace(r, count=r.count - aside.get((r.column, r.value), 0)) if r.read_as == UNCLASSIFIED else r
        for r in decided.outcomes
    )
    return tuple(r for r in readings if r.count or r.read_as != UNCLASSIFIED)


def asked_for(decided: Decided, converted: DealsConverter) -> list[ValueReading]:
    """Values nobody could classify, the most frequent first, of the columns that decide."""
    found = (r for r in readings_of(decided, converted) if r.read_as == UNCLASSIFIED)
    return sorted(found, key=lambda r: -r.count)


def map_line(reading: ValueReading) -> str:
    """The line that teaches the map a value; the kind is for the reader to set."""
    return f'{json.dumps(reading.value, ensure_ascii=False)} = "?"'


def _unclassified(deals: Recognised, decided: Decided, converted: DealsConverter) -> Iterator[Problem]:
    count = converted.kinds.get(UNCLASSIFIED, 0)
    if not count:
        return
    asked = asked_for(decided, converted)
    lines = ", ".join(map_line(reading) for reading in asked[:LINES_ASKED])
    more = f" and {len(asked) - LINES_ASKED:,} more" if len(asked) > LINES_ASKED else ""
    how = (
        f" Add to the map, under [outcomes], with won, lost, no_decision, disqualified or open each: {lines}{more}."
        if asked
        else ""
    )
    fact = sentence("{count} deals with an outcome that cannot be told.", count) + _blank_outcomes(deals, decided)
    yield Problem(
        code="unclassified_outcome",
        message=fact + how,
        fact=fact,
        count=count,
        column=asked[0].column if asked else None,
        examples=tuple(reading.value for reading in asked[:LINES_ASKED]),
    )


def _blank_outcomes(deals: Recognised, decided: Decided) -> str:
    """A sentence on blank cells where the outcome should stand; empty where there are none."""
    targets = decided.plan.columns
    found = [deals.facts[targets[t]] for t in ("status", "deal_stage") if t in targets]
    blank = [(facts.header, facts.rows - facts.filled) for facts in found if facts.filled < facts.rows]
    return "".join(
        sentence(f" {header!r} is blank on {{count}} rows.", n).replace(" on 1 rows", " on 1 row")
        for header, n in blank
    )


def _currencies(converted: DealsConverter) -> Iterator[Problem]:
    found = converted.currencies
    if len(found) > 1 and converted.plan.rates is None:
        shown = ", ".join(f"{code} {count:,}" for code, count in found.most_common(6))
        fact = f"Amounts stand in {len(found)} currencies ({shown}); they are kept apart."
        yield Problem(
            code="several_currencies",
            message=f"{fact} Give --rates to add them.",
            fact=fact,
            count=sum(found.values()),
        )
    elif converted.plan.rates is not None:
        unknown = {code: n for code, n in found.items() if not converted.plan.rates.knows(code)}
        if unknown:
            shown = ", ".join(f"{code} {count:,}" for code, count in unknown.items())
            message = f"The rates know nothing of {shown}; these amounts stay as they are."
            yield Problem(code="unknown_currency", message=message, count=sum(unknown.values()))


def _strays(converted: DealsConverter) -> Iterator[Problem]:
    """Closing dates far from all others: behind a long gap, and after everything else in the file."""
    days = sorted(converted.closings)
    total = sum(converted.closings.values())
    late = _behind_gap(days, converted, total)
    if not late:
        return
    count = sum(converted.closings[day] for day in late)
    examples = tuple(str(date.fromordinal(date(1970, 1, 1).toordinal() + day)) for day in late[:5])
    yield Problem(
        code="stray_closing_dates",
        message=sentence("{count} closing dates long after everything else in the file.", count),
        count=count,
        examples=examples,
    )


def _behind_gap(days: Sequence[int], converted: DealsConverter, total: int) -> list[int]:
    """The days behind the first long gap with few closings behind it, if they lie after the last creation or change."""
    behind = 0
    for place in range(len(days) - 1, 0, -1):
        behind += converted.closings[days[place]]
        if behind > STRAY_SHARE * total:
            return []
        if days[place] - days[place - 1] > STRAY_GAP_DAYS and days[place] > converted.last_touched:
            return list(days[place:])
    return []
