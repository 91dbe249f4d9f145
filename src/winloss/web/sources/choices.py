"""What a column can become, and what it is called on the page: the targets of each table, and columns of one's own."""

from __future__ import annotations

from functools import cache

Choice = tuple[str, str]
Group = tuple[str, tuple[Choice, ...]]

AS_READ = ""
IGNORE = "ignore"
USES: tuple[Choice, ...] = (
    ("use:attribute", "Own attribute"),
    ("use:number", "Own number, in bands"),
    ("use:date", "Own date"),
    ("use:identifier", "Own identifier"),
    ("use:free text", "Own free text"),
    ("use:leak", "Own, set at the close"),
)
KINDS: tuple[Choice, ...] = (
    ("deals", "Deals"),
    ("accounts", "Accounts"),
    ("people", "People and teams"),
    ("leads", "Leads"),
    ("spend", "Marketing spend"),
    ("touches", "Touches"),
    ("deal_stage_changes", "Changes of deal stage"),
    ("debriefs", "Debriefs"),
    ("other", "Something else that describes deals"),
    (IGNORE, "Leave it out"),
)
OUTCOMES: tuple[Choice, ...] = (
    ("won", "Won"),
    ("lost", "Lost"),
    ("no_decision", "No decision"),
    ("disqualified", "Disqualified"),
    ("open", "Open"),
)
ORDERS: tuple[Choice, ...] = (
    ("dmy", "Day first: 31.12.2026"),
    ("mdy", "Month first: 12/31/2026"),
    ("ymd", "Year first: 2026-12-31"),
)
DECIMALS: tuple[Choice, ...] = ((",", "Comma: 1.234,50"), (".", "Point: 1,234.50"))

_DEALS: tuple[Group, ...] = (
    (
        "Deal",
        (("deal_id", "Deal id"), ("deal_name", "Deal name"), ("deal_type", "Deal type"), ("pipeline", "Pipeline")),
    ),
    (
        "How it ended",
        (
            ("status", "Status: won, lost, open"),
            ("deal_stage", "Deal stage"),
            ("stage_reached", "Stage reached"),
            ("status_reason", "Status reason"),
            ("is_won", "Is won (yes or no)"),
            ("is_lost", "Is lost (yes or no)"),
            ("is_closed", "Is closed (yes or no)"),
            ("is_active", "Is active (yes or no)"),
            ("is_deleted", "Is deleted (yes or no)"),
        ),
    ),
    (
        "Why",
        (
            ("reason", "Reason"),
            ("loss_reason", "Loss reason"),
            ("win_reason", "Win reason"),
            ("competitor", "Competitor"),
            ("notes", "Notes"),
        ),
    ),
    (
        "When",
        (
            ("created_on", "Created on"),
            ("closed_on", "Closed on"),
            ("won_on", "Won on"),
            ("lost_on", "Lost on"),
            ("expected_closed_on", "Expected to close on"),
            ("modified_at", "Last modified"),
        ),
    ),
    (
        "How much",
        (
            ("amount", "Amount"),
            ("lost_amount", "Amount of lost deals"),
            ("open_amount", "Amount of open deals"),
            ("actual_amount", "Actual amount"),
            ("estimated_amount", "Estimated amount"),
            ("currency", "Currency"),
        ),
    ),
    (
        "Who",
        (
            ("owner_name", "Owner: name"),
            ("owner_id", "Owner: id"),
            ("owner_email", "Owner: e-mail"),
            ("manager", "Manager"),
            ("team", "Team"),
        ),
    ),
    (
        "The buyer",
        (
            ("account_name", "Account: name"),
            ("account_id", "Account: id"),
            ("industry", "Industry"),
            ("country", "Country"),
            ("region", "Region"),
            ("size_band", "Size band"),
            ("employees", "Employees"),
            ("persona", "Persona"),
        ),
    ),
    (
        "Where it came from, and what was offered",
        (
            ("lead_source", "Lead source"),
            ("campaign", "Campaign"),
            ("content", "Content"),
            ("lead_id", "Lead id"),
            ("product", "Product"),
        ),
    ),
)
DATES = frozenset({"created_on", "closed_on", "won_on", "lost_on", "expected_closed_on", "modified_at"})
_LABELS = {key: label for _, choices in _DEALS for key, label in choices}


@cache
def groups(kind: str) -> tuple[Group, ...]:
    """What a column of a file of that kind can become: titled groups of value and label."""
    own: tuple[Group, ...] = (("Keep as own column", USES), ("Not kept", ((IGNORE, "Ignore"),)))
    if kind in {"deals", ""}:
        return (*_deals(), *own)
    title = dict(KINDS).get(kind, kind)
    found = tuple((target, label(target)) for target in _targets(kind))
    return ((title, found), *own) if found else own


def _deals() -> tuple[Group, ...]:
    """The groups above, and whatever target of deals they do not name."""
    rest = tuple((target, label(target)) for target in _targets("deals") if target not in _LABELS)
    return (*_DEALS, ("More", rest)) if rest else _DEALS


def _targets(kind: str) -> tuple[str, ...]:
    from winloss.sources.files.mapfile import targets_of

    return targets_of(kind)


def label(target: str) -> str:
    """A target as a reader sees it."""
    return _LABELS.get(target, target.removeprefix("x_").replace("_", " ").capitalize())


@cache
def allowed(kind: str) -> frozenset[str]:
    """Every value that a column of a file of that kind may be given."""
    return frozenset({AS_READ, *(value for _, choices in groups(kind) for value, _ in choices)})


@cache
def currencies() -> tuple[str, ...]:
    from winloss.sources.files.values.currencies import CODES

    return tuple(sorted(CODES))
