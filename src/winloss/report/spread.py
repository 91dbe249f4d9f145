"""How far segments stand from the rest: a dot with its interval each, sorted, the larger the more deals.

Blue is above the rest, brown below; what is short of established is outlined. Beside it stands what it covers.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import altair as alt

from winloss.report import charts, patterns, searched, wording
from winloss.report import figures as fig
from winloss.report.charts import ACCENT, BELOW, INK, LINE, NARROW, PAPER, SOFT, WIDE, Drawing, Painter, Picture
from winloss.stats.estimate import Estimate
from winloss.synthesize.exploration import Exploration
from winloss.synthesize.finding import Finding, Status
from winloss.synthesize.study import Study

MOST = 24
"""Segments in one picture, those with most at stake; all are told elsewhere."""
_LABELS, _BESIDE = 300, 184
"""Pixels for the words left and right of the dots on a wide page."""
_LETTERS, _LETTERS_NARROW = 46, 44
_ALSO = 38
"""Letters of a segment that is named as an echo."""
_SMALLEST, _LARGEST = 36, 280
"""Area of a dot, in square pixels."""
_POINTS = "abs(datum.value) < 1e-9 ? 'the rest' : format(100 * datum.value, '+.0f')"


SAID = "Differences from the rest in percentage points; the larger the dot, the more deals; outlined: early signal."


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One row: what it is, how far it stands from the rest (−1 to 1), how many deals it is, and what it stands for."""

    label: str
    gap: Estimate
    n: int
    text: str
    also: str = ""
    early: bool = False

    @property
    def tone(self) -> str:
        return "above" if (self.gap.value or 0.0) > 0 else "below"


def of_study(study: Study, paint: Painter) -> Picture | None:
    """Every pattern of a report that is a difference of two shares."""
    names = wording.labels(study)
    shown = [f for f in patterns.shown(study) if _is_points(f)][:MOST]
    return _picture([_spot(f, wording.short(f, study, names), names, study.currency) for f in shown], paint)


def of_search(found: Exploration, paint: Painter) -> Picture | None:
    """Every segment that a search lists."""
    return _picture(_spots(found), paint)


def picture_file(found: Exploration, ending: str) -> str | bytes:
    """The wide drawing as a file of its own, SVG text or PNG, in the colours of the light page."""
    spots = _spots(found)
    title = [searched.headline(found), *([searched.counted(found)] if found.whole.given else [])]
    title += [SAID] if spots else []
    drawing = _drawing(spots, WIDE) if spots else _nothing(found)
    named = drawing.properties(
        title=alt.Title(
            title[0],
            subtitle=title[1:],
            subtitleColor=SOFT,
            subtitleFontSize=12,
            frame="bounds",
            fontSize=15,
            offset=18,
        )
    )
    return charts.standalone(named, ending)


def _spots(found: Exploration) -> list[Spot]:
    names = searched.labels(found)
    shown = [one.finding for one in found.found][:MOST]
    return [_spot(f, wording.segment(f.segment, names, found.currency), names, found.currency) for f in shown]


def _spot(finding: Finding, label: str, names: dict[str, str], currency: str | None) -> Spot:
    there = finding.comparison
    against = "" if there is None else f" against {fig.share(there.value)}"
    return Spot(
        label=label,
        gap=finding.difference or Estimate.refused(""),
        n=finding.covers or finding.here.n,
        text=f"{fig.share(finding.here.value)}{against}",
        also=_also(finding, names, currency),
        early=finding.status is not Status.ESTABLISHED,
    )


def _also(finding: Finding, names: dict[str, str], currency: str | None) -> str:
    """The strongest of what it stands for, cut where it is long, and how many more there are."""
    written = [one for one in finding.absorbed if one]
    if not written:
        return ""
    named = textwrap.shorten(wording.segment(written[0], names, currency), _ALSO, placeholder=" …")
    more = len(written) - 1
    return f"also: {named}" + (f"; {fig.count(more)} more" if more else "")


def _is_points(finding: Finding) -> bool:
    return finding.difference is not None and finding.difference.value is not None and "days" not in finding.measure


def _picture(spots: Sequence[Spot], paint: Painter) -> Picture | None:
    if not spots:
        return None
    told = "; ".join(
        f"{s.label} {fig.points(s.gap.value)}, {s.text}, {fig.plural(s.n, 'deal')}" for s in _sorted(spots)
    )
    return paint.picture(lambda width: _drawing(spots, width), f"Difference of each segment from the rest: {told}.")


def _sorted(spots: Sequence[Spot]) -> list[Spot]:
    return sorted(spots, key=lambda s: -(s.gap.value or 0.0))


def _nothing(found: Exploration) -> alt.Chart:
    lines = textwrap.wrap(found.power, 100)
    base = alt.Chart(charts.inline([{"text": "\n".join(lines)}]))
    mark: alt.Chart = base.mark_text(align="left", baseline="top", color=SOFT, lineBreak="\n")
    return mark.encode(x=alt.XValue(0), y=alt.YValue(0), text=alt.Text("text:N")).properties(
        width=WIDE, height=18 * len(lines) or 18
    )


