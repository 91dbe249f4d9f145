"""The report as one HTML file that loads nothing: to be read on any screen, and printed."""

from __future__ import annotations

import math
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
from jinja2.bccache import Bucket

from winloss import __version__
from winloss.report import charts, patterns, spread, wording
from winloss.report import figures as fig
from winloss.report.behind import Behind
from winloss.stats.estimate import Estimate
from winloss.synthesize.finding import Finding
from winloss.synthesize.study import LevelRow, Study

Pictures = dict[str, charts.Picture | None]

SECTIONS = (
    ("summary", "Summary"),
    ("trend", "Trend"),
    ("reasons", "Reasons"),
    ("competitors", "Competitors"),
    ("findings", "Patterns"),
    ("attributes", "Attributes"),
    ("stages", "Deal stages"),
    ("channels", "Channels and spend"),
    ("recovery", "Recovery"),
    ("quality", "Data quality"),
    ("nothing", "Nothing found"),
    ("method", "Words and method"),
)
_LOOSE_PERCENT = re.compile(r"(?<=[0-9]) %")
"""A number and its percent sign stay on one line, whoever wrote the sentence."""
LEVELS_SHOWN = 14
CHANNELS_SHOWN = 25
FOLDS_SHOWN = 20
NOTES_FIRST = 6
PRINTED_LINES = 11
"""Lines of actions and notes with which the first page still is one printed page."""
SCALE_DEALS = 30
"""Values with fewer deals do not stretch the scale of the win rates; their intervals end at its edge."""


def html(
    study: Study,
    behind: Mapping[str, Behind],
    *,
    pictures: Pictures | None = None,
    csv: str = "",
    recovery_csv: str = "",
    anonymised: bool = False,
) -> str:
    """The whole page.

    Parameters
    ----------
    study
        Everything that is shown.
    behind
        The deals behind the findings, by the finding's id.
    pictures
        What `drawn` makes of the study; drawn here where None.
    csv
        Name of the file beside the page that lists all of them; "" where there is none.
    recovery_csv
        Name of the file beside the page that lists every deal worth asking again; "" where there is none.
    anonymised
        Whether names were replaced, so that the page says so.
    """
    template = _environment(study).get_template("page.html")
    page = template.render(
        **_context(study),
        charts=drawn(study) if pictures is None else pictures,
        behind=behind,
        csv=csv,
        recovery_csv=recovery_csv,
        anonymised=anonymised,
    )
    return _LOOSE_PERCENT.sub(f"{fig.NBSP}%", page)


def _context(study: Study) -> dict[str, Any]:
    return {
        "study": study,
        "say": wording,
        "sections": SECTIONS,
        "version": __version__,
        "fonts": {"sans": _font("inter-latin.woff2"), "serif": _font("newsreader-latin.woff2")},
        "most": scale(study),
        "most_of_losses": scale_of_losses(study),
        "levels_shown": LEVELS_SHOWN,
        "hollow": hollow(study),
        "notes_first": NOTES_FIRST,
        "folds_shown": FOLDS_SHOWN,
        "fits": 2 * len(study.actions) + min(len(study.notes), NOTES_FIRST) <= PRINTED_LINES,
        "value": wording.value,
        "bounds": wording.bounds,
        "first_page": [_first_page(study, won=True), _first_page(study, won=False)],
        **_lists(study),
    }


def _first_page(study: Study, *, won: bool) -> dict[str, Any]:
    finding = patterns.of_first_page(study, won=won)
    title = patterns.title_of_first_page(finding, won=won)
    return {
        "title": f"One {title[0].lower()}{title[1:]}",
        "css": "win" if won else "loss",
        "finding": finding,
        "why": patterns.why_none(study, won=won),
    }


def _lists(study: Study) -> dict[str, Any]:
    established = patterns.established(study)
    return {
        "cards": (*established[: patterns.SHOWN], *patterns.early_signals(study)),
        "lines": established[patterns.SHOWN :],
        "patterns_last": patterns.last(study),
        "found": {f.segment: f for f in reversed(patterns.shown(study)) if f.segment and f.measure == "win_rate"},
        "anchors": {f.id for f in study.findings},
        "facts": [f for f in study.findings if f.kind == "quality"],
        "unsupported": [f for f in study.findings if f.status == "not_supported"],
        "nothing_heading": wording.nothing(study),
        "rows_sentence": wording.rows(study),
        "amounts_why": wording.amounts_why(study),
        "loss_total": sum(r.count for r in study.loss_reasons),
        "bands": list(dict.fromkeys(band for c in study.competitors for band, _ in c.by_size)),
        "no_cost": _no_cost(study),
        "unripe": next((p.why_unripe for p in reversed(study.trend.periods) if p.why_unripe), ""),
        "versions": _made_from(study),
    }


def _made_from(study: Study) -> list[str]:
    """The book, when its version was made, the list of reasons and the program, where they are known."""
    book = study.book
    made = str(book.get("made_at") or "")[:16].replace("T", " ")
    parts = {
        "": book.get("name"),
        "version ": book.get("version"),
        "of ": f"{made} UTC" if made else None,
        "reasons by ": book.get("taxonomy"),
        "winloss ": book.get("program"),
    }
    return [f"{before}{value}" for before, value in parts.items() if value not in (None, "")]


