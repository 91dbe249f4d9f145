"""Run the long proofs and keep their tables: `python tools/prove.py [NAME …] [-n CASES]`.

A proof is a module of `tools/proofs/` with `main(n) -> bool`, which prints a table in Markdown and says
whether what it set out to prove holds. Each table is kept in docs/proofs.md, between its markers. Exit code 1
where a proof does not hold.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import inspect
import io
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does

HERE = Path(__file__).resolve().parent
PROOFS = HERE / "proofs"
PAGE = HERE.parent / "docs" / "proofs.md"
CASES = 200
"""Where a proof has no number of its own."""

Proof = Callable[[int], bool]


def proof(name: str) -> tuple[Proof, int, str]:
    """The function, its usual number of cases and what it says of itself."""
    spec = importlib.util.spec_from_file_location(f"proofs.{name}", PROOFS / f"{name}.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"No proof is called {name!r}: there are {', '.join(names())}.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    run = cast("Proof", module.main)
    usual = inspect.signature(run).parameters["n"].default
    return run, CASES if usual is inspect.Parameter.empty else int(usual), inspect.cleandoc(module.__doc__ or name)


def names() -> list[str]:
    """Every proof there is."""
    return sorted(path.stem for path in PROOFS.glob("*.py") if not path.stem.startswith("_"))


def run(name: str, cases: int | None) -> bool:
    """Run one proof, show its table and keep it."""
    main_of, usual, says = proof(name)
    table, begun = io.StringIO(), time.monotonic()
    with contextlib.redirect_stdout(table):
        held = main_of(cases or usual)
    spent_s = time.monotonic() - begun
    print(f"## {name}: {'holds' if held else 'DOES NOT HOLD'}\n\n{table.getvalue()}", flush=True)
    keep(name, f"{says}\n\n{table.getvalue().strip()}\n\n{_verdict(name, held, cases or usual, spent_s)}")
    return held


def _verdict(name: str, held: bool, cases: int, spent_s: float) -> str:
    says = "It holds." if held else "**It does not hold.**"
    again = f"`python tools/prove.py {name} -n {cases}`"
    return f"{says} {cases:,} cases, {max(spent_s / 60, 1):.0f} minutes; again with {again}."


def keep(name: str, text: str) -> None:
    """Put the proof's text between its markers in the page, or at the end under a heading of its own."""
    begin, end = f"<!-- proof {name} -->", f"<!-- end {name} -->"
    whole = PAGE.read_text(encoding="utf-8") if PAGE.exists() else "# Proofs\n"
    part = f"{begin}\n{text}\n{end}"
    if begin in whole:
        whole = re.sub(re.escape(begin) + ".*?" + re.escape(end), lambda _: part, whole, flags=re.S)
    else:
        whole = f"{whole.rstrip()}\n\n## {name.replace('_', ' ').capitalize()}\n\n{part}\n"
    PAGE.write_text(whole, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the long proofs.")
    parser.add_argument("name", nargs="*", help=f"one of {', '.join(names())}; all where none is given")
    parser.add_argument(
        "-n", type=int, default=None, help="cases; as many as the proof is made for where it is missing"
    )
    asked = parser.parse_args()
    sys.path.insert(0, str(HERE.parent / "tests"))
    held = [run(name, asked.n) for name in asked.name or names()]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
