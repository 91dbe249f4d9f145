"""The charts: Altair specifications, rendered to SVG without a browser or network.

Each chart is drawn twice, for a wide and for a narrow page. Colours are written as names of the page's own
custom properties, so that one drawing serves light, dark and print. Bars start at zero; the interval is a thin
line; what is short of established, or not ripe, is outlined.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from importlib import import_module
from importlib.resources import as_file, files
from typing import Any

import altair as alt
from altair.utils.schemapi import debug_mode
from markupsafe import Markup

from winloss.report import figures as fig
from winloss.report import wording
from winloss.stats.estimate import Estimate
from winloss.synthesize.study import CohortRow, CompetitorRow, PeriodRow, ReasonRow, StageRow, Study

with suppress(ImportError):
    # Altair takes it half loaded where a table loads it in another thread while a chart is drawn.
    import_module("pandas")

WIDE, NARROW = 780, 320
INK, SOFT, LINE, ACCENT, REST, PAPER = "#1c2530", "#5b6572", "#dedad1", "#1f5184", "#b4bcc6", "#fdfcfa"
BELOW = "#9a5418"
PROPERTIES = {
    INK: "--ink",
    SOFT: "--soft",
    LINE: "--line",
    ACCENT: "--accent",
    REST: "--rest",
    PAPER: "--paper",
    BELOW: "--below",
}
"""Each colour of a drawing and the custom property of the page that it stands for."""
TONES = {"accent": ACCENT, "rest": REST, "outline": PAPER}
EDGES = {"accent": ACCENT, "rest": REST, "outline": SOFT}
ON_BAR = {"accent": PAPER, "rest": INK, "outline": INK}

Rows = list[dict[str, Any]]
Drawing = alt.LayerChart | alt.FacetChart
"""What Altair gives for layers; the second only where rows and columns are asked for, which is never here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One row of a bar or dot chart: its label, value with interval, the text beside it, and its tone."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    text: str = ""
    tone: str = "accent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One chart in two widths, with the sentence a screen reader says instead."""

    wide: str
    narrow: str
    says: str

    def __html__(self) -> str:
        return Markup(
            '<figure class="chart" role="img" aria-label="{says}"><div class="wide" aria-hidden="true">{wide}</div>'
            '<div class="narrow" aria-hidden="true">{narrow}</div></figure>'
        ).format(says=self.says, wide=Markup(self.wide), narrow=Markup(self.narrow))  # noqa: S704  # our own SVG


class Painter:
    """Renders specifications; numbers what must be unique in one page."""

    def __init__(self) -> None:
        self.drawn = 0

    def picture(self, draw: Callable[[int], alt.TopLevelMixin], says: str) -> Picture:
        """`draw` at both widths as one picture; the specifications are ours, so Altair need not check them."""
        with debug_mode(False):
            return Picture(wide=self.svg(draw(WIDE)), narrow=self.svg(draw(NARROW)), says=says)

    def svg(self, chart: alt.TopLevelMixin) -> str:
        """The chart as SVG that scales to its column and takes the page's colours."""
        self.drawn += 1
        return themed(_render(_configured(chart)), f"c{self.drawn}")


def _render(specification: dict[str, Any]) -> str:
    import vl_convert

    _fonts()
    return str(vl_convert.vegalite_to_svg(specification, show_warnings=False))


def standalone(chart: alt.TopLevelMixin, ending: str) -> str | bytes:
    """The chart as a file of its own on the colour of the light page: SVG text for ".svg", else PNG twice as fine."""
    import vl_convert

    _fonts()
    with debug_mode(False):
        specification = _configured(chart)
    specification["config"] |= {"background": PAPER, "padding": 20}
    if ending == ".svg":
        return str(vl_convert.vegalite_to_svg(specification, show_warnings=False))
    return bytes(vl_convert.vegalite_to_png(specification, scale=2, show_warnings=False))


def warm() -> None:
    """Start the renderer."""
    _render({"data": {"values": []}, "mark": "point"})


@cache
def _fonts() -> None:
    """Tell the renderer the page's font, without which it measures and cuts labels by another one."""
    import vl_convert

    with as_file(files("winloss.report") / "fonts") as folder:
        vl_convert.register_font_directory(str(folder))


