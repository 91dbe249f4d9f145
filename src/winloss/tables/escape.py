"""Text that a spreadsheet would run as a formula, made harmless."""

from __future__ import annotations

import re

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[-+]?\s?(?:\d[\d.,' \u00a0]*|[.,]\d+)(?:[eE][-+]?\d{1,3})?\s?%?")


def safe_cell(text: str) -> str:
    """`text` with a leading apostrophe where a spreadsheet would take it for a formula; numbers stay as they are.

    >>> safe_cell("=1+1"), safe_cell("-12.5"), safe_cell("Acme")
    ("'=1+1", '-12.5', 'Acme')

    After OWASP, "CSV Injection".
    """
    if text[:1].isalnum():
        return text
    # White space before the sign does not keep every program from running it.
    if text.startswith(_STARTS) or text.lstrip(" \u00a0\u200b\ufeff").startswith(_STARTS):
        return text if _NUMBER.fullmatch(text) else "'" + text
    return text
