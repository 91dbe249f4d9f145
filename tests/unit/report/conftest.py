from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from winloss.report import charts


@pytest.fixture(scope="session", autouse=True)
def _drawn_once() -> Iterator[None]:
    """One specification gives one drawing: pages that differ in a word are not drawn anew."""
    drawn: dict[str, str] = {}
    render = charts._render

    def once(specification: dict[str, Any]) -> str:
        key = json.dumps(specification, sort_keys=True, default=str)
        if key not in drawn:
            drawn[key] = render(specification)
        return drawn[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(charts, "_render", once)
        yield
