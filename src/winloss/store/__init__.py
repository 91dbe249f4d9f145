"""The book: every fact that was landed, keyed, counted and versioned.

A version is a manifest; what no manifest names does not exist. One process writes, any number read.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from winloss.store.book import Book
from winloss.store.manifest import Landed, Manifest, SourceEntry, TableEntry

if TYPE_CHECKING:
    from winloss.store.landing import Landing
    from winloss.store.prune import Pruned
    from winloss.store.view import View

__all__ = ["Book", "Landed", "Landing", "Manifest", "Pruned", "SourceEntry", "TableEntry", "View"]

_HEAVY = {"Landing": "winloss.store.landing", "Pruned": "winloss.store.prune", "View": "winloss.store.view"}


def __getattr__(name: str) -> Any:
    if name in _HEAVY:
        return getattr(import_module(_HEAVY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
