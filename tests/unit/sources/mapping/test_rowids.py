from __future__ import annotations

import numpy as np
import pyarrow as pa

from winloss.sources.files.rowids import Occurrences, content_hashes, made_ids


def batch(**columns: list[str | None]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({name: pa.array(values, pa.string()) for name, values in columns.items()})


def test_equal_rows_have_equal_hashes_and_others_do_not() -> None:
    hashes = content_hashes(batch(a=["x", "x", "y", None], b=["1", "1", "1", "1"]))
    assert hashes[0] == hashes[1]
    assert len(set(hashes.tolist())) == 3


def test_the_order_of_columns_and_blank_columns_do_not_matter() -> None:
    one = content_hashes(batch(a=["x"], b=["y"]))
    other = content_hashes(batch(b=["y"], c=[None], A=["x"]))
    assert one.tolist() == other.tolist()


def test_a_value_under_another_header_is_another_row() -> None:
    assert content_hashes(batch(a=["x"], b=["y"])).tolist() != content_hashes(batch(a=["y"], b=["x"])).tolist()


def test_occurrences_are_counted_over_batches() -> None:
    counted = Occurrences()
    assert counted.number(np.array([5, 7, 5], dtype=np.uint64)).tolist() == [1, 1, 2]
    assert counted.number(np.array([5, 9, 7, 7], dtype=np.uint64)).tolist() == [3, 1, 2, 3]
    assert counted.number(np.zeros(0, dtype=np.uint64)).tolist() == []


def test_the_second_of_equal_rows_says_so_in_its_id() -> None:
    ids = made_ids(np.array([255, 255], dtype=np.uint64), np.array([1, 2]))
    assert ids.to_pylist() == ["r_00000000000000ff", "r_00000000000000ff-2"]
