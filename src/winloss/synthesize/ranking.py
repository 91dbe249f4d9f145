"""Which findings matter most: how many deals would go the other way if the difference were gone."""

from __future__ import annotations

from collections.abc import Iterable

from winloss.synthesize.finding import Finding, Kind, Status, Survival

WIN_RATE = "win_rate"
REASON = "share_of_losses:reason:"
COMPETITOR = "share_of_losses:competitor:"
_STANDS = (Survival.HOLDS, Survival.WEAKENS)
_ACTED_ON = (Kind.SEGMENT, Kind.CHANNEL, Kind.CONTENT, Kind.REASON, Kind.COMPETITOR, Kind.DEAL_STAGE)


def at_least(finding: Finding) -> float:
    """The bound of the difference nearest to no difference, without its sign; 0 where the interval holds 0."""
    difference = finding.difference
    if difference is None or difference.low is None or difference.high is None:
        return 0.0
    return max(difference.low, -difference.high, 0.0)


def weight(finding: Finding) -> float:
    """Deals at stake, at the least."""
    return at_least(finding) * finding.here.n


def stands(finding: Finding) -> bool:
    """True where the difference survives inside the strata of its strongest rival, or where there is no rival."""
    return finding.confounder is None or finding.confounder.survival in _STANDS


def better(finding: Finding) -> bool | None:
    """True where the finding speaks of winning more, False of losing more, None where of neither."""
    if finding.difference is None or finding.difference.value is None:
        return None
    if finding.measure.split(":")[0] == WIN_RATE:
        return finding.difference.value > 0
    if finding.measure.startswith((REASON, COMPETITOR)) and finding.difference.value > 0:
        return False
    return None


def patterns(findings: Iterable[Finding]) -> tuple[str, str]:
    """Ids of the win pattern and of the loss pattern for the first page; "" where there is none.

    Established before early, those one can act on before seasons and trends, then by deals at stake. What does not
    survive inside its confounder is none.
    """
    claims = [f for f in findings if f.status in (Status.ESTABLISHED, Status.EARLY_SIGNAL) and stands(f)]
    ranked = sorted(claims, key=lambda f: (*_class(f), -weight(f), f.id))
    win = next((f.id for f in ranked if better(f) is True), "")
    loss = next((f.id for f in ranked if better(f) is False), "")
    return win, loss


def _class(finding: Finding) -> tuple[bool, bool]:
    return finding.status is not Status.ESTABLISHED, finding.kind not in _ACTED_ON
