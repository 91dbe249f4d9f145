"""Where real exports lie on the machine of whoever has them; tests that want them are skipped elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Report = dict[str, Any]
Reporter = Callable[..., Report]
"""Runs the program on files and gives the report's JSON: the fixture `reported`."""

EXPORTS = Path(os.environ.get("WINLOSS_EXPORTS", Path(__file__).resolve().parents[2] / "shared" / "data"))


def export(*parts: str) -> Path:
    """The path of an export; skips the test where it is absent."""
    path = EXPORTS.joinpath(*parts)
    if not path.exists():
        pytest.skip("the exports are not on this machine")
    return path
