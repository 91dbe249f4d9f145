"""Numbers as in every sentence of the report, and shares as lines: drawn as shapes, so that no style is written into a page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from winloss.report import figures
from winloss.report.page import place, plainword
from winloss.stats.estimate import Estimate
from winloss.synthesize.study import PeriodRow, Trend
from winloss.web.report.shown import Behind, Numbers, longest

register = template.Library()
for _name in (
    "count",
    "share",
    "points",
    "signed",
    "interval",
    "interval_points",
    "of",
    "rate",
    "day",
    "days",
    "probability",
):
    register.filter(_name, getattr(figures, _name))
register.filter("plainword", plainword)


@register.filter
def iso_day(written: str | None) -> str:
    """A date written 2026-05-31 as a reader's."""
    return figures.day(dt.date.fromisoformat(written[:10])) if written else figures.NONE


register.filter("longest", longest)


@register.filter
def money(cents: int | None, currency: str | None) -> str:
    return figures.money(cents, currency)


@register.simple_tag
def behind(numbers: Numbers, finding: dict[str, Any]) -> Behind | None:
    """The counts of a finding with the addresses of their deals."""
    return numbers.behind(finding)


@register.simple_tag
def issue_to(numbers: Numbers, issue: dict[str, Any]) -> str:
    """The address of the deals that trouble in the data was met in; "" where no page gives exactly these."""
    return numbers.issue_to(issue)


@register.simple_tag
def ratebar(rate: Estimate | dict[str, Any] | None, most: float = 1.0, reference: float | None = None) -> SafeString:
    """A share on a line from zero to `most`: the interval thin, the value a dot, the whole's value a dashed tick."""
    rate = _estimate(rate)
    if rate is None or rate.value is None:
        return SafeString("")
    line = (
        SafeString("")
        if reference is None
        else format_html('<line class="ref" x1="{0}" x2="{0}" y1="1" y2="15"/>', place(reference, most))
    )
    span = (
        SafeString("")
        if rate.low is None or rate.high is None
        else format_html(
            '<line class="span" x1="{}" x2="{}" y1="8" y2="8"/>', place(rate.low, most), place(rate.high, most)
        )
    )
    return format_html(
        '<svg class="ratebar" role="img" aria-label="{}"><line class="axis" x1="0" x2="100%" y1="8" y2="8"/>{}{}'
        '<circle cx="{}" cy="8" r="4"/></svg>',
        _said(rate), line, span, place(rate.value, most),
    )  # fmt: skip


@register.simple_tag
def sharebar(rate: Estimate | None, most: float = 1.0, kind: str = "lost") -> SafeString:
    """A share as a bar from zero to `most`, its interval a thin line."""
    if rate is None or rate.value is None:
        return SafeString("")
    span = (
        SafeString("")
        if rate.low is None or rate.high is None
        else format_html(
            '<line class="span" x1="{}" x2="{}" y1="9" y2="9"/>', place(rate.low, most), place(rate.high, most)
        )
    )
    return format_html(
        '<svg class="sharebar {}" role="img" aria-label="{}"><rect x="0" y="3" height="12" width="{}"/>{}</svg>',
        kind, _said(rate), place(rate.value, most), span,
    )  # fmt: skip


def _estimate(rate: Estimate | dict[str, Any] | None) -> Estimate | None:
    """An estimate, also from the JSON of a report."""
    if not isinstance(rate, dict):
        return rate
    names = ("value", "low", "high", "n", "successes", "method", "why")
    return Estimate(**{name: rate[name] for name in names if name in rate})


def _said(rate: Estimate) -> str:
    bounds = figures.interval(rate)
    return f"{figures.of(rate)}: {figures.share(rate.value)}" + (f", 95 % interval {bounds}" if bounds else "")


SHAPES = (("wide", 1000, 230, 36, 12), ("narrow", 420, 230, 12, 6))
"""Of wide screens and of phones: width, height, periods at most, labels at most."""
LEFT, RIGHT, TOP, BOTTOM = 44, 20, 10, 26
STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25)
"""Shares from one line of the axis to the next."""


