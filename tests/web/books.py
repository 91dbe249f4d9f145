"""A book of the demo company for pages to show, made once a run."""

from __future__ import annotations

from pathlib import Path

from winloss import refresh
from winloss.demo import invent, write
from winloss.store import Book


def made(place: Path, *, deals: int = 900, seed: int = 5) -> Path:
    """The folder of a book, and beside it the export it was made of."""
    files = write(invent(deals, seed=seed), place, flavour="hubspot")
    book = Book.create(place / "book")
    refresh.import_files(book, files, options=refresh.ImportOptions())
    return place / "book"
