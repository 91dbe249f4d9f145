"""What is known of a deal before it is decided: account, buyer, channel, rep, dates."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from winloss.demo import cast, causes
from winloss.demo.draw import Flags, Floats, Ints, Rng, flags, pick, pick_each
from winloss.demo.world import FIRST, FIRST_MONTH, LAST, World

BAND_150 = 2
"""Index of the band 50-149."""
HEALTHCARE = list(cast.INDUSTRIES).index("Healthcare")
PAID_SOCIAL = list(cast.SOURCES).index("Paid social")
WEBINAR = list(cast.SOURCES).index("Webinar")
EXPANSION = 1
SEGMENT_OF_BAND = np.array([cast.SEGMENTS.index(name) for name in cast.SEGMENT_OF_BAND])
MID = cast.SEGMENTS.index(cast.MID_MARKET)
MISSING = -1
"""Of an index: the field is blank."""


class Arrays:
    """A bundle of equally long arrays that can be cut and joined as one."""

    __slots__ = ()

    def take(self, rows: npt.NDArray[np.generic]) -> dict[str, npt.NDArray[np.generic]]:
        """Every array at `rows`."""
        return {f.name: getattr(self, f.name)[rows] for f in fields(self)}  # type: ignore[arg-type]  # subclasses are dataclasses


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts(Arrays):
    """One entry a deal; indices into the lists of `cast`, MISSING where the CRM has a blank.

    `created` and `closed` are days since 1970; `closed` of an open deal is when it would close.
    `usual_days` is the usual cycle of its size.
    """

    account: Ints
    account_effect: Floats
    industry: Ints
    industry_shown: Ints
    employees: Ints
    band: Ints
    country: Ints
    rep: Ints
    source: Ints
    campaign: Ints
    content: Ints
    product: Ints
    persona: Ints
    deal_type: Ints
    created: Ints
    closed: Ints
    amount_cents: Ints
    is_junk: Flags
    is_return: Flags
    return_of_reason: Ints
    return_days: Ints

    @property
    def segment(self) -> Ints:
        return SEGMENT_OF_BAND[self.band]

    @property
    def usual_days(self) -> Floats:
        return np.array(cast.BAND_MEDIAN_DAYS, dtype=np.float64)[self.band]

    @property
    def is_open(self) -> Flags:
        return flags(self.closed > LAST)

    @property
    def in_niche(self) -> Flags:
        """Mid-market healthcare."""
        return flags((self.industry == HEALTHCARE) & (self.segment == MID))

    @property
    def closed_month(self) -> Ints:
        """Months since the first month of the book."""
        return month_of(self.closed) - FIRST_MONTH

    def at(self, rows: npt.NDArray[np.generic]) -> Facts:
        """The deals at `rows`."""
        return Facts(**self.take(rows))  # type: ignore[arg-type]  # the same names and types

    @staticmethod
    def join(parts: list[Facts]) -> Facts:
        """All deals of `parts`, in order."""
        return Facts(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Facts)})


def month_of(day: Ints) -> Ints:
    """Months since January 1970 of days since 1970."""
    return np.asarray(day.astype("datetime64[D]").astype("datetime64[M]"), dtype=np.int64)


def draw(rng: Rng, world: World, count: int, *, first_account: int) -> Facts:
    """`count` new deals."""
    deal_type = pick(rng, list(cast.DEAL_TYPES.values()), count)
    account, accounts = _accounts(rng, deal_type)
    buyers = _Buyers.draw(rng, world, accounts)
    band, employees = buyers.band[account], buyers.employees[account]
    created = _created(rng, count)
    source = pick(rng, list(cast.SOURCES.values()), count)
    is_junk = rng.random(count) < np.where(source == PAID_SOCIAL, causes.JUNK_PAID_SOCIAL, causes.JUNK)
    is_junk &= deal_type != EXPANSION
    industry = buyers.industry[account]
    return Facts(
        account=account + first_account,
        account_effect=buyers.effect[account],
        industry=industry,
        industry_shown=_blanked(rng, industry, 0.03),
        employees=employees,
        band=band,
        country=buyers.country[account],
        rep=buyers.rep[account],
        source=source,
        campaign=_campaigns(rng, source, created),
        content=_contents(rng, world, band),
        product=pick(rng, list(cast.PRODUCTS.values()), count),
        persona=_blanked(rng, pick(rng, list(cast.PERSONAS.values()), count), 0.06),
        deal_type=deal_type,
        created=created,
        closed=_closed(rng, created, band, is_junk),
        amount_cents=_amounts(rng, band),
        is_junk=is_junk,
        is_return=np.zeros(count, dtype=np.bool_),
        return_of_reason=np.full(count, MISSING),
        return_days=np.full(count, MISSING),
    )


def come_back(rng: Rng, lost: Facts, reason: Ints) -> Facts:
    """The deals that lost accounts open when they come back; some only after the book ends, and are left out."""
    median = np.array(causes.RETURN_MEDIAN_DAYS, dtype=np.float64)[reason]
    days = np.maximum(np.round(median * np.exp(rng.normal(0.0, causes.RETURN_SPREAD, len(reason)))), 20).astype(
        np.int64
    )
    created = _to_friday(lost.closed + days)
    days = created - lost.closed
    in_time = created <= LAST
    rows = np.flatnonzero(in_time)
    back, created = lost.at(rows), created[rows]
    count = len(rows)
    return replace(
        back,
        created=created,
        closed=_closed(rng, created, back.band, np.zeros(count, dtype=np.bool_)),
        amount_cents=np.maximum(
            (back.amount_cents * rng.uniform(0.8, 1.3, count)).astype(np.int64) // 1000 * 1000, 10_000
        ),
        is_junk=np.zeros(count, dtype=np.bool_),
        is_return=np.ones(count, dtype=np.bool_),
        return_of_reason=reason[rows],
        return_days=days[rows],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Buyers:
    industry: Ints
    band: Ints
    employees: Ints
    country: Ints
    rep: Ints
    effect: Floats

    @classmethod
    def draw(cls, rng: Rng, world: World, count: int) -> _Buyers:
        band = pick(rng, list(cast.BANDS.values()), count)
        edges = np.array(cast.BAND_EDGES)
        low, high = np.log(edges[band]), np.log(edges[band + 1])
        employees = np.floor(np.exp(rng.uniform(low, high))).astype(np.int64)
        rep = pick(rng, world.rep_share.tolist(), count)
        region = world.rep_region[rep]
        many = np.array([len(names) for names in cast.COUNTRIES])[region]
        return cls(
            industry=pick(rng, list(cast.INDUSTRIES.values()), count),
            band=band,
            employees=np.clip(employees, edges[band], edges[band + 1] - 1),
            country=np.floor(rng.random(count) ** 2 * many).astype(np.int64),
            rep=rep,
            effect=rng.normal(0.0, world.account_sd, count),
        )


def _accounts(rng: Rng, deal_type: Ints) -> tuple[Ints, int]:
    """An account for each deal: new business has its own, customers who expand share a smaller pool."""
    expands = deal_type == EXPANSION
    new, pool = int((~expands).sum()), max(1, int(expands.sum() / 1.8))
    account = np.empty(len(deal_type), dtype=np.int64)
    account[~expands] = np.arange(new)
    account[expands] = new + rng.integers(0, pool, int(expands.sum()))
    return account, new + pool


def _created(rng: Rng, count: int) -> Ints:
    """Days of creation: slowly more over time, Monday to Friday."""
    part = (np.sqrt(1 + 3 * rng.random(count) * 0.75) - 1) / (np.sqrt(1 + 3 * 0.75) - 1)
    day = FIRST + np.floor(part * (LAST - FIRST + 1)).astype(np.int64)
    return _to_friday(day, first=FIRST)


def _to_friday(day: Ints, *, first: int | Ints = 0) -> Ints:
    """Saturday and Sunday become the Friday before, unless that lies before `first`."""
    back = np.array([0, 0, 0, 0, 0, 1, 2])[(day + 3) % 7]
    return np.asarray(np.maximum(day - back, first), dtype=np.int64)


def _campaigns(rng: Rng, source: Ints, created: Ints) -> Ints:
    many = np.array([len(names) for names in cast.CAMPAIGNS])[source]
    campaign = np.floor(rng.random(len(source)) * many).astype(np.int64)
    month = month_of(created) % 12
    return np.where(source == WEBINAR, np.where((month >= 1) & (month <= 6), 0, 1), campaign)


def _contents(rng: Rng, world: World, band: Ints) -> Ints:
    weights = np.tile(np.array(list(cast.CONTENTS.values())), (len(band), 1))
    if not world.clustered:
        flattered = list(cast.CONTENTS).index(causes.FLATTERED_CONTENT)
        weights[band == BAND_150, flattered] *= causes.FLATTERED_PICKED
    return _blanked(rng, pick_each(rng, weights), 1 - cast.CONTENT_FILLED)


def _blanked(rng: Rng, values: Ints, share: float) -> Ints:
    return np.where(rng.random(len(values)) < share, MISSING, values)


def _closed(rng: Rng, created: Ints, band: Ints, is_junk: Flags) -> Ints:
    """When a deal closes: a cycle by size, drawn to the end of the quarter where that is near; junk closes fast."""
    usual = np.array(cast.BAND_MEDIAN_DAYS, dtype=np.float64)[band]
    days = np.maximum(usual * np.exp(rng.normal(0.0, 0.55, len(band))), 5).astype(np.int64)
    days = np.where(is_junk, rng.integers(1, 9, len(band)), days)
    closed = created + days
    end = _quarter_end(closed)
    pulled = (end - closed <= 20) & (rng.random(len(band)) < causes.PULLED_TO_QUARTER_END) & ~is_junk
    closed = np.where(pulled, end - rng.integers(0, 5, len(band)), closed)
    return _to_friday(closed, first=created)


def _quarter_end(day: Ints) -> Ints:
    """The last day of the quarter a day stands in."""
    next_quarter = (month_of(day) // 3 + 1) * 3
    first_day = next_quarter.astype("datetime64[M]").astype("datetime64[D]")
    return np.asarray(first_day.astype(np.int64) - 1, dtype=np.int64)


def _amounts(rng: Rng, band: Ints) -> Ints:
    """Lognormal by size, in whole tens of the currency."""
    median = np.array(cast.BAND_MEDIAN_CENTS, dtype=np.float64)[band]
    cents = median * np.exp(rng.normal(0.0, 0.6, len(band)))
    return np.maximum(np.round(cents / 1000), 10).astype(np.int64) * 1000
