"""From deals as the CRM gave them to deals with outcome, reason and competitor. Executes nothing.

Raw values are read in Python once each (`reasons`, `competitors`) and joined back as small tables, so that no
engine needs our rules and a new taxonomy reads history again. The rules, in order:

1. The outcome is what status and deal stage say (`stage_kind`). One thing changes it: a reason that says there
   was no deal (duplicate, invalid contact, spam, test) makes a lost or no-decision deal disqualified. A won deal
   stays won. A reason that fits only another outcome changes nothing.
2. The reason comes from the field that fits the outcome: a won deal's from the win reason, else the common
   field; every other closed deal's from the loss reason, else the common field. Open deals have none yet.
   Where the reason names no competitor, a closing stage may: "Closed-Lost to Competition" says that one was met.
   Only losses can say it so; `competitor_asked` is what the field or a debrief, asked of wins and losses alike, say.
3. A debrief is heard before the CRM: the rep's before the manager's before the buyer's, the latest of each.
   `reason_source` says whose it is. Its reason is read as the CRM's are; one that is not understood is heard only
   where nothing else is said.
4. A reason of losses on a won deal is a contradiction: flagged, and no reason of the win.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from winloss.capture import competitors as _competitors
from winloss.capture import reasons as _reasons
from winloss.capture.competitors import BLANK, COMPETITOR, MET, NONE, UNKNOWN, CompetitorReadings
from winloss.capture.reasons import How, ReasonReadings
from winloss.capture.taxonomy import Taxonomy
from winloss.tables import CLOSED

REASON_COLUMNS = ("reason_raw", "loss_reason_raw", "win_reason_raw")
LISTED_VALUES = 2_000
"""Understood values beyond which reasons are free text: then a reason of the outcome's own is never passed over."""
RESOLVED = (
    "outcome",
    "is_closed",
    "is_won",
    "reason",
    "reason_given",
    "reason_value",
    "reason_source",
    "competitor",
    "competitor_kind",
    "competitor_present",
    "competitor_asked",
    "cycle_days",
    "closed_before_created",
    "loss_reason_on_won",
    "stage_against_outcome",
    "closed_without_date",
    "amount_known",
)
"""The columns that `resolve` adds."""

ROLES = ("rep", "manager", "buyer")
"""Whose debrief gives the reason, the first that is there."""

