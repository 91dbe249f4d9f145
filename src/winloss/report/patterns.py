"""Which patterns a reader sees, and in which order: what may be owed to something else comes last."""

from __future__ import annotations

from collections.abc import Iterable

from winloss.report import figures as fig
from winloss.synthesize.claims import in_sentence
from winloss.synthesize.finding import Finding, Status, Survival
from winloss.synthesize.ranking import better, stands
from winloss.synthesize.study import Study

SHOWN = 10
"""So many established patterns are shown whole, the others in a line each."""
_STATUS = (Status.ESTABLISHED, Status.EARLY_SIGNAL, Status.NOT_SUPPORTED, None)


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """As the study orders them, but that inside each status those come last whose difference vanishes or turns round."""
    return tuple(sorted(findings, key=lambda f: (_STATUS.index(f.status), not stands(f))))


def established(study: Study) -> tuple[Finding, ...]:
    """What is established."""
    return tuple(f for f in ordered(study.findings) if f.status is Status.ESTABLISHED)


def early_signals(study: Study) -> tuple[Finding, ...]:
    """Findings short of established."""
    return tuple(f for f in ordered(study.findings) if f.status is Status.EARLY_SIGNAL)


def shown(study: Study) -> tuple[Finding, ...]:
    """The established ones, then the early signals."""
    return (*established(study), *early_signals(study))


def owed(finding: Finding) -> str:
    """What the whole difference may be owed to: "may be owed to client"; "" where it stands."""
    if stands(finding) or finding.confounder is None:
        return ""
    return f"may be owed to {in_sentence(finding.confounder.label)}"


def last(study: Study) -> str:
    """Why some patterns come last; "" where all stand."""
    fallen = [f for f in shown(study) if not stands(f)]
    if not fallen:
        return ""
    turned = sum(f.confounder is not None and f.confounder.survival is Survival.REVERSES for f in fallen)
    ends = ["nothing firm is left of the difference"] if len(fallen) > turned else []
    ends += ["the difference turns round"] if turned else []
    which = "One comes" if len(fallen) == 1 else f"{fig.count(len(fallen))} come"
    return (
        f"{which} after the others, and not on the first page: compared only where the strongest competing explanation "
        f"is equal, {' or '.join(ends)}."
    )


def of_first_page(study: Study, *, won: bool) -> Finding | None:
    """The one win or loss pattern of the first page: the study's choice, else the established one with most at stake.

    The study chooses an early signal where nothing is established; `title_of_first_page` says which it is.

    Never one whose difference vanishes or turns round inside its strongest competing explanation.
    """
    chosen = study.win_pattern if won else study.loss_pattern
    for finding in study.findings:
        if chosen and finding.id == chosen and stands(finding):
            return finding
    fitting = [f for f in _pointing(study, won=won) if f.measure == "win_rate" and stands(f)]
    return max(fitting, key=lambda f: (f.stake_cents or 0, f.covers), default=None)


def title_of_first_page(finding: Finding | None, *, won: bool) -> str:
    """What the first page calls it: "Win pattern", and for an early signal that it is one and not established."""
    side = "Win" if won else "Loss"
    early = finding is not None and finding.status is Status.EARLY_SIGNAL
    return f"{side} pattern (early signal, not established)" if early else f"{side} pattern"


def why_none(study: Study, *, won: bool) -> str:
    """Why there is no such pattern for the first page."""
    if study.tested and (fallen := [f for f in _pointing(study, won=won) if not stands(f)]):
        which = "One is" if len(fallen) == 1 else f"{fig.count(len(fallen))} are"
        return f"{which} established, but may be owed to something else: see Patterns."
    if not won and of_first_page(study, won=True) is None:
        return "The same holds of losses."
    return study.power or "Too little is closed to tell a pattern from chance."


def _pointing(study: Study, *, won: bool) -> list[Finding]:
    return [f for f in established(study) if better(f) is won]