def themed(svg: str, prefix: str) -> str:
    """The SVG with the page's custom properties for colours, unique ids, and no fixed size."""
    for colour, name in PROPERTIES.items():
        svg = svg.replace(f'"{colour}"', f'"var({name})"')
    svg = re.sub(r'id="([^"]+)"', rf'id="{prefix}-\1"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", svg)
    head, body = svg.split(">", 1)
    width = re.search(r' width="([0-9.]+)"', head)
    head = re.sub(r' (?:width|height)="[^"]*"', "", head)
    size = f' style="max-width:{float(width[1]):.0f}px;overflow:visible"' if width else ""
    return f'{head}{size} focusable="false">{body}'


def _configured(chart: alt.TopLevelMixin) -> dict[str, Any]:
    spec: dict[str, Any] = chart.to_dict(validate=False)
    spec["config"] = {
        "font": "Inter",
        "aria": False,
        "background": None,
        "padding": 2,
        "view": {"stroke": None},
        "axis": {
            "labelColor": SOFT,
            "labelFontSize": 12,
            "titleColor": SOFT,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "gridColor": LINE,
            "domain": False,
            "ticks": False,
            "labelPadding": 6,
        },
        "text": {"fontSize": 12, "color": INK},
        "title": {"fontSize": 12, "fontWeight": 600, "color": INK, "anchor": "start", "frame": "group", "offset": 8},
    }
    return spec


def inline(rows: Rows) -> alt.InlineData:
    """Rows as they stand in the drawing; a tuple, because Altair copies lists into every layer."""
    return alt.InlineData(values=tuple(rows))


def _tone_scale(tones: dict[str, str]) -> alt.Scale:
    return alt.Scale(domain=list(tones), range=list(tones.values()))


def _fill() -> alt.Fill:
    return alt.Fill("tone:N", scale=_tone_scale(TONES), legend=None)


def _stroke() -> alt.Stroke:
    return alt.Stroke("tone:N", scale=_tone_scale(EDGES), legend=None)


# Rows of bars or dots -------------------------------------------------------------------------------------------


def _rows(marks: Sequence[Mark]) -> Rows:
    return [
        {
            **asdict(m),
            "label": cut_safely(m.label),
            "at": i,
            "reach": m.value if m.high is None else m.high,
        }
        for i, m in enumerate(marks)
    ]


_OF_TWO_UNITS = re.compile("[\U00010000-\U0010ffff]")


def cut_safely(label: str) -> str:
    """A label without the characters (emoji) that the renderer cuts in two, and then fails on, where it shortens it."""
    return _OF_TWO_UNITS.sub("□", label)


def _rows_axis(marks: Sequence[Mark], *, labelled: bool, room: int) -> alt.Y:
    """Rows in their order, by number: two rows may bear the same label."""
    if not labelled:
        return alt.Y("at:O", axis=None)
    names = json.dumps([cut_safely(m.label) for m in marks])
    axis = alt.Axis(title=None, labelExpr=f"{names}[datum.value]", labelLimit=room, labelColor=INK, labelFontSize=13)
    return alt.Y("at:O", axis=axis)


def _room(marks: Sequence[Mark]) -> int:
    """Pixels for the labels left of the rows."""
    return min(max((len(m.label) for m in marks), default=0) * 7 + 16, 340)


def bars(marks: Sequence[Mark], width: int) -> Drawing:
    """Horizontal bars from zero, each with its interval as a thin line and its text at the end.

    Labels stand left of the bars on a wide page and above them on a narrow one.
    """
    aside, room = width > NARROW, _room(marks)
    base = alt.Chart(inline(_rows(marks)))
    y = _rows_axis(marks, labelled=aside, room=room)
    most = max((m.value if m.high is None else max(m.high, m.value) for m in marks), default=1) or 1
    scale = alt.Scale(domain=[0, most * _text_room(marks, width)], nice=False)
    lift = 0 if aside else 9
    bar = base.mark_bar(size=14 if aside else 12, strokeWidth=1, yOffset=lift)
    text = base.mark_text(align="left", dx=7, yOffset=lift)
    layers = [
        bar.encode(y=y, x=alt.X("value:Q", scale=scale, axis=None), fill=_fill(), stroke=_stroke()),
        *_interval_over_bar(base, y, scale, lift),
        text.encode(y=y, x=alt.X("reach:Q", scale=scale, axis=None), text=alt.Text("text:N")),
    ]
    if not aside:
        layers += _label_above(base, y)
    drawing: Drawing = alt.layer(*layers).resolve_scale(stroke="independent")
    return drawing.properties(width=width - (room if aside else 0), height={"step": 28 if aside else 44})


def _interval_over_bar(base: alt.Chart, y: alt.Y, scale: alt.Scale, lift: int) -> list[alt.Chart]:
    """The interval as one thin line: in the page's own colour where it lies on a filled bar, in ink beside it."""
    inside = alt.Stroke("tone:N", scale=_tone_scale(ON_BAR), legend=None)
    rule = base.mark_rule(strokeWidth=1.25, yOffset=lift)
    ink = base.mark_rule(strokeWidth=1.25, yOffset=lift, color=INK)
    return [
        rule.encode(y=y, x=alt.X("low:Q", scale=scale, axis=None), x2=alt.X2("value:Q"), stroke=inside),
        ink.encode(y=y, x=alt.X("value:Q", scale=scale, axis=None), x2=alt.X2("high:Q")),
    ]


def _text_room(marks: Sequence[Mark], width: int) -> float:
    """How much longer than the longest bar the scale is, so that the text at its end fits."""
    longest = max((len(m.text) for m in marks), default=0) * 7.0 + 14
    return 1 / max(1 - longest / max(width, 1) * (1.45 if width > NARROW else 1.0), 0.3)


def _label_above(base: alt.Chart, y: alt.Y, *, limit: int = NARROW) -> list[alt.Chart]:
    """The label over its row, with an edge of paper where it crosses a rule."""
    at: dict[str, Any] = {"align": "left", "fontSize": 13, "yOffset": -9, "limit": limit}
    halo = base.mark_text(**at, stroke=PAPER, strokeWidth=HALO, strokeJoin="round")
    return [mark.encode(y=y, x=alt.XValue(0), text=alt.Text("label:N")) for mark in (halo, base.mark_text(**at))]


def dots(
    marks: Sequence[Mark],
    width: int,
    *,
    reference: float | None = None,
    reference_text: str = "",
    domain: tuple[float, float] = (0, 1),
) -> Drawing:
    """Shares as dots with their interval as a thin line, and a rule at the share they are compared with."""
    aside, room = width > NARROW, _room(marks)
    base = alt.Chart(inline(_rows(marks)))
    y = _rows_axis(marks, labelled=aside, room=room)
    scale = alt.Scale(domain=list(domain), nice=False, clamp=True)
    layers = [] if reference is None else _reference(reference, reference_text, scale)
    layers += _interval_dots(base, y, scale, _ruler(_PERCENT, width), lift=0 if aside else 8)
    if aside:
        layers.append(_text_beside(base, y, width - room))
    else:
        layers += [*_label_above(base, y, limit=width - 120), *_text_right(base, y, width)]
    inner = width - room - _BESIDE if aside else width
    return alt.layer(*layers).properties(width=inner, height={"step": 28 if aside else 46})


def _ruler(labels: str, width: int) -> alt.Axis:
    wide = width > NARROW
    # Beside the words of a wide chart the first and last label have room under their lines; a narrow one ends there.
    ticks, flush = (5, False) if wide else (3, True)
    return alt.Axis(title=None, labelExpr=labels, tickCount=ticks, labelFlush=flush, grid=True, gridDash=[1, 3])


def _interval_dots(base: alt.Chart, y: alt.Y, scale: alt.Scale, axis: alt.Axis, *, lift: int) -> list[alt.Chart]:
    rule = base.mark_rule(strokeWidth=1.5, yOffset=lift)
    point = base.mark_point(size=64, filled=True, strokeWidth=1.5, yOffset=lift, opacity=1)
    low, value = (alt.X(bound, scale=scale, axis=axis) for bound in ("low:Q", "value:Q"))
    return [
        rule.encode(y=y, x=low, x2=alt.X2("high:Q"), stroke=_stroke()),
        point.encode(y=y, x=value, fill=_fill(), stroke=_stroke()),
    ]


_BESIDE = 190
HALO = 8
"""Width of the edge of paper around words that cross a rule: as wide as the gap between two words, so that none shows there."""
_PERCENT = f"format(100 * datum.value, '.0f') + '{fig.NBSP}%'"


def _text_beside(base: alt.Chart, y: alt.Y, width: int) -> alt.Chart:
    mark: alt.Chart = base.mark_text(align="left")
    return mark.encode(y=y, x=alt.XValue(width - _BESIDE + 14), text=alt.Text("text:N"))


def _text_right(base: alt.Chart, y: alt.Y, width: int) -> list[alt.Chart]:
    """The text at the right edge, with an edge of paper where it crosses a rule."""
    halo = base.mark_text(align="right", yOffset=-9, stroke=PAPER, strokeWidth=HALO, strokeJoin="round")
    text = base.mark_text(align="right", yOffset=-9, color=SOFT)
    return [mark.encode(y=y, x=alt.XValue(width), text=alt.Text("text:N")) for mark in (halo, text)]


def _reference(value: float, text: str, scale: alt.Scale) -> list[alt.Chart]:
    base = alt.Chart(inline([{"value": value, "text": text}]))
    x = alt.X("value:Q", scale=scale)
    rule = base.mark_rule(color=SOFT, strokeDash=[3, 3]).encode(x=x)
    label = base.mark_text(color=SOFT, baseline="bottom", dy=-4).encode(x=x, y=alt.YValue(0), text=alt.Text("text:N"))
    return [rule, label] if text else [rule]


# The charts of the report ---------------------------------------------------------------------------------------


def trend(study: Study, paint: Painter) -> Picture | None:
    """Win rate by period with intervals, over the closed deals of each period."""
    periods = study.trend.periods
    if len(periods) < 2:
        return None
    told = [p for p in periods if p.win_rate.value is not None]
    if not told:
        return None
    says = (
        f"Win rate by {study.trend.unit} from {periods[0].label} to {periods[-1].label}: "
        + "; ".join(f"{p.label} {fig.rate(p.win_rate)}" for p in told[-6:])
        + "."
    )
    return paint.picture(lambda width: _trend(study, width), says)


def _trend(study: Study, width: int) -> alt.VConcatChart:
    rows = [_period(p, i) for i, p in enumerate(study.trend.periods)]
    inner = width - 44
    axis = _period_axis(study.trend.periods, inner)
    return alt.vconcat(_rate_panel(rows, study.totals.win_rate, inner), _closed_panel(rows, inner, axis), spacing=14)


def _period(period: PeriodRow, at: int) -> dict[str, Any]:
    rate = period.win_rate
    return {
        "at": at,
        "rate": rate.value,
        "low": rate.low,
        "high": rate.high,
        "won": period.won,
        "closed": period.closed,
        "tone": "accent" if period.ripe else "outline",
    }


def _period_axis(periods: Sequence[PeriodRow], width: int) -> alt.Axis:
    """At most as many labels as fit, the last one always among them."""
    every = max(-(-len(periods) * 78 // max(width, 1)), 1)
    shown = list(range(len(periods)))[::-1][::every][::-1]
    names = [p.label for p in periods]
    expr = f"{json.dumps(names)}[datum.value]"
    return alt.Axis(title=None, values=shown, labelExpr=expr, grid=False, labelOverlap=False, labelAngle=0)


def _at(axis: alt.Axis | None, n: int) -> alt.X:
    return alt.X("at:O", axis=axis, scale=alt.Scale(domain=list(range(n)), paddingInner=0.35, paddingOuter=0.3))


def _rate_panel(rows: Rows, overall: Estimate, width: int) -> Drawing:
    base = alt.Chart(inline([r for r in rows if r["rate"] is not None]))
    top = min(max([r["high"] or r["rate"] for r in rows if r["rate"] is not None and r["closed"] >= 10] or [1]), 1)
    scale = alt.Scale(domain=[0, min(round(top + 0.05, 1), 1)], clamp=True)
    y = alt.Y("rate:Q", scale=scale, axis=alt.Axis(title=None, labelExpr=_PERCENT, tickCount=5))
    x = _at(None, len(rows))
    thin = 1.5 if len(rows) <= 40 else 0.75
    layers: list[alt.Chart] = [
        base.mark_rule(strokeWidth=thin, opacity=0.5, color=ACCENT).encode(
            x=x, y=alt.Y("low:Q", scale=scale), y2=alt.Y2("high:Q")
        ),
        base.mark_line(strokeWidth=1.5, color=ACCENT).encode(x=x, y=y),
        base.mark_point(size=34 if len(rows) <= 40 else 12, filled=True, opacity=1, strokeWidth=1.5).encode(
            x=x, y=y, fill=_fill(), stroke=_stroke()
        ),
    ]
    title = "Win rate, with its 95 % interval"
    if overall.value is not None:
        layers = [_overall(overall.value, scale), *layers]
        title += f"; dashed: all {fig.share(overall.value)}"
    return alt.layer(*layers).properties(width=width, height=190, title=title)


def _overall(value: float, scale: alt.Scale) -> alt.Chart:
    base = alt.Chart(inline([{"value": value}]))
    mark: alt.Chart = base.mark_rule(color=SOFT, strokeDash=[3, 3])
    return mark.encode(y=alt.Y("value:Q", scale=scale))


def _closed_panel(rows: Rows, width: int, axis: alt.Axis) -> Drawing:
    base = alt.Chart(inline(rows))
    x = _at(axis, len(rows))
    most = max(r["closed"] for r in rows) or 1
    scale = alt.Scale(domain=[0, most * 1.25], nice=False)
    y = alt.Axis(title=None, tickCount=2, format=",d")
    layers: list[alt.Chart] = [
        base.mark_bar(color=REST).encode(x=x, y=alt.Y("closed:Q", scale=scale, axis=y)),
        base.mark_bar(color=ACCENT).encode(x=x, y=alt.Y("won:Q", scale=scale)),
    ]
    if width / len(rows) >= 24:
        layers.append(
            base.mark_text(baseline="bottom", dy=-3, fontSize=11, color=SOFT).encode(
                x=x, y=alt.Y("closed:Q", scale=scale), text=alt.Text("closed:Q", format=",d")
            )
        )
    return alt.layer(*layers).properties(width=width, height=84, title="Closed deals; the lower part won")


def month_in_quarter(study: Study, paint: Painter) -> Picture | None:
    """Win rate of the first, second and third months of a quarter."""
    told = [p for p in study.trend.month_in_quarter if p.win_rate.value is not None]
    if not told:
        return None
    marks = [_rate_mark(p.label, p.win_rate) for p in told]
    return paint.picture(
        lambda width: dots(
            marks, width, reference=study.totals.win_rate.value, reference_text="all", domain=_domain(marks)
        ),
        "Win rate by month of the quarter: " + _told(marks),
    )


def _rate_mark(label: str, rate: Estimate, tone: str = "accent") -> Mark:
    return Mark(label=label, value=rate.value or 0.0, low=rate.low, high=rate.high, text=fig.rate(rate), tone=tone)


def _domain(marks: Sequence[Mark]) -> tuple[float, float]:
    top = max((m.value if m.high is None else m.high for m in marks), default=1.0)
    return 0, min(-(-top * 10 // 1) / 10 or 0.1, 1)


def _told(marks: Sequence[Mark]) -> str:
    return "; ".join(f"{m.label} {m.text}" for m in marks) + "."


def cohorts(study: Study, paint: Painter) -> Picture | None:
    """The share of deals closed, by the month of their creation; what is not ripe is outlined."""
    rows = study.trend.cohorts[-24:]
    if len(rows) < 3:
        return None
    says = "Share of deals closed by month of creation: " + "; ".join(
        f"{fig.month(r.start)} {fig.share(r.share_closed)} of {fig.count(r.created)}" for r in rows[-6:]
    )
    return paint.picture(lambda width: _cohorts(rows, width), says + ".")


def _cohorts(rows: Sequence[CohortRow], width: int) -> Drawing:
    values = [
        {"at": i, "share": r.share_closed, "n": fig.count(r.created), "tone": "accent" if r.ripe else "outline"}
        for i, r in enumerate(rows)
    ]
    inner = width - 44
    every = max(-(-len(rows) * 78 // inner), 1)
    shown = list(range(len(rows)))[::-1][::every][::-1]
    names = [f"{r.start:%b %Y}" for r in rows]
    axis = alt.Axis(title=None, values=shown, labelExpr=f"{json.dumps(names)}[datum.value]", grid=False, labelAngle=0)
    base = alt.Chart(inline(values))
    x = _at(axis, len(rows))
    scale = alt.Scale(domain=[0, 1.12], nice=False)
    y = alt.Y("share:Q", scale=scale, axis=alt.Axis(title=None, labelExpr=_PERCENT, values=[0, 0.5, 1]))
    layers = [base.mark_bar(strokeWidth=1).encode(x=x, y=y, fill=_fill(), stroke=_stroke())]
    if inner / len(rows) >= 26:
        # In one row above the rule at 100 %, which would run through the counts of months nearly closed.
        counts = base.mark_text(baseline="bottom", dy=-3, fontSize=11, color=SOFT)
        layers.append(counts.encode(x=x, y=alt.YDatum(1), text=alt.Text("n:N")))
    return alt.layer(*layers).properties(width=inner, height=110)


def reasons(rows: Sequence[ReasonRow], study: Study, paint: Painter, *, by_amount: bool = False) -> Picture | None:
    """Reasons by count, or by amount where amounts are known."""
    marks = [m for r in rows if (m := _reason_mark(r, study.currency, by_amount=by_amount)) is not None]
    if not marks:
        return None
    if by_amount:
        marks.sort(key=lambda m: -m.value)
    what = "amount" if by_amount else "count"
    return paint.picture(lambda width: bars(marks, width), f"Reasons by {what}: {_told(marks)}")


def _reason_mark(row: ReasonRow, currency: str | None, *, by_amount: bool) -> Mark | None:
    part = row.share_by_amount if by_amount else row.share
    size = row.amount_cents if by_amount else row.count
    if part.value is None or size is None:
        return None
    shown = fig.money(row.amount_cents, currency) if by_amount else fig.count(row.count)
    return Mark(
        label=row.label,
        value=part.value,
        low=part.low,
        high=part.high,
        text=f"{shown} · {fig.share(part.value)}",
        tone="rest" if row.code == "other" else "outline" if row.code in wording.UNNAMED else "accent",
    )


def competitors(study: Study, paint: Painter) -> Picture | None:
    """The win rate against each competitor, those met most first; its share of losses where that is withheld.

    With and without one where the data names none.
    """
    unnamed = wording.names_no_competitor(study)
    kinds = ("competitor", "none") if unnamed else ("competitor",)
    met = sorted((c for c in study.competitors if c.kind in kinds), key=lambda c: (kinds.index(c.kind), -c.closed))[:12]
    given = [_rate_mark(c.name, c.win_rate) for c in met if c.win_rate.value is not None]
    if given:
        return paint.picture(
            lambda width: dots(
                given, width, reference=study.totals.win_rate.value, reference_text="all deals", domain=_domain(given)
            ),
            f"Win rate {'with and without a' if unnamed else 'against each'} competitor: {_told(given)}",
        )
    return _losses_to([c for c in met if c.kind == "competitor"], paint)


def _losses_to(met: Sequence[CompetitorRow], paint: Painter) -> Picture | None:
    marks = [_share_mark(c.name, c.share_of_losses) for c in met if c.share_of_losses.value is not None]
    if not marks:
        return None
    return paint.picture(lambda width: bars(marks, width), "Share of all losses, by competitor: " + _told(marks))


def _share_mark(label: str, share: Estimate) -> Mark:
    return Mark(
        label=label,
        value=share.value or 0.0,
        low=share.low,
        high=share.high,
        text=f"{fig.count(share.successes)} · {fig.share(share.value)}",
    )


def stages(rows: Sequence[StageRow], paint: Painter) -> Picture | None:
    """Losses by the deal stage they had reached."""
    marks = [_share_mark(r.deal_stage, r.share) for r in rows if r.share.value is not None]
    if not marks:
        return None
    return paint.picture(lambda width: bars(marks, width), "Losses by deal stage reached: " + _told(marks))