_NOT_WON = ("lost", "no_decision", "disqualified")
_OVER = ("won", *_NOT_WON)
_CLOSING_STAGES = (
    "closed",
    "close",
    "geschlossen",
    "abgeschlossen",
    "fermé",
    "clos",
    "cerrado",
    "cerrada",
    "fechado",
    "fechada",
    "закрыто",
    "закрыта",
    "закрыт",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """How the raw values of a book were read.

    `stages_close`: some closed deal stands in a closing deal stage; `stages_close_lost`: some deal that was not won stands
    in one that is not that of wins (in some CRMs lost deals keep their last open stage). `stages_lost_to`: closing stages that say a competitor
    won ("Closed-Lost to Competition"), with its name where they give one.
    """

    reasons: ReasonReadings
    competitors: CompetitorReadings
    stages_close: bool = False
    stages_close_lost: bool = False
    stages_lost_to: Mapping[str, str | None] = field(default_factory=dict)


def raw_values(deals: ir.Table, debriefs: ir.Table | None = None) -> dict[str, ir.Table]:
    """For each raw column the expression of its distinct values: columns `value` (text) and `n` (rows).

    The caller runs them and hands the answers to `read`. Keys are the columns of `deals`, `closing_stage` (deal
    stages; `n` are closed deals where the stage closes), `closing_stage_lost` (of deals that were not won), and `debrief_reason` and `debrief_competitor` where
    debriefs are given. Empty fields are left out.
    """
    found = {name: _distinct(deals, name) for name in (*REASON_COLUMNS, "competitor_raw") if name in deals.columns}
    found["closing_stage"] = _closing_stages(deals)
    found["closing_stage_lost"] = _closing_stages(deals, of=_NOT_WON)
    if debriefs is not None:
        found["debrief_reason"] = _distinct(debriefs, "reason")
        found["debrief_competitor"] = _distinct(debriefs, "competitor")
    return found


def read(
    raw: Mapping[str, Mapping[str, int]],
    taxonomy: Taxonomy,
    *,
    reasons: Mapping[str, str] | None = None,
    competitors: Mapping[str, str | Sequence[str]] | None = None,
) -> Readings:
    """Read the raw values of a book.

    Parameters
    ----------
    raw
        The answers to `raw_values`: column to value to rows.
    taxonomy
        The list in force.
    reasons, competitors
        `[reasons]` and `[competitors]` of the map, and of the adopted picklist.

    Raises
    ------
    UserError
        Where the map names a code that the taxonomy has not.
    """
    rivals = _merged(raw, ("competitor_raw", "debrief_competitor"))
    first = _competitors.read_values(rivals, competitors)
    known = {*first.names, *(competitors or {}), *_listed(competitors or {})}
    known |= {r.value for r in first.readings if r.kind == COMPETITOR and len(r.value.split()) <= 4}
    words = _merged(raw, (*REASON_COLUMNS, "debrief_reason"))
    read_reasons = _reasons.read_values(words, taxonomy, reasons, competitors=sorted(known))
    closing = {stage: n for stage, n in raw.get("closing_stage", {}).items() if stage and n}
    # A stage is worded as a reason is; only what it says of a competitor is taken.
    stages = _reasons.read_values(closing, taxonomy, competitors=sorted(known)).readings
    named = sorted({r.competitor for r in (*read_reasons.readings, *stages) if r.competitor})
    return Readings(
        reasons=read_reasons,
        competitors=_competitors.read_values(rivals, competitors, also=named),
        stages_close=any(raw.get("closing_stage", {}).values()),
        stages_close_lost=any(raw.get("closing_stage_lost", {}).values()),
        stages_lost_to={r.value: r.competitor for r in stages if r.rival},
    )


def resolve(deals: ir.Table, readings: Readings, *, debriefs: ir.Table | None = None) -> ir.Table:
    """`deals` with the columns `RESOLVED`; see docs/architecture.md for their meaning.

    Parameters
    ----------
    deals
        Columns of `tables.DEALS` and custom ones; columns this adds are replaced, so resolving twice is resolving once.
    readings
        Of every raw value; a value without a reading counts as given and not understood.
    debriefs
        Columns of `tables.DEBRIEFS`, or None.

    Returns
    -------
    ir.Table
        One row a deal, as many as before, lazily.
    """
    plain = deals.drop(*[name for name in RESOLVED if name in deals.columns])
    reasons, competitors = readings.reasons, readings.competitors
    table = _with_reason(plain, reasons, competitors)
    table = _with_stage(table, readings)
    table = _with_competitor(table, competitors)
    table = _with_debrief(table, debriefs, reasons, competitors)
    table = _with_outcome(table, reasons.taxonomy)
    table = _with_flags(table, readings)
    return table.select(*plain.columns, *RESOLVED)


def _distinct(table: ir.Table, name: str) -> ir.Table:
    filled = table.filter(table[name].notnull())
    return filled.group_by(value=filled[name]).aggregate(n=filled.count())


def _merged(raw: Mapping[str, Mapping[str, int]], names: Sequence[str]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for name in names:
        total.update(raw.get(name, {}))
    return dict(total)


def _listed(aliases: Mapping[str, str | Sequence[str]]) -> set[str]:
    given = {name for right in aliases.values() for name in ([right] if isinstance(right, str) else right)}
    return given - {NONE, UNKNOWN, BLANK}


def _with_reason(deals: ir.Table, reasons: ReasonReadings, competitors: CompetitorReadings) -> ir.Table:
    """Joins the reading of the one raw reason that fits the outcome: `_code`, `_named`, `_rival`, `_misfit`."""
    blank = [r.value for r in reasons.readings if r.how is How.BLANK]
    loss, win, common = (_filled(deals[name], blank) for name in ("loss_reason_raw", "win_reason_raw", "reason_raw"))
    won = deals.stage_kind == "won"
    closed = deals.stage_kind.isin(_OVER)
    understood = [r.value for r in reasons.readings if r.code is not None]
    of_won, of_lost = (_first_understood(own, common, understood) for own in (win, loss))
    value = ibis.cases((won, of_won), (closed, of_lost), else_=None)
    table = deals.mutate(reason_value=value, _loss_on_won=won & loss.notnull(), _own_field=win.notnull())
    meant = _meanings(reasons, competitors)
    return table.left_join(meant, table.reason_value == meant._value).drop("_value")


def _first_understood(own: ir.StringValue, common: ir.StringValue, understood: Sequence[str]) -> ir.StringValue:
    """The outcome's own reason; the common one where that is blank, or where only the common one is understood."""
    if not understood or len(understood) > LISTED_VALUES:
        return ibis.coalesce(own, common)
    only_common = common.isin(understood) & ~own.isin(understood)
    return ibis.cases((only_common.fill_null(False), common), else_=ibis.coalesce(own, common))


def _with_stage(table: ir.Table, readings: Readings) -> ir.Table:
    """Adds to `_named` and `_rival` what a closing stage says, where the reason says nothing."""
    told = readings.stages_lost_to
    if not told:
        return table
    names = [(stage, readings.competitors.canonical(name)) for stage, name in told.items() if name]
    beaten = table.deal_stage.isin(list(told)).fill_null(False)
    named = ibis.cases(*[(table.deal_stage == stage, name) for stage, name in names], else_=None) if names else None
    return table.mutate(
        _rival=table._rival.fill_null(False) | beaten,
        **({} if named is None else {"_named": ibis.coalesce(table._named, named.cast("string"))}),
    )


def _filled(column: ir.StringValue, blank: Sequence[str]) -> ir.StringValue:
    cleared = ibis.cases((column.isin(blank), None), else_=column) if blank else column
    return cleared.cast("string")


def _meanings(reasons: ReasonReadings, competitors: CompetitorReadings) -> ir.Table:
    taxonomy = reasons.taxonomy
    misfit = {r.code for r in taxonomy.reasons if "won" not in r.fits}
    return _small(
        {
            "_value": ([r.value for r in reasons.readings], pa.string()),
            "_code": ([r.code for r in reasons.readings], pa.string()),
            "_named": (
                [competitors.canonical(r.competitor) if r.competitor else None for r in reasons.readings],
                pa.string(),
            ),
            "_rival": ([r.rival for r in reasons.readings], pa.bool_()),
            "_misfit": ([r.code in misfit for r in reasons.readings], pa.bool_()),
        }
    )


def _small(columns: Mapping[str, tuple[list[object], pa.DataType]]) -> ir.Table:
    """A table with one row for each value of its first column; told so, an engine leaves out a join that nobody needs."""
    rows = ibis.memtable(pa.table({name: pa.array(values, kind) for name, (values, kind) in columns.items()}))
    key, *others = rows.columns
    return rows.group_by(key).aggregate(**{name: rows[name].arbitrary() for name in others})


def _with_competitor(table: ir.Table, competitors: CompetitorReadings) -> ir.Table:
    """Joins the reading of the raw competitor: `_kind`, `_name`, `_present`."""
    read = _rivals(competitors)
    return table.left_join(read, table.competitor_raw == read._raw).drop("_raw")


def _rivals(competitors: CompetitorReadings) -> ir.Table:
    rows = competitors.readings
    return _small(
        {
            "_raw": ([r.value for r in rows], pa.string()),
            "_kind": ([r.kind for r in rows], pa.string()),
            "_name": ([r.name for r in rows], pa.string()),
            "_present": ([r.present for r in rows], pa.bool_()),
        }
    )


def _with_debrief(
    table: ir.Table, debriefs: ir.Table | None, reasons: ReasonReadings, competitors: CompetitorReadings
) -> ir.Table:
    """Joins what the debriefs say: of the reason `_said`, `_words`, `_by`, of the competitor `_said_kind`, `_said_name`,
    `_said_present`. The competitor that a debrief's reason names goes before the one of the CRM's.
    """
    if debriefs is None:
        nothing = {name: ibis.null("string") for name in ("_said", "_words", "_by", "_said_kind", "_said_name")}
        return table.mutate(**nothing, _said_present=ibis.null("boolean"))
    table = table.rename(_crm_named="_named", _crm_rival="_rival")
    answered = _reasons_said(debriefs, reasons, competitors)
    reason = _heard(answered, "_said", "_words", "_named", "_rival").rename(_by="role", _of_reason="deal_id")
    read = _rivals(competitors)
    answered = debriefs.inner_join(read, debriefs.competitor == read._raw)
    answered = answered.filter(answered._kind != BLANK).mutate(_unread=False)
    rival = _heard(answered, "_kind", "_name", "_present").drop("role")
    rival = rival.rename(_said_kind="_kind", _said_name="_name", _said_present="_present", _of_rival="deal_id")
    table = table.left_join(reason, table.deal_id == reason._of_reason).drop("_of_reason")
    table = table.mutate(
        _named=ibis.coalesce(table._named, table._crm_named), _rival=ibis.coalesce(table._rival, table._crm_rival)
    ).drop("_crm_named", "_crm_rival")
    return table.left_join(rival, table.deal_id == rival._of_rival).drop("_of_rival")


def _reasons_said(debriefs: ir.Table, reasons: ReasonReadings, competitors: CompetitorReadings) -> ir.Table:
    """Debriefs that give a reason, with its reading."""
    meant = _meanings(reasons, competitors)
    blank = [r.value for r in reasons.readings if r.how is How.BLANK]
    given = debriefs.mutate(_words=_filled(debriefs.reason, blank)).filter(lambda t: t._words.notnull())
    read = given.left_join(meant, given._words == meant._value).drop("_value", "_misfit").rename(_said="_code")
    return read.mutate(_unread=read._said.isnull())


def _heard(answers: ir.Table, *columns: str) -> ir.Table:
    """One row a deal: the latest answer of the first role that answered; a role that is not told comes last.

    What is not understood (`_unread`) is heard where nothing else is said.
    """
    order = ibis.cases(*[(answers.role == role, place) for place, role in enumerate(ROLES)], else_=len(ROLES))
    ranked = answers.mutate(_order=order, _time=answers.answered_at.cast("string").fill_null(""))
    ranks = [ranked._unread.asc(), ranked._order.asc(), ranked._time.desc(), ranked.debrief_id.desc()]
    first = ranked.mutate(_rank=ibis.row_number().over(ibis.window(group_by=ranked.deal_id, order_by=ranks)))
    return first.filter(first._rank == 0).select("deal_id", *columns, role=first.role.fill_null("debrief"))


def _with_outcome(table: ir.Table, taxonomy: Taxonomy) -> ir.Table:
    kind = table.stage_kind.fill_null("unclassified")
    closing = kind.isin(_OVER)
    won = kind == "won"
    # A reason that cannot explain a win, in the field that serves both, is a loss's reason left behind.
    misplaced = won & table._misfit.fill_null(False) & ~table._own_field
    said = ibis.cases((closing, table._said), else_=None).cast("string")
    words = ibis.cases((closing, table._words), else_=None).cast("string")
    crm = ibis.cases((misplaced, None), else_=table._code).cast("string")
    reason = ibis.coalesce(said, crm)
    junk = reason.isin(taxonomy.junk_codes).fill_null(False) & kind.isin(("lost", "no_decision"))
    outcome = ibis.cases((junk, "disqualified"), else_=kind)
    crm_given = table.reason_value.notnull() & ~misplaced
    return table.mutate(
        outcome=outcome,
        is_closed=outcome.isin(CLOSED),
        is_won=outcome == "won",
        reason=reason,
        reason_given=crm_given | words.notnull(),
        reason_value=ibis.cases((crm_given, table.reason_value), else_=words).cast("string"),
        reason_source=ibis.cases(
            (said.notnull(), table._by), (crm_given, "crm"), (words.notnull(), table._by), else_=None
        ).cast("string"),
        loss_reason_on_won=(table._loss_on_won | misplaced).fill_null(False),
        **_competitor(table, closing & ~won),
    )


def _competitor(table: ir.Table, not_won: ir.BooleanValue) -> dict[str, ir.Value]:
    """Who the competitor is: the debrief's, else the field's, else the one that the reason of a loss names.

    `competitor_asked` is the kind without that reason, MET where it says that one was met and not who.
    """
    kind = ibis.coalesce(
        table._said_kind, table._kind, ibis.cases((table.competitor_raw.notnull(), UNKNOWN), else_=BLANK)
    )
    name = ibis.cases((table._said_kind.notnull(), table._said_name), else_=table._name)
    present = ibis.cases((table._said_kind.notnull(), table._said_present), else_=table._present)
    open_question = kind.isin((BLANK, UNKNOWN)) & not_won
    named = open_question & table._named.notnull()
    beaten = open_question & table._rival.fill_null(False)
    return {
        "competitor_kind": ibis.cases((named, COMPETITOR), (beaten, UNKNOWN), else_=kind),
        "competitor": ibis.cases((named, table._named), else_=name).cast("string"),
        "competitor_present": ibis.cases((named | beaten, True), else_=present).cast("boolean"),
        "competitor_asked": ibis.cases(((kind == UNKNOWN) & present.fill_null(False), MET), else_=kind),
    }


def _with_flags(table: ir.Table, readings: Readings) -> ir.Table:
    days = table.closed_on.delta(table.created_on, unit="day")
    reversed_ = (table.closed_on < table.created_on).fill_null(False)
    return table.mutate(
        cycle_days=ibis.cases((reversed_, None), else_=days).cast("int64"),
        closed_before_created=reversed_,
        stage_against_outcome=_stage_against_outcome(table, readings),
        closed_without_date=table.is_closed & table.closed_on.isnull(),
        amount_known=(table.amount_cents > 0).fill_null(False),
    )


def _stage_against_outcome(table: ir.Table, readings: Readings) -> ir.BooleanValue:
    """The deal stage says won and the status not, or the other way round, or one says closed and the other open.

    A closed deal in an open deal stage is no contradiction in a CRM whose deals keep their last open stage; it is
    one where some closed deal of the book does stand in a closing stage; of a deal that was not won, in one that is not
    that of wins.
    """
    stage, outcome = table.deal_stage_kind, table.stage_kind
    one_won = (stage == "won") & outcome.isin(_NOT_WON) | (outcome == "won") & stage.isin(_NOT_WON)
    still_open = (outcome == "open") & stage.isin(_OVER)
    closes = {"won": readings.stages_close} | dict.fromkeys(_NOT_WON, readings.stages_close_lost)
    left_open = [(outcome == one) & (stage == "open") for one, does in closes.items() if does]
    return ibis.or_(one_won, still_open, *left_open).fill_null(False)


def _closing_stages(deals: ir.Table, *, of: Sequence[str] = _OVER) -> ir.Table:
    """Deal stages, and how many closed deals (`of` these kinds) stand in each where it closes; 0 where it does not.

    Where no won deals are asked about, the stages of wins are none that close.
    """
    # Grouped first, and nothing filtered: the words of a stage are compared once a stage, not once a deal.
    stages = deals.group_by("deal_stage", "deal_stage_kind", "stage_kind").aggregate(n=deals.count())
    closing = stages.deal_stage_kind.isin(of) | stages.deal_stage.strip().lower().isin(_CLOSING_STAGES)
    closed = ibis.ifelse((stages.stage_kind.isin(of) & closing).fill_null(False), stages.n, 0)
    return stages.group_by(value=stages.deal_stage.fill_null("")).aggregate(n=closed.sum())
