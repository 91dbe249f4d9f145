"""placeholder"""

from __future__ import annotations

FLAVOURS = ()


def write() -> None: ...
