"""Text that a spreadsheet would run as a formula, made to be read as text."""

from __future__ import annotations

import re

_DANGEROUS = frozenset("=+-@\t\r\n\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH COMMERCIAL AT}")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)*(?:[eE][+-]?[0-9]+)?[ \u00a0]?%?")


def safe_cell(value: str) -> str:
    """`value` as it may stand in a CSV cell: an apostrophe before what would be run, plain numbers untouched.

    Spreadsheets run a cell that begins with =, +, -, @, a tab or a line break (CWE-1236).

    >>> safe_cell("=1+1"), safe_cell("-3.5"), safe_cell("Acme")
    ("'=1+1", '-3.5', 'Acme')
    """
    if value[:1] in _DANGEROUS and value and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value
