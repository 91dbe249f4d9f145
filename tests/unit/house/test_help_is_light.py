"""`winloss --help` answers at once: nothing heavy is imported before a command runs."""

from __future__ import annotations

import subprocess
import sys

HEAVY = (
    "altair",
    "deltalake",
    "duckdb",
    "ibis",
    "numba",
    "numpy",
    "pandas",
    "pyarrow",
    "scipy",
    "vl_convert",
    "xlsxwriter",
)


def test_help_imports_nothing_heavy() -> None:
    asked = f"import sys; import winloss.cli; print(','.join(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
