"""Keys that stand outside the database: they sign sessions and encrypt what is secret in it. The first is the newest."""

from __future__ import annotations

import json
import os
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from winloss.errors import UserError
from winloss.web.config import Config

FILE = "secret.keys"


def read(config: Config) -> tuple[str, ...]:
    """The keys in force; of an installation that has none yet, one that lives as long as the process."""
    if config.secret_keys:
        return tuple(config.secret_keys)
    path = config.home / FILE
    if not path.exists():
        return (secrets.token_urlsafe(48),)
    found = tuple(line.strip() for line in path.read_text(encoding="ascii").splitlines() if line.strip())
    if not found:
        raise UserError(f"{path} holds no key: restore it from a backup; without it nothing secret can be read.")
    return found


def add(home: Path) -> Path:
    """Put a new key before those that are there; the file is read by its owner only."""
    path = home / FILE
    before = path.read_text(encoding="ascii") if path.exists() else ""
    return _write(path, f"{secrets.token_urlsafe(48)}\n{before}")


def keep_first(home: Path) -> Path:
    """Let all keys but the first go."""
    path = home / FILE
    return _write(path, path.read_text(encoding="ascii").split()[0] + "\n")


def _write(path: Path, content: str) -> Path:
    draft = path.with_name(f"{FILE}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return path


def box(keys: tuple[str, ...]) -> MultiFernet:
    """Encrypts with the first key, reads with any."""
    return MultiFernet([Fernet(urlsafe_b64encode(sha256(b"winloss field\0" + key.encode()).digest())) for key in keys])


def seal(text: str, keys: tuple[str, ...]) -> str:
    return box(keys).encrypt(text.encode()).decode("ascii")


def unseal(sealed: str, keys: tuple[str, ...]) -> str:
    """What was sealed; UserError where no key fits."""
    try:
        return box(keys).decrypt(sealed.encode("ascii")).decode()
    except InvalidToken as error:
        raise UserError("A secret in the database was sealed with a key that is not there: restore it.") from error


def unseal_here(sealed: str) -> str:
    """The same with the keys of this installation: those the process began with, then those that were added since."""
    from django.conf import settings

    began_with = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    try:
        return unseal(sealed, began_with)
    except UserError:
        return unseal(sealed, read(settings.CONFIG))


class SealedSessions:
    """How sessions are written: sealed, for some hold a secret that is about to be set up."""

    def dumps(self, told: dict[str, Any]) -> bytes:
        from django.conf import settings

        return seal(json.dumps(told, separators=(",", ":")), (settings.SECRET_KEY,)).encode("ascii")

    def loads(self, sealed: bytes) -> dict[str, Any]:
        """What was told; nothing where no key fits: the person signs in again."""
        try:
            found: dict[str, Any] = json.loads(unseal_here(sealed.decode("ascii")))
        except (UserError, ValueError):
            return {}
        return found


def reseal(sealed: str, keys: tuple[str, ...]) -> str:
    """The same secret under the first key."""
    return seal(unseal(sealed, keys), keys)
