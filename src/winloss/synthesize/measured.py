"""What a search of segments counts, and how it is said of one segment."""

from __future__ import annotations

from dataclasses import dataclass

from winloss.synthesize import phrases


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A share of deals, in a segment and beside it.

    Parameters
    ----------
    name
        The measure of the findings: "win_rate", "share_of_closed:reason:CODE", "share_of_losses:competitor:NAME",
        "share_of_recent:DAYS".
    sentence
        The claim, with {where}, {target}, {here} (`30 of 100 times (30.0 %)`), {counted} (`30 of 100`), {share}, {more}
        (`12 points more than`), {beside} (`18.0 % of 900`) and {beside_counted} (`162 of 900`).
    target
        The reason or competitor.
    beside
        What the share is compared with.
    turned
        Told are the segment's shares of the successes and of all other deals, rather than the share of successes in the
        segment and in the rest: what it makes up lately, and before.
    """

    name: str
    sentence: str
    target: str = ""
    beside: str = "the rest"
    turned: bool = False

    def shares(self, k1: int, n1: int, k0: int, n0: int) -> tuple[int, int, int, int]:
        """Counts and denominators of the two shares that are told, from successes and deals of the segment and the rest."""
        return (k1, k1 + k0, n1 - k1, n1 + n0 - k1 - k0) if self.turned else (k1, n1, k0, n0)

    def claim(self, where: str, k1: int, n1: int, k0: int, n0: int) -> str:
        """The sentence of a segment of `n1` deals, `k1` of them successes, beside `k0` of `n0`."""
        a, of_a, b, of_b = self.shares(k1, n1, k0, n0)
        return self.sentence.format(
            where=where,
            target=self.target,
            here=counted(a, of_a),
            counted=f"{a:,} of {of_a:,}",
            share=phrases.percent(a / of_a),
            more=apart(a, of_a, b, of_b),
            beside=f"{phrases.percent(b / of_b)} of {of_b:,}",
            beside_counted=f"{b:,} of {of_b:,}",
            beside_share=phrases.percent(b / of_b),
        )


WON = Measured(name="win_rate", sentence="Deals with {where} are won {here}, {more} the rest ({beside}).")


def for_reason(code: str, label: str) -> Measured:
    """Closed deals lost for one reason, of closed deals."""
    sentence = "Deals with {where} are lost for {target} {here}, {more} the rest ({beside})."
    return Measured(name=f"share_of_closed:reason:{code}", sentence=sentence, target=label)


def to_competitor(name: str) -> Measured:
    """Losses to one competitor, of losses of which something is said of a competitor."""
    sentence = "{target} is named in {counted} losses with {where} ({share}), {more} the rest ({beside})."
    return Measured(name=f"share_of_losses:competitor:{name}", sentence=sentence, target=name)


def lately(days: int) -> Measured:
    """What a segment makes up of the deals closed in the last days, and of those closed before."""
    sentence = (
        "Deals with {where} make up {share} of the deals closed in the last {target} days ({counted}), "
        "{beside_share} of those closed before ({beside_counted})."
    )
    return Measured(
        name=f"share_of_recent:{days}", sentence=sentence, target=str(days), beside="closed before", turned=True
    )


def counted(k: int, n: int) -> str:
    """`30 of 100 times (30.0 %)`."""
    return f"{k:,} of {n:,} times ({phrases.percent(k / n)})"


def apart(k1: int, n1: int, k0: int, n0: int) -> str:
    """`12 points more than`."""
    difference = k1 / n1 - k0 / n0
    return f"{phrases.points(difference)} {'more' if difference > 0 else 'less'} than"
