"""People as opaque ids: `p_` and twelve digits made from the source's id or name. Names stand in `people` alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pyarrow as pa

from winloss.tables import TABLES
from winloss.tables.people import opaque

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class People:
    """Everyone met, with what is known of each; the first non-blank value of each field stays."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, str | None]] = {}
        self._keys: dict[str, str] = {}

    def meet(
        self,
        key: str | None,
        *,
        name: str | None = None,
        email: str | None = None,
        team: str | None = None,
        manager: str | None = None,
    ) -> None:
        """Remember one person by the id or name that the source uses."""
        if key is None:
            return
        if _EMAIL.fullmatch(key) and email is None:
            email = key
        person_id = opaque(key)
        self._keys.setdefault(person_id, key)
        known = self._known.setdefault(person_id, {})
        told = {"name": name, "email": email, "team": team, "manager_id": opaque(manager) if manager else None}
        for field, value in told.items():
            if value and not known.get(field):
                known[field] = value

    def meet_all(self, keys: Iterable[str | None]) -> None:
        """Remember people of whom nothing but the key is known."""
        for key in keys:
            self.meet(key)

    def __len__(self) -> int:
        return len(self._known)

    def batches(self, rows: int = 50_000) -> Iterator[pa.RecordBatch]:
        """The `people` table, sorted by id."""
        schema = TABLES["people"].schema
        found = [{"name": self._keys[key], **known, "person_id": key} for key, known in sorted(self._known.items())]
        for start in range(0, len(found), rows):
            yield pa.RecordBatch.from_pylist(found[start : start + rows], schema=schema)
