"""The book: every fact that was landed, keyed, counted and versioned.

A version is a manifest; what no manifest names does not exist. One process writes, any number read.
"""

from __future__ import annotations

from winloss.store.book import Book
from winloss.store.landing import Landing
from winloss.store.manifest import Landed, Manifest, SourceEntry, TableEntry
from winloss.store.view import View

__all__ = ["Book", "Landed", "Landing", "Manifest", "SourceEntry", "TableEntry", "View"]
