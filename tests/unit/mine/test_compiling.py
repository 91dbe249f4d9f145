from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from winloss.mine import beside as module
from winloss.mine.beside import Beside, beside

LACKING = """
import numpy as np
from winloss.mine import bits_kernel, cover, exact_kernel, kernel, parents_kernel, rare_kernel
from winloss.mine.compiling import compile_rest
from winloss.mine.outcome import Outcome
from winloss.mine.search import search
from winloss.mine.table import Table

def compiled():
    modules = (bits_kernel, cover, exact_kernel, parents_kernel, rare_kernel)
    own = [(m.__name__, n, f) for m in modules for n, f in vars(m).items() if hasattr(f, "signatures")]
    own.append(("kernel", "copy_rows", kernel.copy_rows))
    return {(module, name, str(signature)) for module, name, f in own for signature in f.signatures}

random = np.random.default_rng(3)
codes = np.minimum(random.geometric(0.12, (8, 20_000)), 60).astype(np.uint8)
codes[3, ::5] = 0
won = random.random(20_000) < 0.2 + 0.3 * (codes[0] == 1) + 0.3 * (codes[1] == 2) * (codes[2] < 3)
table = Table(codes=codes, levels=(60,) * 8, ordered=(False,) * 8, classes=won.astype(np.uint8), class_count=2)
compile_rest()
before = compiled()
found = search(table, Outcome((1,)))
assert found.lines and (found.segments.attribute[:, 2] >= 0).any()
print(sorted(compiled() - before))
"""


def test_the_second_process_compiles_all_that_a_search_needs_but_the_counting_of_blocks() -> None:
    done = subprocess.run([sys.executable, "-c", LACKING], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_where_no_second_process_can_run_the_first_makes_all(monkeypatch: pytest.MonkeyPatch) -> None:
    for nothing in ("", "/no/such/python"):
        monkeypatch.setattr(sys, "executable", nothing)
        made = beside.__wrapped__()
        assert made == Beside()
        made.wait()


def test_a_second_process_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_S", 0.05)
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    began = time.monotonic()
    Beside(process).wait()
    assert process.returncode is not None
    assert time.monotonic() - began < 30


def test_nothing_is_prepared_where_nothing_is_compiled() -> None:
    asked = (
        "import numpy as np; from winloss.mine.count import count; from winloss.mine.table import Table; said = []; "
        "one = np.ones(40, np.uint8); table = Table(codes=one[None], levels=(2,), ordered=(False,), classes=one - 1, "
        "class_count=2); count(table, floor=1, told=said.append); assert not said"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
    )
    assert (done.returncode, done.stderr) == (0, "")