def _drawing(spots: Sequence[Spot], width: int) -> Drawing:
    aside = width > NARROW
    rows = [_row(i, spot, spots, aside=aside) for i, spot in enumerate(_sorted(spots))]
    inner = width - _LABELS - _BESIDE if aside else width
    base = alt.Chart(charts.inline(rows))
    y = alt.Y("at:O", axis=None)
    lift = 0 if aside else 4
    layers = [_zero(), *_dots(base, y, _scale(spots), lift, ticks=5 if aside else 3)]
    layers += _words(base, y, inner, aside=aside)
    return alt.layer(*layers).properties(width=inner, height={"step": 50 if aside else 82})


def _row(i: int, spot: Spot, spots: Sequence[Spot], *, aside: bool) -> dict[str, object]:
    most = max(one.n for one in spots) or 1
    lines = textwrap.wrap(charts.cut_safely(spot.label), _LETTERS if aside else _LETTERS_NARROW)
    label = [*lines[:1], textwrap.shorten(" ".join(lines[1:]), _LETTERS, placeholder=" …")] if lines[1:] else lines
    return {
        "at": i,
        "label": label[0] if label else "",
        "second": label[1] if len(label) > 1 else "",
        "two": len(label) > 1,
        "also": charts.cut_safely(spot.also),
        "value": spot.gap.value,
        "low": spot.gap.low,
        "high": spot.gap.high,
        "size": max(_LARGEST * spot.n / most, _SMALLEST),
        "tone": spot.tone,
        "fill": "early" if spot.early else spot.tone,
        "text": spot.text,
        "n": fig.plural(spot.n, "deal") + (", early signal" if spot.early else ""),
    }


def _scale(spots: Sequence[Spot]) -> alt.Scale:
    reach = searched.reach([spot.gap for spot in spots])
    edge = max(math.ceil(round(reach * 20, 9)) / 20, 0.05)
    return alt.Scale(domain=[-edge, edge], nice=False, clamp=True)


def _zero() -> alt.Chart:
    mark: alt.Chart = alt.Chart(charts.inline([{"value": 0}])).mark_rule(color=SOFT, strokeWidth=1)
    return mark.encode(x=alt.X("value:Q"))


def _dots(base: alt.Chart, y: alt.Y, scale: alt.Scale, lift: int, *, ticks: int) -> list[alt.Chart]:
    axis = alt.Axis(title=None, labelExpr=_POINTS, tickCount=ticks, grid=True, gridDash=[1, 3], gridColor=LINE)
    low, value = (alt.X(bound, scale=scale, axis=axis) for bound in ("low:Q", "value:Q"))
    tones = alt.Scale(domain=["above", "below", "early"], range=[ACCENT, BELOW, PAPER])
    stroke, fill = alt.Stroke("tone:N", scale=tones, legend=None), alt.Fill("fill:N", scale=tones, legend=None)
    rule = base.mark_rule(strokeWidth=2, yOffset=lift).encode(y=y, x=low, x2=alt.X2("high:Q"), stroke=stroke)
    dot = base.mark_point(filled=True, opacity=1, strokeWidth=1.75, yOffset=lift)
    size = alt.Size("size:Q", scale=None, legend=None)
    return [rule, dot.encode(y=y, x=value, fill=fill, stroke=stroke, size=size)]


def _words(base: alt.Chart, y: alt.Y, inner: int, *, aside: bool) -> list[alt.Chart]:
    """What each row is and stands for, left of the dots or above them; its shares and deals, right of them or below."""
    one, two = base.transform_filter("!datum.two"), base.transform_filter("datum.two")
    if not aside:
        lower = [*_on_rules(base, "text", 22, y, soft=True), *_on_rules(base, "n", 22, y, soft=True, x=inner)]
        upper = [(one, "label", -16), (two, "label", -31), (two, "second", -16)]
        return [*(word for rows, name, dy in upper for word in _on_rules(rows, name, dy, y)), *lower]
    alone, both = one.transform_filter("!datum.also"), one.transform_filter("datum.also")
    left = [(alone, "label", 0), (both, "label", -8), (two, "label", -16), (two, "second", 0)]
    also = [(both, 8), (two, 15)]
    return [
        *(_word(rows, name, -_LABELS, dy, y) for rows, name, dy in left),
        *(_word(rows, "also", -_LABELS, dy, y, soft=True) for rows, dy in also),
        _word(base, "text", inner + 16, -8, y),
        _word(base, "n", inner + 16, 8, y, soft=True),
    ]


def _word(
    rows: alt.Chart,
    name: str,
    x: int,
    dy: int,
    y: alt.Y,
    *,
    soft: bool = False,
    align: Literal["left", "right"] = "left",
) -> alt.Chart:
    ink, size = (SOFT, 11) if soft else (INK, 13)
    mark: alt.Chart = rows.mark_text(align=align, yOffset=dy, color=ink, fontSize=size)
    return mark.encode(y=y, x=alt.XValue(x), text=alt.Text(f"{name}:N"))


def _on_rules(rows: alt.Chart, name: str, dy: int, y: alt.Y, *, soft: bool = False, x: int = 0) -> list[alt.Chart]:
    """Words with an edge of paper where they cross a rule; those that do not begin at the left end at `x`."""
    align: Literal["left", "right"] = "right" if x else "left"
    size = 11 if soft else 13
    halo = rows.mark_text(align=align, yOffset=dy, fontSize=size, stroke=PAPER, strokeWidth=4, strokeJoin="round")
    edge: alt.Chart = halo.encode(y=y, x=alt.XValue(x), text=alt.Text(f"{name}:N"))
    return [edge, _word(rows, name, x, dy, y, soft=soft, align=align)]
