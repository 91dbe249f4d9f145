"""The picture of an action: what became of its segment, month by month, against how it stood before.

Dots are 30 days each, how far the segment stood from what it is compared with, less how far it stood before; lines are
95 % intervals, clipped at the edge. Right of them the effect over the whole window, and what other segments did in such a time.
Blue is better, brown is worse; what is no verdict is outlined.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from winloss.act.measurement import Bin, Measurement, Span, Verdict
from winloss.report import acted_words as words
from winloss.report import charts
from winloss.report import figures as fig
from winloss.report.acted_words import Names
from winloss.report.charts import ACCENT, BELOW, INK, LINE, PAPER, REST, SOFT, WIDE, Drawing
from winloss.stats.estimate import Estimate

HEIGHT = 280
_LETTERS, _LETTERS_BELOW = 90, 134
"""Letters of a line of the heading, and of what stands under it."""
_LINES = 3
_EFFECT, _OTHERS, _END = 0.06, 0.23, 0.28
"""Where the whole effect, the others and the right edge stand, beyond the last day, as a share of the days shown."""
_LEAST_EDGE, _MOST_EDGE = 0.05, 1.0
_ROOM = 1.12
_CLIPPED = 1.5
"""Intervals make the picture this much higher at most, and are clipped beyond."""
_N_ROOM = 17
"""Pixels that a number of deals needs under its dot."""
_TONES = {"better": ACCENT, "worse": BELOW, "same": INK, "quiet": REST, "early": SOFT}
SAID = (
    "Dots: 30 days each; lines: 95 % intervals; numbers: deals. Outlined: no verdict, or not counted. "
    "Dashed: the smallest effect seen four times in five, as told before it began."
)


def picture_file(told: Measurement, ending: str, *, names: Names) -> str | bytes:
    """The picture as a file of its own, SVG text or PNG, in the colours of the light page.

    Parameters
    ----------
    told
        The measurement.
    ending
        ".svg" or ".png".
    names
        What a reader sees for fields and reasons.
    """
    title, *more = _wrapped(words.heading(told, names), _LETTERS)
    below = [line for sentence in _said(told) for line in _wrapped(sentence, _LETTERS_BELOW)]
    drawing = _drawing(told, WIDE) if told.bins else _nothing()
    named = drawing.properties(
        title=alt.Title(
            [title, *more],
            subtitle=[*below, *_wrapped(SAID, _LETTERS_BELOW)] if told.bins else below,
            subtitleColor=SOFT,
            subtitleFontSize=12,
            subtitlePadding=6,
            frame="bounds",
            fontSize=16,
            offset=34,
        )
    )
    return charts.standalone(named, ending)


def _said(told: Measurement) -> list[str]:
    lines = [told.action.do, words.window(told), words.counted(told)]
    if told.verdict is None:
        lines.append(told.why)
    elif told.verdict is Verdict.NO_CHANGE:
        lines.append(words.ruled_out(told))
    elif told.verdict is Verdict.TOO_FEW:
        lines.append(words.could_show(told))
    return [line for line in (*lines, words.follows(told)) if line]


def _wrapped(text: str, letters: int) -> list[str]:
    lines = textwrap.wrap(charts.cut_safely(text), letters, max_lines=_LINES, placeholder=" …")
    return lines or [""]


def _nothing() -> alt.Chart:
    base = alt.Chart(charts.inline([{"text": "There is nothing to draw yet."}]))
    mark: alt.Chart = base.mark_text(align="left", baseline="top", color=SOFT)
    return mark.encode(x=alt.XValue(0), y=alt.YValue(0), text=alt.Text("text:N")).properties(width=WIDE, height=18)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where days and effects stand: x in days from the first, y from −edge to edge."""

    told: Measurement
    first: dt.date
    days: int
    edge: float
    width: int

    @classmethod
    def of(cls, told: Measurement, width: int) -> _Frame:
        first = min(one.span.first for one in told.bins)
        last = max(*(one.span.last for one in told.bins), told.window.last)
        return cls(told, first, (last - first).days + 1, _edge(told), width)

    def at(self, day: dt.date) -> float:
        """Days from the first, inside the frame."""
        return float(min(max((day - self.first).days, 0), self.days))

    def beyond(self, share: float) -> float:
        return self.days * (1 + share)

    @property
    def per_day(self) -> float:
        """Pixels."""
        return self.width / self.beyond(_END)

    def x(self, name: str = "at") -> alt.X:
        scale = alt.Scale(domain=[0, self.beyond(_END)], nice=False, clamp=True)
        return alt.X(f"{name}:Q", scale=scale, axis=_months(self))

    def y(self, name: str = "value") -> alt.Y:
        scale = alt.Scale(domain=[-self.edge, self.edge], nice=False, clamp=True)
        return alt.Y(f"{name}:Q", scale=scale, axis=_effects(self))


