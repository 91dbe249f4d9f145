"""Time verdicts on a book of the demo company, and keep the table in docs/performance.md: `python tools/bench_act.py [DEALS]`.

One verdict and a hundred, each from the opened book: reading the deals, the measurement, and the words of it. The first on a
version asks for the deals; the others find the answer kept beside the book. Beside them the same difference in differences by statsmodels on the deals in memory, point and
robust error only.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from winloss import refresh
from winloss.act.action import Action
from winloss.act.measures import Measure
from winloss.act.reading import read
from winloss.aggregate import acting as expressions
from winloss.demo import invent, write
from winloss.demo.decided import ACTIONS
from winloss.refresh.acting import measured
from winloss.store import Book, View
from winloss.synthesize.assemble import StudyOptions
from winloss.synthesize.attributes import columns_of
from winloss.tables.segment import Segment

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- act: begin -->", "<!-- act: end -->"
ONE_S, HUNDRED_S = 2.0, 60.0
WITHIN = StudyOptions(today=dt.date(2026, 12, 31))
ON_WINS = replace(ACTIONS[0], measure=Measure.parse("win_rate"))


def timed(run: Callable[[], object], *, times: int = 3) -> tuple[float, float]:
    """CPU and wall seconds of the quickest run."""
    taken = []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        run()
        taken.append((time.process_time() - cpu, time.perf_counter() - wall))
    return min(taken, key=lambda one: one[1])


def hundred(view: View) -> list[Action]:
    """A hundred actions on different segments, measures and months."""
    fields = ("industry", "region", "size_band", "persona", "lead_source", "product")
    measures = ("win_rate", "share_of_losses:reason:price_value", "cycle_days", "reason_coverage")
    made: list[Action] = []
    deals = refresh.resolving(view)
    values = {
        name: view.ask(deals.group_by(name).aggregate(n=deals.count()).drop("n"))[name].to_pylist() for name in fields
    }
    for i in range(100):
        name = fields[i % len(fields)]
        known = sorted(value for value in values[name] if value)
        begins = dt.date(2025, 1 + i % 9, 1)
        made.append(
            replace(
                ON_WINS,
                id=f"action-{i}",
                segment=Segment.of(**{name: known[i // len(fields) % len(known)]}),
                measure=Measure.parse(measures[i % len(measures)]),
                begins_on=begins,
                ends_on=begins + dt.timedelta(days=89),
                found_from=None,
                found_to=None,
                found_among=1,
            )
        )
    return made


def by_statsmodels(view: View) -> Callable[[], object]:
    """The plain regression on the deals of baseline and window."""
    import statsmodels.api as sm

    deals = refresh.resolving(view)
    custom = view.manifest.custom.get("deals", ())
    columns = columns_of(deals.columns, custom)
    table = view.ask(expressions.closed_deals(deals, columns, [ON_WINS.segment], since=dt.date(2020, 1, 1)))
    found = read(table, custom)
    begins = (ON_WINS.begins_on - dt.date(1970, 1, 1)).days
    inside = (found.closed >= begins - 180) & (found.closed < begins + ON_WINS.days)
    mine, after = found.inside[0][inside], found.closed[inside] >= begins
    dummies = [one.codes[inside][:, None] == np.arange(1, len(one.levels)) for one in found.attributes]
    design = np.column_stack([np.ones(inside.sum()), mine, after, mine & after, *dummies]).astype(float)
    value = found.won[inside].astype(float)
    return lambda: sm.OLS(value, design).fit(cov_type="HC2").params


def table_of(deals: int, folder: Path) -> list[str]:
    """The rows of the table."""
    write(invent(deals, seed=1), folder, flavour="salesforce")
    book = Book.create(folder / "book")
    refresh.import_files(book, [folder / "opportunities.csv"], options=refresh.ImportOptions())
    rows = []
    with book.read() as view:
        many = hundred(view)

        def first() -> None:
            shutil.rmtree(folder / "book" / "kept", ignore_errors=True)
            measured(view, actions=[ON_WINS], within=WITHIN)

        anew = timed(first)
        rows.append(("the first verdict on a version", anew, f"at most {ONE_S:g} s", anew[1] <= ONE_S))
        one = timed(lambda: measured(view, actions=[ON_WINS], within=WITHIN))
        rows.append(("a later verdict", one, f"at most {ONE_S:g} s", one[1] <= ONE_S))
        all_of = timed(lambda: measured(view, actions=many, within=WITHIN), times=1)
        rows.append(("a hundred verdicts at once", all_of, f"at most {HUNDRED_S:g} s", all_of[1] <= HUNDRED_S))
        beside = ((all_of[0] - one[0]) / 99, (all_of[1] - one[1]) / 99)
        rows.append(("each more of them", beside, "", True))
        rows.append(("statsmodels, one regression (HC2)", timed(by_statsmodels(view), times=1), "", True))
    return [
        f"| {name} | {deals:,} | {cpu:.2f} | {wall:.2f} | {goal} | {('yes' if met else '**no**') if goal else ''} |"
        for name, (cpu, wall), goal, met in rows
    ]


def keep(written: str) -> None:
    """Put the table between the markers of the page."""
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(
        re.sub(f"{BEGIN}.*?{END}", lambda _: f"{BEGIN}\n{written}\n{END}", text, flags=re.S), encoding="utf-8"
    )


def main(deals: int = 1_000_000) -> None:
    """Measure, print and keep."""
    with tempfile.TemporaryDirectory(prefix="winloss-bench-") as place:
        rows = table_of(deals, Path(place))
    head = "| what | deals | CPU s | wall s | goal | holds |\n|---|--:|--:|--:|---|---|"
    written = "\n".join([head, *rows, "", f"{os.cpu_count()} processors; the quickest of three, the hundred once."])
    print(written)
    keep(written)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
