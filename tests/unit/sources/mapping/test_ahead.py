from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from winloss.sources.files.ahead import ahead


def test_items_come_in_their_order_and_none_is_lost() -> None:
    assert list(ahead(range(100))) == list(range(100))
    assert list(ahead(iter(()))) == []
    assert list(ahead([None, 0, ()])) == [None, 0, ()]


def test_what_goes_wrong_while_making_an_item_is_raised_where_it_is_used() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    taken = ahead(items())
    assert next(taken) == 1
    with pytest.raises(ValueError, match="broken"):
        next(taken)


def test_no_more_than_one_item_is_made_ahead() -> None:
    made = []

    def items() -> Iterator[int]:
        for item in range(10):
            made.append(item)
            yield item

    taken = ahead(items())
    next(taken)
    taken.close()  # type: ignore[attr-defined]  # a generator
    assert len(made) <= 2


def test_a_module_is_loaded_by_the_time_it_is_wanted_and_a_missing_one_is_no_matter() -> None:
    script = (
        "from winloss.sources.files.ahead import load; load('no_such_module'); load('wave'); "
        "import threading; [t.join() for t in threading.enumerate() if t.name.startswith('loading')]; "
        "import sys; assert 'wave' in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