def _edge(told: Measurement) -> float:
    """How far the picture reaches either way: all values and the whole effect with its interval are in it."""
    effect = told.effect
    reach = [abs(one.value.value) for one in told.bins if one.value.value is not None]
    reach += [abs(end) for end in (effect.value, effect.low, effect.high) if end is not None]
    shown = max([*reach, _LEAST_EDGE])
    if told.plan.detectable is not None and told.plan.detectable < 2 * shown:
        shown = max(shown, told.plan.detectable)
    ends = [abs(end) for one in told.bins for end in (one.value.low, one.value.high) if end is not None]
    shown = max(shown, min(max(ends, default=0.0), _CLIPPED * shown))
    return min(math.ceil(round(shown * _ROOM * 20, 9)) / 20, _MOST_EDGE)


def _drawing(told: Measurement, width: int) -> Drawing:
    frame = _Frame.of(told, width - 60)
    layers = [
        *_spans(frame),
        *_lines(frame),
        *_could_show(frame),
        *_bins(frame),
        *_others(frame),
        *_effect(frame),
    ]
    return alt.layer(*layers).properties(width=frame.width, height=HEIGHT)


# --- what lies behind -----------------------------------------------------------------------------------------------


def _spans(frame: _Frame) -> list[alt.Chart]:
    """The window, and the days that were kept out, each with its label above the frame."""
    told = frame.told
    window = f"window {fig.span(told.window.first, told.window.last)}"
    layers = _span(frame, told.window, window, ACCENT, 0.08)
    layers += _held_against(frame)
    if (found := words.found_kept_out(told)) is not None:
        layers += _span(frame, found, "not counted: found here", REST, 0.25, right=True)
    if told.ramp is not None:
        layers += _span(frame, told.ramp, "not counted: deals that met it half way", REST, 0.25, lift=16)
    return layers


def _held_against(frame: _Frame) -> list[alt.Chart]:
    """Where the days begin that count as before."""
    spans = frame.told.baseline
    if not spans:
        return []
    base = alt.Chart(charts.inline([{"at": frame.at(spans[0].first), "label": "held against"}]))
    text = base.mark_text(align="left", baseline="bottom", dx=3, dy=-21, fontSize=11, color=SOFT)
    low = [{"low": frame.at(one.first), "high": frame.at(one.last + dt.timedelta(days=1))} for one in spans]
    rule = alt.Chart(charts.inline(list(low))).mark_rule(color=SOFT, strokeWidth=1.5, yOffset=-18)
    return [
        text.encode(x=frame.x(), y=alt.YValue(0), text=alt.Text("label:N")),
        rule.encode(x=frame.x("low"), x2=alt.X2("high:Q"), y=alt.YValue(0)),
    ]


def _span(
    frame: _Frame, span: Span, label: str, colour: str, opacity: float, *, right: bool = False, lift: int = 0
) -> list[alt.Chart]:
    low, high = frame.at(span.first), frame.at(span.last + dt.timedelta(days=1))
    if high <= low:
        return []
    base = alt.Chart(charts.inline([{"low": low, "high": high, "label": label}]))
    rect = base.mark_rect(color=colour, opacity=opacity).encode(
        x=frame.x("low"), x2=alt.X2("high:Q"), y=alt.YValue(0), y2=alt.Y2Value(HEIGHT)
    )
    # The label of what comes before the window ends where its span ends, so that the two never meet.
    text = base.mark_text(
        align="right" if right else "left",
        baseline="bottom",
        dx=-3 if right else 3,
        dy=-5 - lift,
        fontSize=11,
        color=SOFT if colour == REST else INK,
    )
    return [rect, text.encode(x=frame.x("high" if right else "low"), y=alt.YValue(0), text=alt.Text("label:N"))]


