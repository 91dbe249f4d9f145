"""Values written in any usual form come back exactly; no text makes the readers fail."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_EVEN, Decimal

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from winloss.sources.files.profile import ColumnProfile
from winloss.sources.files.values import blanks, categories, dates, money, numbers
from winloss.tables.escape import safe_cell

SOME = settings(max_examples=120, deadline=None)

DATES = st.dates(dt.date(1970, 1, 1), dt.date(2100, 12, 31))
TEXTS = st.lists(
    st.one_of(st.none(), st.text(max_size=30), st.from_regex(r"[-(€$]?[\d.,' ]{1,14}[KM%)]?")), max_size=20
)
FORMS = {
    "ymd": ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d %b %Y", "%B %d, %Y", "%Y-%m-%dT%H:%M:%SZ"),
    "dmy": ("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y %H:%M"),
    "mdy": ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%Y %I:%M %p"),
}


def profile_of(values: list[str | None]) -> ColumnProfile:
    profile = ColumnProfile("x")
    profile.add(pa.array(values, pa.string()))
    return profile


@SOME
@given(st.lists(DATES, min_size=1, max_size=30), st.sampled_from([(o, f) for o, fs in FORMS.items() for f in fs]))
def test_dates_come_back(days: list[dt.date], form: tuple[str, str]) -> None:
    order, pattern = form
    settling = dt.date(2024, 12, 31)
    values: list[str | None] = [day.strftime(pattern) for day in [*days, settling]]
    decision = dates.decide(profile_of(values))
    found, _, bad = dates.convert(pa.array(values, pa.string()), decision)
    assert decision.order == order
    assert found.to_pylist() == [*days, settling]
    assert not any(bad.to_pylist())


@SOME
@given(
    st.datetimes(dt.datetime.fromisoformat("1970-01-03"), dt.datetime.fromisoformat("2100-12-29")),
    st.integers(-14 * 60, 14 * 60),
)
def test_zoned_instants_come_back_in_utc(moment: dt.datetime, minutes: int) -> None:
    zoned = moment.replace(tzinfo=dt.timezone(dt.timedelta(minutes=minutes)))
    values: list[str | None] = [zoned.isoformat()]
    days, instants, _ = dates.convert(pa.array(values, pa.string()), dates.decide(profile_of(values)))
    assert days.to_pylist() == [moment.date()]
    assert instants is not None
    assert instants.to_pylist() == [zoned]


@SOME
@given(
    st.lists(st.decimals(-(10**12), 10**12, places=4, allow_nan=False), min_size=1, max_size=20),
    st.sampled_from([("{:,.4f}", ",."), ("{:.4f}", ",."), ("{:,.4f}", ".,"), ("{:,.4f}", " ,"), ("{:,.4f}", "'.")]),
    st.sampled_from(["", "€ ", "USD "]),
)
def test_amounts_come_back_rounded_half_to_even(values: list[Decimal], form: tuple[str, str], sign: str) -> None:
    pattern, marks = form
    swap = str.maketrans(",.", marks)
    written: list[str | None] = [sign + pattern.format(value).translate(swap) for value in values]
    cents, _, bad = money.convert(pa.array(written, pa.string()), money.decide(profile_of(written)))
    assert not any(bad.to_pylist())
    assert cents.to_pylist() == [int((value * 100).to_integral_value(ROUND_HALF_EVEN)) for value in values]


@SOME
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=64), min_size=1, max_size=20))
def test_numbers_are_the_nearest_float(values: list[float]) -> None:
    written: list[str | None] = [
        format(Decimal(repr(value)), "f") if 1e-9 < abs(value) < 1e15 else str(int(value % 1000)) for value in values
    ]
    found, _ = numbers.convert(pa.array(written, pa.string()), numbers.decide(profile_of(written), decimal="."))
    short = [(f, w) for f, w in zip(found.to_pylist(), written, strict=True) if f is not None and w is not None]
    assert all(found == float(text) for found, text in short)
    assert len(short) == len(written)


@SOME
@given(TEXTS)
def test_no_text_makes_the_readers_fail(values: list[str | None]) -> None:
    column = pa.array(values, pa.string())
    profile = profile_of(values)
    days, _, bad_days = dates.convert(column, dates.decide(profile))
    cents, _, bad_cents = money.convert(column, money.decide(profile))
    figures, bad_figures = numbers.convert(column, numbers.decide(profile))
    for found, bad in ((days, bad_days), (cents, bad_cents), (figures, bad_figures)):
        assert len(found) == len(bad) == len(values)
        for value, one, wrong in zip(values, found.to_pylist(), bad.to_pylist(), strict=True):
            assert not (wrong and one is not None)
            assert one is not None or wrong or value is None or blanks.kind_of(value) is not None
    assert blanks.cleaned(column).to_pylist() == [None if blanks.is_placeholder(v) else v for v in values]


@SOME
@given(
    st.dictionaries(
        st.text(alphabet="abAB 12-_+АВеЕоo\u00a0ｂ", min_size=1, max_size=6), st.integers(1, 50), max_size=20
    )
)
def test_folding_is_whole_and_settles_at_once(counts: dict[str, int]) -> None:
    mapping, told = categories.fold(counts)
    folded: dict[str, int] = {}
    for value, count in counts.items():
        kept = mapping.get(value, value)
        folded[kept] = folded.get(kept, 0) + count
        assert [c for c in value if c.isdigit()] == [c for c in kept if c.isdigit()]
    assert sum(folded.values()) == sum(counts.values())
    assert {value for _, others, _ in told for value, _ in others} <= set(mapping)
    again, _ = categories.fold(folded)
    assert again == {}


@SOME
@given(st.text(max_size=20))
def test_no_text_begins_like_a_formula_once_made_safe(text: str) -> None:
    safe = safe_cell(text)
    assert safe in {text, "'" + text}
    if safe == text and text[:1] in {"=", "@", "\t", "\r"}:
        raise AssertionError(text)
    assert safe_cell(safe) == safe
