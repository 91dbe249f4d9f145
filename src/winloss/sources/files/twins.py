"""Amounts in hundredths that a second column shows in full: `582100` beside `$5,821`; and amounts of several periods."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import islice

from winloss.sources.files.buffers import written_out
from winloss.sources.files.facts import ColumnFacts
from winloss.sources.files.signs import signs
from winloss.sources.files.tabled import Tabled
from winloss.sources.files.words import plain

HUNDREDTH = Fraction(1, 100)
LOOKED_AT = 400
"""Rows that are compared."""
LEAST = 3
"""Rows that must tell, at least."""
AGREE_FROM = 0.95
"""Share of the rows in which the second column must show a hundredth of the first, 0 to 1."""
MOST_SPELLINGS = 100
"""Different values of a column of periods, at most."""

_FIGURE = re.compile(r"\d[\d.,'\s\u00a0\u202f]*")


def formatted_twin(facts: ColumnFacts, every: tuple[ColumnFacts, ...], tabled: Tabled) -> ColumnFacts | None:
    """The column that shows a hundredth of the amounts in `facts`; None where there is none.

    It bears the name of the amount and says that it is formatted, and shows the amounts without their cents or with them.
    """
    words = set(plain(facts.header).split())
    formatted = signs().headers.formatted
    named = (f for f in every if formatted.search(plain(f.header)) and words <= set(plain(f.header).split()))
    return next((twin for twin in named if _hundredths(facts.position, twin.position, tabled)), None)


def _hundredths(amount: int, twin: int, tabled: Tabled) -> bool:
    seen = agreed = 0
    for _, batch in tabled.batches():
        columns = (written_out(batch.columns.column(p)).to_pylist() for p in (amount, twin))
        for value, shown in islice(zip(*columns, strict=True), LOOKED_AT):
            found = _FIGURE.search(shown or "")
            if value and value.isdigit() and int(value) and found is not None:
                seen += 1
                agreed += _whole(found.group()) == round(int(value) / 100) or _whole(found.group()) == int(value) // 100
        break
    return seen >= LEAST and agreed >= AGREE_FROM * seen


def _whole(figure: str) -> int:
    """The whole units of a figure: a sign before two last digits is that of its cents."""
    figure = re.sub(r"[.,]\d\d$", "", figure.strip(" .,\u00a0\u202f"))
    return int(re.sub(r"\D", "", figure) or 0)


def periods(facts: ColumnFacts) -> bool:
    """True where a column says of amounts for which period they are, and more than one is among them."""
    if len(facts.counts) > MOST_SPELLINGS or signs().headers.period.search(plain(facts.header)) is None:
        return False
    said = {plain(value).replace(" ", "") for value in facts.counts}
    return len(said) > 1 and said <= signs().words.periods