def _lines(frame: _Frame) -> list[alt.Chart]:
    """As before, with the axes; and the start."""
    zero = alt.Chart(charts.inline([{"value": 0, "low": 0, "high": frame.beyond(_END)}]))
    start = alt.Chart(charts.inline([{"at": frame.at(frame.told.window.first)}]))
    rule = zero.mark_rule(color=SOFT, strokeWidth=1)
    return [
        rule.encode(x=frame.x("low"), x2=alt.X2("high:Q"), y=frame.y()),
        start.mark_rule(color=INK, strokeWidth=1.25).encode(x=frame.x(), y=alt.YValue(0), y2=alt.Y2Value(HEIGHT)),
    ]


def _months(frame: _Frame) -> alt.Axis:
    last = frame.first + dt.timedelta(days=frame.days)
    months = [
        day for year in range(frame.first.year, last.year + 1) for day in (dt.date(year, m, 1) for m in range(1, 13))
    ]
    months = [day for day in months if frame.first <= day <= last]
    every = next((k for k in (1, 2, 3, 6, 12, 24) if k * 30.4 * frame.per_day >= 62), 24)
    shown = [day for day in months if (day.month - 1 + 12 * (day.year % 2)) % every == 0]
    names = {str((day - frame.first).days): fig.month(day) for day in shown}
    expr = f"{json.dumps(names)}[toString(datum.value)]"
    values = [(day - frame.first).days for day in shown]
    return alt.Axis(title=None, values=values, labelExpr=expr, grid=False, labelOverlap=False, labelPadding=24)


def _effects(frame: _Frame) -> alt.Axis:
    unit = "" if frame.told.action.measure.is_share else f" + '{fig.NBSP}%'"
    told = f"replace(format(100 * datum.value, '+.0f'), '-', '{fig.MINUS}'){unit}"
    expr = f"abs(datum.value) < 1e-9 ? 'as before' : {told}"
    return alt.Axis(title=None, labelExpr=expr, tickCount=5, grid=True, gridDash=[1, 3], gridColor=LINE)


def _could_show(frame: _Frame) -> list[alt.Chart]:
    """The smallest effect that the window could show, either way, where it fits in."""
    size = frame.told.plan.detectable
    if size is None or size > frame.edge:
        return []
    low, effect = frame.at(frame.told.window.first), frame.told.effect.value or 0.0
    # The words stand on the side where nothing was seen.
    ways = (1, -1) if effect < 0 else (-1, 1)
    rows = [{"value": way * size, "low": low, "high": frame.beyond(_EFFECT + 0.02)} for way in ways]
    rule = alt.Chart(charts.inline(list(rows))).mark_rule(color=SOFT, strokeDash=[5, 4], strokeWidth=1)
    label = f"could show ±{words.size(size, frame.told.action.measure)}"
    return [
        rule.encode(x=frame.x("low"), x2=alt.X2("high:Q"), y=frame.y()),
        *_haloed(frame, {**rows[0], "label": label}, "low", dx=4, dy=-11 * ways[0], align="left"),
    ]


# --- what was measured ----------------------------------------------------------------------------------------------


def _tone(told: Measurement) -> str:
    if told.verdict in {Verdict.IMPROVED, Verdict.WORSENED}:
        return "better" if told.verdict is Verdict.IMPROVED else "worse"
    return "same" if told.verdict is Verdict.NO_CHANGE else "early"


def _bins(frame: _Frame) -> list[alt.Chart]:
    rows = [_bin(frame, one) for one in frame.told.bins if one.value.value is not None]
    return [*_dots(frame, rows, size=52, stroke=1.75), *_counts(frame)]


def _bin(frame: _Frame, one: Bin) -> dict[str, Any]:
    tone = _tone(frame.told) if one.phase == "window" else "quiet"
    outlined = tone == "early" or one.phase not in {"window", "baseline"}
    return _row(
        frame.at(one.span.first) + (one.span.last - one.span.first).days / 2, one.value, tone, outlined=outlined
    )


def _row(at: float, value: Estimate, tone: str, *, outlined: bool) -> dict[str, Any]:
    low, high = (value.value if end is None else end for end in (value.low, value.high))
    return {
        "at": at,
        "value": value.value,
        "low": low,
        "high": high,
        "tone": tone,
        "fill": "paper" if outlined else tone,
    }


