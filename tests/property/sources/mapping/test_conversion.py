from __future__ import annotations

import csv
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulled import pull
from winloss.errors import WinlossError
from winloss.sources.contract import Intake
from winloss.sources.files.mapfile import map_of
from winloss.sources.files.mapwriter import written
from winloss.sources.files.outcomes import read_value
from winloss.sources.files.rowids import Occurrences, content_hashes
from winloss.sources.files.rowkinds import CODES, NONE, Signs, kinds
from winloss.sources.files.synonyms import synonyms
from winloss.sources.files.words import core, plain, slug, unit_of
from winloss.tables import OUTCOMES
from winloss.tables.people import opaque

QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
WORD = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
CELL = st.one_of(
    WORD,
    st.sampled_from(
        ["Won", "Lost", "Demo", "n/a", "-", "", "€ 3.500,00", "1,054", "31.02.2024", "2024-01-02", "=1+1", "yes", "D1"]
    ),
)
HEADERS = ("Id", "Stage", "Amount", "Close Date", "Created Date", "Owner", "Loss Reason", "Segment")


def written_csv(place: Path, rows: list[dict[str, str]]) -> Path:
    with (place / "d.csv").open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, HEADERS)
        writer.writeheader()
        writer.writerows(rows)
    return place / "d.csv"


@QUICK
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(HEADERS, CELL)), min_size=1, max_size=12))
def test_whatever_stands_in_the_cells_every_row_is_kept_or_rejected(rows: list[dict[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        try:
            found = pull(written_csv(Path(place), rows))
        except WinlossError:  # a sentence for the reader is an answer
            return
    for name, tally in found.told.tallies.items():
        assert tally.rows == tally.kept + tally.rejected
        assert tally.kept == found.tables[name].num_rows
    assert sum(found.kinds.values()) == found.told.tallies["deals"].kept
    assert None not in found.column("deal_id")
    assert set(found.column("stage_kind")) <= set(OUTCOMES)
    assert all(row.get("closed_on") is None for row in found.rows() if row["stage_kind"] in {"open", "unclassified"})


@QUICK
@given(st.dictionaries(WORD.filter(lambda w: bool(w.strip())), st.sampled_from(OUTCOMES), min_size=1, max_size=6), WORD)
def test_a_written_map_reads_back_whatever_the_values_are(outcomes: dict[str, str], header: str) -> None:
    mapping: dict[str, Any] = {"columns": {header: {"use": "attribute"}, "x": "ignore"}, "outcomes": outcomes}
    text = written(Intake(source="d.csv", tallies={}, mapping=mapping))
    assert tomllib.loads(text) == mapping
    assert map_of(tomllib.loads(text)).outcomes == outcomes


@given(WORD)
def test_any_header_and_any_value_is_read_without_trouble(text: str) -> None:
    assert plain(text) == plain(plain(text))
    assert core(plain(text)) in plain(text)
    assert slug(text).isascii()
    assert unit_of(text).scale >= 1
    assert read_value(text, {}).kind in OUTCOMES
    for table in synonyms().tables:
        assert all(0 < match.score <= 1 for match in synonyms().matches(table, text))


@given(WORD)
def test_a_person_has_one_id_whatever_case_and_spaces(name: str) -> None:
    assert opaque(name) == opaque(f"  {name} ")
    assert len(opaque(name)) == 14


CODE = st.sampled_from([NONE, *CODES.values()])
FLAG = st.sampled_from([-1, 0, 1])


@given(st.lists(st.tuples(CODE, CODE, FLAG, FLAG, FLAG), min_size=1, max_size=30))
def test_every_deal_has_a_kind_and_each_row_is_decided_by_itself(rows: list[tuple[int, int, int, int, int]]) -> None:
    columns = [np.array(column, dtype=np.int8) for column in zip(*rows, strict=True)]
    status, stage, won, closed, active = columns

    def decide(chosen: slice) -> list[int]:
        signs = Signs(
            rows=len(status[chosen]),
            status=status[chosen],
            stage=stage[chosen],
            is_won=won[chosen],
            is_closed=closed[chosen],
            is_active=active[chosen],
        )
        return list(kinds(signs).tolist())

    whole = decide(slice(None))
    assert whole == [kind for row in range(len(rows)) for kind in decide(slice(row, row + 1))]
    assert set(whole) <= set(CODES.values())


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["x", None])), max_size=30), st.integers(1, 30))
def test_ids_made_from_content_do_not_depend_on_how_rows_are_cut_into_batches(
    rows: list[tuple[str, str | None]], size: int
) -> None:
    names = ["one", "two"]
    columns = [pa.array([row[i] for row in rows], pa.string()) for i in range(2)]
    batch = pa.RecordBatch.from_arrays(columns, names)
    whole = Occurrences().number(content_hashes(batch)).tolist()
    counted, parts = Occurrences(), []
    for start in range(0, len(rows), size):
        parts += counted.number(content_hashes(batch.slice(start, size))).tolist()
    assert parts == whole
