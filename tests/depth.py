"""How deep a test looks: quickly in `make test`, long in `make prove`, which sets LONG_PROOFS."""

from __future__ import annotations

import os

LONG = bool(os.environ.get("LONG_PROOFS"))


def cases(few: int, many: int) -> int:
    """`few` in `make test`, `many` in `make prove`."""
    return many if LONG else few
