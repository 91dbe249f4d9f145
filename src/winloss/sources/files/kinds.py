"""What each of several files holds: deals, accounts, people, spend, leads, touches, stage changes, debriefs, or something else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from winloss.errors import UserError
from winloss.sources.files.answers import tells_roles
from winloss.sources.files.company import with_company_currency
from winloss.sources.files.facts import ColumnFacts
from winloss.sources.files.mapfile import FileMap, MapFile, targets_of
from winloss.sources.files.mapping import TableMapping, propose
from winloss.sources.files.owners import with_people
from winloss.sources.files.plan import BY_OUTCOME
from winloss.sources.files.retold import Agree, tells_deals, with_repeated_ids
from winloss.sources.files.signs import signs
from winloss.sources.files.synonyms import WEAK, synonyms
from winloss.sources.files.words import plain
from winloss.tables.custom import Use

OTHER = "other"
CHOICES_COLUMNS, CHOICES_ROWS = 8, 60
"""A table of more columns or rows is no list of choices."""
WORDS_OF_A_LIST = 5.0
"""Words of a value from which a reason is no choice from a list."""
DATES_FROM = 0.8
"""Share of the values that must be dates for a column to be one of dates, 0 to 1."""
STATUS_LEVELS = 60
"""A column of more different values is no status by what it holds."""


class NoDealsError(UserError):
    """Nothing in the files tells how deals ended: a map has to name the column.

    `assumed` is the map in which the likeliest table is taken for the deals all the same, to show what else is known of it.
    """

    def __init__(self, message: str, assumed: MapFile | None = None) -> None:
        self.assumed = assumed or MapFile()
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One table of one file before it is known what it holds."""

    label: str
    facts: tuple[ColumnFacts, ...]
    agree: Agree | None = None
    """What rows of one id agree in, where the rows can be asked."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """One table with what it holds and how its columns map; `given` is what the map says of unmapped columns."""

    label: str
    facts: tuple[ColumnFacts, ...]
    kind: str
    mapping: TableMapping
    given: Mapping[int, Use]
    why: str


def recognise(surveyed: Sequence[Surveyed], mapped: MapFile) -> tuple[Recognised, ...]:
    """What every table holds, in the order given.

    The deals are the table whose columns tell outcomes and fill most targets of deals; tables with the very same
    columns are further parts of it. UserError where no table can be the deals and none can stand alone.
    """
    named = {s.label: mapped.of_file(s.label).kind for s in surveyed}
    deals = _the_deals(surveyed, mapped, named)
    return tuple(_recognised(s, mapped, named[s.label], deals) for s in surveyed)


def _the_deals(surveyed: Sequence[Surveyed], mapped: MapFile, named: Mapping[str, str | None]) -> frozenset[str]:
    """Labels of the tables that hold deals; empty where none does."""
    chosen = {label for label, kind in named.items() if kind == "deals"}
    free = [s for s in surveyed if named[s.label] is None]
    if not chosen and free:
        scores = {s.label: 0.0 if len(free) > 1 and _is_choices(s) else _deals_score(s, mapped) for s in free}
        best = max(free, key=lambda s: scores[s.label])
        if scores[best.label] > 0:
            chosen = {best.label}
    headers = {_headers(s) for s in surveyed if s.label in chosen}
    return frozenset(chosen | {s.label for s in free if _headers(s) in headers})


def _headers(surveyed: Surveyed) -> frozenset[str]:
    return frozenset(facts.header for facts in surveyed.facts)


def _deals_score(surveyed: Surveyed, mapped: MapFile) -> float:
    """0 where nothing tells outcomes; else higher the more it looks like deals."""
    given, _ = given_for(surveyed.facts, mapped.columns)
    mapping = with_outcome(propose("deals", surveyed.facts, given=given), surveyed.facts)
    tells = tells_outcome(mapping, surveyed.facts)
    row_per_deal = tells and _unique(surveyed, mapping, "deal_id") >= 0.9
    kind = _other_kind(surveyed)
    if kind == "leads" and not tells and not _has_stages(surveyed) and not mapped.columns:
        return 0.0
    beside = kind in {"deal_stage_changes", "spend", "touches", "debriefs"}
    if beside and not row_per_deal and not mapped.columns:
        return mapping.score if tells and _retold(surveyed, mapping) else 0.0
    if not tells and not mapping.has("deal_stage") and not mapping.has("status"):
        return 0.0
    return mapping.score + 5.0 * tells + mapping.has("amount") + mapping.has("closed_on")


def _has_stages(surveyed: Surveyed) -> bool:
    """Some column is called a deal stage; a status is what leads have as well."""
    matches = (m for facts in surveyed.facts for m in synonyms().matches("deals", facts.header))
    return any(m.target == "deal_stage" and m.score > WEAK for m in matches)


def _retold(surveyed: Surveyed, deals: TableMapping) -> bool:
    """Rows that look like stage changes and are deals told several times: they stand behind a table of a row per deal."""
    changes = _mapping(surveyed, "deal_stage_changes")
    if not changes.has("deal_id", "to_stage", "changed_at") or changes.has("from_stage"):
        return False
    return tells_deals(changes, deals, surveyed.facts, surveyed.agree)


def _is_choices(surveyed: Surveyed) -> bool:
    """True for lists to choose from, as sheets keep them: a few columns, and no value of any stands there twice."""
    few = len(surveyed.facts) <= CHOICES_COLUMNS and all(f.rows <= CHOICES_ROWS for f in surveyed.facts)
    once = all(f.empty or f.uniqueness >= 1.0 for f in surveyed.facts)
    return few and once and not any(f.money >= 0.8 or f.dates >= 0.8 for f in surveyed.facts)


def given_for(
    facts: Sequence[ColumnFacts], columns: Mapping[str, str | Use]
) -> tuple[dict[int, str | None], dict[int, Use]]:
    """What the map says, by position: targets (None: none), and uses of columns that fill no target."""
    exact = {f.header: f.position for f in facts}
    loose = {plain(f.header): f.position for f in reversed(facts)}
    targets: dict[int, str | None] = {}
    uses: dict[int, Use] = {}
    for header, said in columns.items():
        position = exact.get(header, loose.get(plain(header)))
        if position is None:
            continue
        targets[position] = None if isinstance(said, Use) else said
        if isinstance(said, Use):
            uses[position] = said
    return targets, uses


def tells_outcome(mapping: TableMapping, facts: Sequence[ColumnFacts]) -> bool:
    """True where a mapped column says of at least one deal that it was won or lost."""
    if any(mapping.has(t) and not facts[mapping.columns[t]].empty for t in ("is_won", "is_lost", "won_on", "lost_on")):
        return True
    by_words = (facts[mapping.columns[t]].outcome.tells for t in ("status", "deal_stage") if mapping.has(t))
    return any(by_words)


def _only_dates_tell(mapping: TableMapping, facts: Sequence[ColumnFacts]) -> bool:
    """True where nothing but the dates won and lost tells outcomes: such a date stays when a deal is opened again."""
    others = {target: p for target, p in mapping.columns.items() if target not in {"won_on", "lost_on"}}
    return tells_outcome(mapping, facts) and not tells_outcome(replace(mapping, columns=others), facts)


def with_outcome(mapping: TableMapping, facts: Sequence[ColumnFacts]) -> TableMapping:
    """The mapping with a status that tells nothing let go, or with one found by its values where none tells."""
    status = mapping.columns.get("status")
    if status is not None and not facts[status].outcome.tells and not mapping.choices[status].given:
        rest = mapping.without("status", "its values tell no outcome")
        if tells_outcome(rest, facts):
            return rest
        if (found := _told_by_values(rest, facts, _tells_by_values)) is not None:
            return found
        if not mapping.has("deal_stage") and not facts[status].empty:
            return rest.taking("deal_stage", status, "by its name; its values tell no outcome yet")
        return rest if mapping.has("deal_stage") else mapping
    by_dates = _only_dates_tell(mapping, facts)
    if status is not None or (tells_outcome(mapping, facts) and not by_dates):
        return mapping
    return _told_by_values(mapping, facts, _tells_of_all if by_dates else _tells_by_values) or mapping


def _told_by_values(
    mapping: TableMapping, facts: Sequence[ColumnFacts], tells: Callable[[ColumnFacts], bool]
) -> TableMapping | None:
    """The mapping with the first column that says won and lost as the status; None where there is none."""
    found = next((f for f in facts if tells(f) and not mapping.choices[f.position].given), None)
    if found is None:
        return None
    return mapping.taking("status", found.position, "by its values: they say won and lost")


def with_closing(mapping: TableMapping, facts: Sequence[ColumnFacts]) -> TableMapping:
    """The mapping with a closing date where none is named: the last change of the deal stage, else the expected date."""
    if any(mapping.has(target) for target in ("closed_on", "won_on", "lost_on")):
        return mapping
    last_move = signs().headers.last_move
    moved = next((f for f in facts if last_move.search(plain(f.header)) and f.dates >= DATES_FROM), None)
    if moved is not None and not mapping.choices[moved.position].given:
        why = "by its name: a deal was closed when its deal stage changed last, for want of a closing date"
        return mapping.taking("closed_on", moved.position, why)
    position = mapping.columns.get("expected_closed_on")
    if position is None or mapping.choices[position].given:
        return mapping
    why = "by its name: the expected date, but the only closing date there is"
    return mapping.taking("closed_on", position, why)


def with_snapshots(mapping: TableMapping, facts: Sequence[ColumnFacts]) -> TableMapping:
    """The mapping in which rows of one deal are told apart by the day they were taken, where the file holds several a deal."""
    deal_id = mapping.columns.get("deal_id")
    changed = mapping.columns.get("modified_at")
    if deal_id is None or (changed is not None and mapping.choices[changed].given):
        return mapping
    counted = facts[deal_id].distinct is not None
    if facts[deal_id].uniqueness >= 1.0 and (counted or changed is not None):
        return mapping
    taken = next((f for f in facts if _takes(f) and not mapping.choices[f.position].given and f.levels > 1), None)
    if taken is None or taken.position == changed:
        return mapping
    if changed is not None:
        mapping = mapping.without("modified_at", f"{taken.header!r} says which row of a deal is the latest")
    return mapping.taking("modified_at", taken.position, "by its name: it says which row of a deal is the latest")


def with_split_amounts(mapping: TableMapping, facts: Sequence[ColumnFacts]) -> TableMapping:
    """The mapping in which amounts of lost and open deals count only beside a column of those that were won."""
    amount = mapping.columns.get("amount")
    split = amount is not None and bool(signs().headers.of_won.search(plain(facts[amount].header)))
    for target in BY_OUTCOME:
        if mapping.has(target) and not split and not mapping.choices[mapping.columns[target]].given:
            mapping = mapping.without(target, "no column holds the amounts of won deals alone")
    return mapping


def with_finer_reason(mapping: TableMapping, facts: Sequence[ColumnFacts]) -> TableMapping:
    """The mapping in which the finer of two reasons of losses is the reason, and the coarser one stands in for it."""
    if mapping.has("reason") or not mapping.has("loss_reason"):
        return mapping
    found = [f for f in facts if _tells_losses(f) and not mapping.choices[f.position].given]
    finer = signs().headers.finer
    fine = next((f for f in found if finer.search(plain(f.header))), None)
    coarse = next((f for f in found if not finer.search(plain(f.header))), None)
    if fine is None or coarse is None or mapping.columns["loss_reason"] not in (fine.position, coarse.position):
        return mapping
    mapping = mapping.without("loss_reason", "")
    mapping = mapping.taking("loss_reason", fine.position, f"by its name: finer than {coarse.header!r}")
    why = f"by its name: stands in where {fine.header!r} is blank or not understood"
    return mapping.taking("reason", coarse.position, why)


def _tells_losses(facts: ColumnFacts) -> bool:
    matches = synonyms().matches("deals", facts.header)
    named = any(m.target == "loss_reason" and m.score > WEAK for m in matches)
    return named and not facts.empty and facts.levels <= STATUS_LEVELS * 5 and facts.mean_words < WORDS_OF_A_LIST


def _takes(facts: ColumnFacts) -> bool:
    names = synonyms().tables["deals"]["modified_at"].weak
    return plain(facts.header).replace(" ", "") in names and facts.dates >= DATES_FROM and facts.filled == facts.rows


def _tells_by_values(facts: ColumnFacts) -> bool:
    told = facts.outcome
    if not told.anywhere or facts.levels > STATUS_LEVELS:
        return False
    both = told.kinds >= {"won", "lost"} and told.classified >= 0.95 and facts.filled * 10 >= facts.rows * 9
    return told.exact >= 0.9 or both


def _tells_of_all(facts: ColumnFacts) -> bool:
    """Every deal has a value, and won and lost are both among them: a status, whatever it is called."""
    told = facts.outcome
    everywhere = facts.filled == facts.rows and told.classified == 1.0
    return everywhere and told.anywhere and told.kinds >= {"won", "lost"} and facts.levels <= STATUS_LEVELS


def _recognised(surveyed: Surveyed, mapped: MapFile, named: str | None, deals: frozenset[str]) -> Recognised:
    if surveyed.label in deals:
        return _as_deals(surveyed, mapped, "the map says so" if named else "its columns tell how deals ended")
    said = mapped.of_file(surveyed.label)
    kind = named or _other_kind(surveyed) or OTHER
    why = "the map says so" if named else "by its columns"
    return _as_kind(surveyed, kind, said, why)


def _as_deals(surveyed: Surveyed, mapped: MapFile, why: str) -> Recognised:
    columns = {**mapped.columns, **mapped.of_file(surveyed.label).columns}
    targets, uses = given_for(surveyed.facts, columns)
    mapping = with_outcome(propose("deals", surveyed.facts, given=targets), surveyed.facts)
    mapping = with_repeated_ids(mapping, surveyed.facts, surveyed.agree)
    for step in (
        with_closing,
        with_company_currency,
        with_split_amounts,
        with_snapshots,
        with_finer_reason,
        with_people,
    ):
        mapping = step(mapping, surveyed.facts)
    return Recognised(surveyed.label, surveyed.facts, "deals", mapping, uses, why)


def _as_kind(surveyed: Surveyed, kind: str, said: FileMap, why: str) -> Recognised:
    targets, uses = given_for(surveyed.facts, said.columns)
    table = kind if targets_of(kind) else "accounts"
    mapping = propose(table, surveyed.facts, given=targets)
    if not targets_of(kind):  # other files have no targets of their own: their columns describe the deals
        choices = tuple(replace(choice, target=None, why="") for choice in mapping.choices)
        mapping = TableMapping(kind, choices, {}, 0.0)
    return Recognised(surveyed.label, surveyed.facts, kind, mapping, uses, why)


def _other_kind(surveyed: Surveyed) -> str | None:
    """Of the kinds that stand beside the deals, the first whose conditions hold."""
    return next((kind for kind, holds in _KINDS.items() if holds(surveyed)), None)


def _mapping(surveyed: Surveyed, table: str) -> TableMapping:
    return propose(table, surveyed.facts)


def _unique(surveyed: Surveyed, mapping: TableMapping, target: str) -> float:
    position = mapping.columns.get(target)
    return 0.0 if position is None else surveyed.facts[position].uniqueness


def _is_stage_changes(surveyed: Surveyed) -> bool:
    mapping = _mapping(surveyed, "deal_stage_changes")
    if not mapping.has("deal_id", "to_stage", "changed_at"):
        return False
    named = signs().labels.stage_changes.search(plain(surveyed.label)) is not None
    repeated = _unique(surveyed, mapping, "deal_id") < 0.9
    return mapping.has("from_stage") or (repeated and (named or len(surveyed.facts) <= 6))


def _is_debriefs(surveyed: Surveyed) -> bool:
    mapping = _mapping(surveyed, "debriefs")
    if not mapping.has("deal_id") or not any(mapping.has(t) for t in ("reason", "competitor", "answer")):
        return False
    named = signs().labels.debriefs.search(plain(surveyed.label)) is not None
    return named or (mapping.has("role") and tells_roles(surveyed.facts[mapping.columns["role"]].counts))


def _is_spend(surveyed: Surveyed) -> bool:
    mapping = _mapping(surveyed, "spend")
    if not mapping.has("amount") or not any(mapping.has(t) for t in ("campaign", "lead_source", "content")):
        return False
    amount = plain(surveyed.facts[mapping.columns["amount"]].header)
    named = signs().headers.spent.search(amount) is not None
    return (named and mapping.has("spent_on")) or mapping.has("impressions") or mapping.has("clicks")


def _is_touches(surveyed: Surveyed) -> bool:
    mapping = _mapping(surveyed, "touches")
    whom = mapping.has("deal_id") or mapping.has("account_id") or mapping.has("person")
    kind = plain(surveyed.facts[mapping.columns["kind"]].header) if mapping.has("kind") else "type"
    what = kind != "type" and any(mapping.has(target) for target in ("content", "campaign", "lead_source"))
    named = signs().labels.touches.search(plain(surveyed.label)) is not None
    repeated = _unique(surveyed, mapping, "deal_id") < 0.9
    return mapping.has("touched_at") and whom and repeated and (what or named)


def _is_leads(surveyed: Surveyed) -> bool:
    mapping = _mapping(surveyed, "leads")
    if not mapping.has("lead_id") or _unique(surveyed, mapping, "lead_id") < 0.9:
        return False
    header = plain(surveyed.facts[mapping.columns["lead_id"]].header)
    named = signs().labels.leads.search(f"{header} {plain(surveyed.label)}") is not None
    return named and any(mapping.has(t) for t in ("lead_source", "campaign", "created_on", "status"))


def _is_people(surveyed: Surveyed) -> bool:
    mapping = _mapping(surveyed, "people")
    unique = max(_unique(surveyed, mapping, "person"), _unique(surveyed, mapping, "person_id"))
    person = mapping.columns.get("person")
    named = person is not None and not signs().headers.name_alone.search(plain(surveyed.facts[person].header))
    told = any(mapping.has(t) for t in ("manager", "team", "region", "email"))
    return unique >= 0.95 and told and (named or mapping.has("person_id"))


def _is_accounts(surveyed: Surveyed) -> bool:
    mapping = _mapping(surveyed, "accounts")
    unique = max(_unique(surveyed, mapping, "account_name"), _unique(surveyed, mapping, "account_id"))
    return unique >= 0.9 and any(mapping.has(t) for t in ("industry", "country", "region", "size_band", "employees"))


_KINDS = {
    "deal_stage_changes": _is_stage_changes,
    "debriefs": _is_debriefs,
    "spend": _is_spend,
    "leads": _is_leads,
    "touches": _is_touches,
    "people": _is_people,
    "accounts": _is_accounts,
}


def no_deals(recognised: Sequence[Recognised], mapped: MapFile) -> NoDealsError:
    """The sentence for files in which nothing tells how deals ended."""
    where = ", ".join(r.label for r in recognised)
    headers = ", ".join(repr(f.header) for r in recognised[:1] for f in r.facts[:12])
    likeliest = max(recognised, key=lambda r: propose("deals", r.facts).score).label
    deals = replace(mapped.of_file(likeliest), kind="deals")
    return NoDealsError(
        f"No column of {where} tells how deals ended (seen: {headers}). Name it in a map, "
        'for example [columns] "My column" = "deal_stage", and give it with --map.',
        replace(mapped, files={**mapped.files, likeliest: deals}),
    )