def _dots(frame: _Frame, rows: list[dict[str, Any]], *, size: int, stroke: float) -> list[alt.Chart]:
    base = alt.Chart(charts.inline(rows))
    tones = alt.Scale(domain=[*_TONES, "paper"], range=[*_TONES.values(), PAPER])
    edge, fill = alt.Stroke("tone:N", scale=tones, legend=None), alt.Fill("fill:N", scale=tones, legend=None)
    rule = base.mark_rule(strokeWidth=stroke)
    dot = base.mark_point(filled=True, opacity=1, size=size, strokeWidth=1.75)
    return [
        rule.encode(x=frame.x(), y=frame.y("low"), y2=alt.Y2("high:Q"), stroke=edge),
        dot.encode(x=frame.x(), y=frame.y(), stroke=edge, fill=fill),
    ]


def _counts(frame: _Frame) -> list[alt.Chart]:
    """How many deals each dot is, where there is room."""
    bins = frame.told.bins
    longest = max(len(fig.count(one.n)) for one in bins)
    days = max((bins[0].span.last - bins[0].span.first).days + 1, 1)
    every = max(math.ceil(max(_N_ROOM, 7 * longest) / (days * frame.per_day)), 1)
    rows = [
        {"at": frame.at(one.span.first) + (one.span.last - one.span.first).days / 2, "n": fig.count(one.n)}
        for one in bins[::-1][::every]
    ]
    text = alt.Chart(charts.inline(list(rows))).mark_text(baseline="top", fontSize=10, color=SOFT, dy=6)
    return [text.encode(x=frame.x(), y=alt.YValue(HEIGHT), text=alt.Text("n:N"))]


def _effect(frame: _Frame) -> list[alt.Chart]:
    """The effect over the whole window, right of the days."""
    told, at = frame.told, frame.beyond(_EFFECT)
    if told.effect.value is None:
        return []
    tone = _tone(told)
    row = _row(at, told.effect, tone, outlined=tone == "early")
    size = words.signed(told.effect.value, told.action.measure)
    return [
        *_dots(frame, [row], size=150, stroke=3),
        *_haloed(
            frame, {"at": at, "value": told.effect.value, "label": size}, "at", dx=12, dy=0, align="left", bold=True
        ),
        *_foot(frame, at, ["whole", "window"]),
    ]


def _others(frame: _Frame) -> list[alt.Chart]:
    """What pretended actions on other segments and times came to: a quiet strip of ticks."""
    effects = frame.told.placebos.effects
    if not effects:
        return []
    half = frame.days * 0.02
    at = frame.beyond(_OTHERS)
    rows = [{"low": at - half, "high": at + half, "value": value} for value in effects if abs(value) <= frame.edge]
    ticks = alt.Chart(charts.inline(list(rows))).mark_rule(color=SOFT, opacity=0.25, strokeWidth=1)
    said = ["what others", "did in such", "a time"]
    return [ticks.encode(x=frame.x("low"), x2=alt.X2("high:Q"), y=frame.y()), *_foot(frame, at, said)]


def _foot(frame: _Frame, at: float, lines: Sequence[str]) -> list[alt.Chart]:
    base = alt.Chart(charts.inline([{"at": at, "text": "\n".join(lines)}]))
    text = base.mark_text(baseline="top", fontSize=11, color=SOFT, dy=6, lineBreak="\n", lineHeight=13)
    return [text.encode(x=frame.x(), y=alt.YValue(HEIGHT), text=alt.Text("text:N"))]


def _haloed(
    frame: _Frame, row: dict[str, Any], x: str, *, dx: int, dy: int, align: str, bold: bool = False
) -> list[alt.Chart]:
    """A word with an edge of paper where it crosses a line."""
    base = alt.Chart(charts.inline([row]))
    look: dict[str, Any] = {"align": align, "dx": dx, "dy": dy, "fontSize": 13 if bold else 11}
    look |= {"fontWeight": 600} if bold else {}
    halo = base.mark_text(**look, stroke=PAPER, strokeWidth=4, strokeJoin="round", color=PAPER)
    word = base.mark_text(**look, color=INK if bold else SOFT)
    return [mark.encode(x=frame.x(x), y=frame.y(), text=alt.Text("label:N")) for mark in (halo, word)]
