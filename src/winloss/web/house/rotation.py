"""A new key in front of the old ones, and everything that is sealed in the database sealed anew with it.

What is sealed is found by its look, in every field of text of every table, so that no app can be left out.
Rows are sealed anew one by one: stopped at any moment, everything can be read with the keys that are there, and running it again goes on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import connection, models, transaction

from winloss.errors import UserError
from winloss.web import keys
from winloss.web.house import fields

_SEALED = re.compile(r"gAAAA[A-Za-z0-9_-]{90,}={0,2}")
"""What the first bytes of a sealed text are for the next hundred years, and its least length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """What a rotation did: whether a key was added, secrets sealed anew, keys there now and keys let go."""

    added: bool
    resealed: int
    keys: int
    dropped: int = 0


def rotate(*, drop_old: bool = False, told: Callable[[int], None] | None = None) -> Rotated:
    """Add a key (unless an earlier rotation was stopped midway), seal everything anew, and let old keys go where asked.

    Parameters
    ----------
    drop_old
        Let all keys but the first go once everything is sealed with it. No key is added then.
    told
        Called with the number of secrets sealed so far.

    Raises
    ------
    UserError
        Where keys are set by the environment and one would have to be written, or a secret fits no key.
    """
    config = settings.CONFIG
    there = keys.read(config)
    if config.secret_keys and drop_old:
        raise UserError("The keys are set by WINLOSS_SECRET_KEYS: take the old ones out there, and restart.")
    if not config.secret_keys and not (config.home / keys.FILE).exists():
        raise UserError(f"There is no {config.home / keys.FILE}: `winloss init` makes it.")
    added = not drop_old and not config.secret_keys and not any(True for _ in _old(there))
    if added:
        keys.add(config.home)
        there = keys.read(config)
    count = 0
    for row in _old(there):
        count += _reseal(row, there)
        if told:
            told(count)
    if not drop_old:
        return Rotated(added=added, resealed=count, keys=len(there))
    keys.keep_first(config.home)
    return Rotated(added=False, resealed=count, keys=1, dropped=len(there) - 1)


@dataclass(frozen=True, slots=True)
class _Row:
    model: type[models.Model]
    pk: Any
    field: str
    value: Any


def _sealed() -> Iterator[_Row]:
    """Every field of every row in which something sealed stands."""
    for model, name in fields.of_text():
        for pk, value in fields.holding(model, name, ["gAAAA"]):
            if any(True for _ in _found(value)):
                yield _Row(model, pk, name, value)


def _old(there: tuple[str, ...]) -> Iterator[_Row]:
    """Those of them that the first key does not open, while another one does."""
    yield from (row for row in _sealed() if any(not _opens(text, there[:1]) for text in _found(row.value)))


def _found(value: Any) -> Iterator[str]:
    """The sealed texts in a value of a field."""
    if isinstance(value, str):
        yield from _SEALED.findall(value)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _found(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _found(inner)


def _opens(text: str, there: tuple[str, ...]) -> bool:
    try:
        keys.box(there).decrypt(text.encode("ascii"))
    except InvalidToken:
        return False
    return True


def _reseal(row: _Row, there: tuple[str, ...]) -> int:
    """Seal one row anew as it stands now; the number of secrets in it."""
    with transaction.atomic():
        rows = row.model._base_manager.filter(pk=row.pk)
        if connection.features.has_select_for_update:
            rows = rows.select_for_update()
        value = rows.values_list(row.field, flat=True).first()
        count = sum(1 for _ in _found(value))
        if count:
            rows.update(**{row.field: _anew(value, there)})
    return count


def _anew(value: Any, there: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        return _SEALED.sub(lambda found: keys.reseal(found.group(), there), value)
    if isinstance(value, dict):
        return {name: _anew(inner, there) for name, inner in value.items()}
    if isinstance(value, list):
        return [_anew(inner, there) for inner in value]
    return value