@register.simple_tag
def trendchart(trend: Trend, whole: float | None = None) -> SafeString:
    """Win rate by period of closing: a dot each, its interval a thin line; hollow where the period is not ripe.

    Drawn twice, for wide screens and for phones; the style sheet shows one of them.
    """
    rated = [i for i, one in enumerate(trend.periods) if one.win_rate.value is not None]
    if len(rated) < 2:
        return SafeString("")
    told = trend.periods[rated[0] : rated[-1] + 1]  # those without a deal keep their room
    return format_html_join("", "{}", ((_Chart(*shape, told, whole).drawn(trend, whole),) for shape in SHAPES))


class _Chart:
    """One shape of the chart."""

    def __init__(
        self, name: str, wide: int, high: int, most: int, labels: int, told: Sequence[PeriodRow], whole: float | None
    ) -> None:
        self.name, self.wide, self.high, self.labels = name, wide, high, labels
        self.shown = told[-most:]
        counted = [one.win_rate.high or 0.0 for one in self.shown if one.closed >= FEW] or [1.0]
        # A dot is never past the end of its axis; intervals of few deals may be.
        self.most = min(1.0, 1.05 * max(*counted, whole or 0.0, *(one.win_rate.value or 0.0 for one in self.shown)))
        step = (wide - LEFT - RIGHT) / len(self.shown)
        self.xs = [LEFT + step * (i + 0.5) for i in range(len(self.shown))]

    def drawn(self, trend: Trend, whole: float | None) -> SafeString:
        return format_html(
            '<svg class="trend {}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}{}</svg>',
            self.name, self.wide, self.high, self._said(trend), self._axis(), self._whole(whole),
            format_html_join("", "{}", ((self._dot(x, one),) for x, one in self._rated())),
            self._labels(),
        )  # fmt: skip

    def _rated(self) -> Iterator[tuple[float, PeriodRow]]:
        rows = zip(self.xs, self.shown, strict=True)
        return ((x, one) for x, one in rows if one.win_rate.value is not None)

    def _y(self, share: float) -> str:
        return f"{TOP + (self.high - TOP - BOTTOM) * (1 - min(max(share / self.most, 0.0), 1.0)):.1f}"

    def _whole(self, whole: float | None) -> SafeString:
        if whole is None:
            return SafeString("")
        line = '<line class="ref" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        return format_html(line, LEFT, self.wide, self._y(whole), self._y(whole))

    def _axis(self) -> SafeString:
        step = next(step for step in STEPS if self.most / step <= 5)
        ticks = [step * i for i in range(int(self.most / step + 1e-9) + 1)]
        return format_html_join(
            "",
            '<line class="axis" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="tick" x="{}" y="{}">{}</text>',
            (
                (LEFT, self.wide, self._y(t), self._y(t), LEFT - 6, self._y(t), f"{round(100 * t, 1):g} %")
                for t in ticks
            ),
        )

    def _dot(self, x: float, one: PeriodRow) -> SafeString:
        rate, note = one.win_rate, f" ({one.why_unripe})" if one.why_unripe else ""
        said = f"{one.label}: {one.won:,} of {one.closed:,} closed deals won, {figures.share(rate.value)}{note}"
        return format_html(
            '<g class="period{}"><title>{}</title><line class="span" x1="{}" x2="{}" y1="{}" y2="{}"/>'
            '<circle cx="{}" cy="{}" r="4"/></g>',
            "" if one.ripe else " unripe", said, f"{x:.1f}", f"{x:.1f}", self._y(rate.low or 0.0),
            self._y(rate.high or 0.0), f"{x:.1f}", self._y(rate.value or 0.0),
        )  # fmt: skip

    def _labels(self) -> SafeString:
        every, last = -(-len(self.shown) // self.labels), len(self.shown) - 1
        chosen = [
            (x, one.label)
            for i, (x, one) in enumerate(zip(self.xs, self.shown, strict=True))
            if (last - i) % every == 0
        ]
        line = '<text class="label" x="{}" y="{}">{}</text>'
        return format_html_join("", line, ((f"{x:.1f}", self.high - 6, told) for x, told in chosen))

    def _said(self, trend: Trend) -> str:
        rated = [one for _, one in self._rated()]
        first, last = (rated[0], rated[-1]) if rated else (self.shown[0], self.shown[-1])
        return (
            f"Win rate by {trend.unit}: {figures.share(first.win_rate.value)} in {first.label}, "
            f"{figures.share(last.win_rate.value)} in {last.label}."
        )


FEW = 10
"""Periods of fewer deals do not stretch the scale."""