def hollow(study: Study) -> frozenset[str]:
    """The sections that have nothing to show but why."""
    holds: dict[str, object] = {
        "trend": study.trend.periods and not study.trend.why_none,
        "reasons": study.loss_reasons or study.win_reasons,
        "competitors": study.competitors,
        "attributes": study.attributes,
        "stages": study.stages,
        "channels": study.channels or study.pause,
        "recovery": study.recovery.prospects,
    }
    return frozenset(name for name, shown in holds.items() if not shown)


def _no_cost(study: Study) -> list[tuple[str, list[str]]]:
    """Each reason why a cost is missing, with the channels it is missing for."""
    shown = study.channels[:CHANNELS_SHOWN]
    return [
        (why, [c.lead_source for c in shown if c.why_no_cost == why])
        for why in dict.fromkeys(c.why_no_cost for c in shown if c.why_no_cost)
    ]


def drawn(study: Study) -> Pictures:
    """Every chart of the page; needs nothing but the study, so that it can be drawn while deals are looked up."""
    paint = charts.Painter()
    return {
        "trend": charts.trend(study, paint),
        "month_in_quarter": charts.month_in_quarter(study, paint),
        "cohorts": charts.cohorts(study, paint),
        "reasons": charts.reasons(study.loss_reasons, study, paint),
        "reasons_by_amount": charts.reasons(study.loss_reasons, study, paint, by_amount=True),
        "win_reasons": charts.reasons(study.win_reasons, study, paint),
        "competitors": charts.competitors(study, paint),
        "spread": spread.of_study(study, paint),
        "stages": charts.stages(study.stages, paint),
    }


@cache
def _font(name: str) -> str:
    return b64encode((files("winloss.report") / "fonts" / name).read_bytes()).decode("ascii")


def scale(study: Study) -> float:
    """Where the lines of win rates end: the next round share over every interval that rests on enough deals."""
    rates = [level.win_rate for a in study.attributes for level in a.levels]
    rates += [e for f in patterns.shown(study) if of_wins(f) for e in (f.here, f.comparison) if e is not None]
    return end_of([*rates, study.totals.win_rate])


def scale_of_losses(study: Study) -> float:
    """The same for shares of losses; 0 where no pattern is one."""
    told = [e for f in patterns.shown(study) if not of_wins(f) for e in (f.here, f.comparison) if e is not None]
    return end_of(told) if told else 0.0


def of_wins(finding: Finding) -> bool:
    """Whether the finding measures the win rate, of all its deals or of one month in the quarter."""
    return finding.measure.split(":")[0] == "win_rate"


def end_of(told: Iterable[Estimate]) -> float:
    """Where a line of shares ends: the next round share over the intervals of those that rest on enough deals."""
    highs = [e.high for e in told if e.value is not None and e.high is not None and e.n >= SCALE_DEALS]
    most = max((high for high in highs if high <= 1), default=1.0)
    step = next(step for step, under in ((0.02, 0.1), (0.05, 0.3), (0.1, 2)) if most <= under)
    return min(round(math.ceil(round(most / step, 9)) * step, 2), 1.0)


def place(value: float, most: float) -> str:
    """Where a share stands on a line from zero to `most`, in percent of its length, never past its ends."""
    return f"{100 * min(max(value / most, 0), 1):.2f}%"


class _Compiled(jinja2.BytecodeCache):
    """Templates are compiled once in a process: each page has an environment of its own, whose filters know its study."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


def _environment(study: Study) -> jinja2.Environment:
    environment = jinja2.Environment(
        bytecode_cache=_COMPILED,
        loader=jinja2.PackageLoader("winloss.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(_filters(study))
    return environment


def _filters(study: Study) -> dict[str, Any]:
    names = wording.labels(study)
    reasons = wording.reason_labels(study)
    plain = {name: getattr(fig, name) for name in _FIGURES}
    return plain | {
        "segment": lambda written: wording.segment(written, names, study.currency),
        "reason": lambda code: reasons.get(code) or plainword(code or fig.NONE),
        "plainword": plainword,
        "capfirst": lambda text: text[:1].upper() + text[1:],
        "place": place,
        "level": level,
        "difference": wording.difference,
        "confounder": wording.confounder,
        "until": wording.until,
        "owed": patterns.owed,
        "in_share": in_share,
        "of_wins": of_wins,
    }


_FIGURES = (
    *("count", "share", "points", "signed", "interval", "interval_points", "interval_days"),
    *("days", "of", "rate", "rate_of", "plural", "money", "day", "span", "probability"),
)


def plainword(code: str) -> str:
    """A code as words: "no_decision" is "No decision"."""
    words = str(code).replace("_", " ")
    return words[:1].upper() + words[1:]


def level(row: LevelRow) -> str:
    """A value of an attribute as a reader sees it."""
    return row.value or ("(blank)" if row.kind == "blank" else "(empty)")


def in_share(finding: Finding) -> bool:
    """Whether the finding's value is a share, so that it can stand on a line from zero."""
    return _is_share(finding.here) and "days" not in finding.measure


def _is_share(estimate: Estimate) -> bool:
    return estimate.value is not None and 0 <= estimate.value <= 1
