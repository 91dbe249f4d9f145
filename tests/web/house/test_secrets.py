"""Nothing secret stands in the database as it is; keys are rotated without anybody noticing."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings as live
from django.db import connection
from django.test import Client

from winloss.errors import UserError
from winloss.web import keys
from winloss.web.house import rotation
from winloss.web.jobs.models import Job
from winloss.web.people.models import User

PASSWORD = "correct horse battery"
SEED = "5eed" * 20


@pytest.fixture
def keyed(home: Path, settings: Any) -> Path:
    """A home with a key file, and the process started on it."""
    keys.add(home)
    _restart(settings)
    return home


def _restart(settings: Any) -> None:
    settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS = keys.read(settings.CONFIG)


def _second_factor(user: User, monkeypatch: pytest.MonkeyPatch) -> tuple[str, list[str]]:
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    monkeypatch.setattr(RecoveryCodes, "generate_seed", classmethod(lambda _cls: SEED))
    return secret, RecoveryCodes.activate(user).generate_codes()


def _every_text() -> Iterator[str]:
    """Every value of every column of every table as text, and what is inside sessions."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        for table in tables:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                yield from map(str, row)
                if table == "django_session":
                    yield from map(_inside, map(str, row))


def _inside(signed: str) -> str:
    body = signed.lstrip(".").split(":")[0]
    try:
        plain = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        return (zlib.decompress(plain) if signed.startswith(".") else plain).decode("utf-8", "replace")
    except (ValueError, zlib.error):
        return ""


def test_no_secret_stands_in_any_table(
    keyed: Path, person: Callable[..., User], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    user = person("revops")
    secret, codes = _second_factor(user, monkeypatch)
    browser = Client()
    browser.force_login(user)
    session = browser.session
    session["mfa.totp.secret"] = pending = generate_totp_secret()  # as while a second factor is set up
    session.save()
    secrets = [
        PASSWORD,
        secret,
        pending,
        SEED,
        *codes,
        *keys.read(settings.CONFIG),
        str(browser.session.session_key)[::-1],
    ]
    texts = list(_every_text())
    assert any(user.email in text for text in texts)
    assert [found for found in secrets for text in texts if found in text] == []
    assert browser.session["mfa.totp.secret"] == pending


def test_what_is_sealed_opens_again(keyed: Path, person: Callable[..., User], monkeypatch: pytest.MonkeyPatch) -> None:
    user = person("rep")
    secret, codes = _second_factor(user, monkeypatch)
    sealed = {one.type: one for one in Authenticator.objects.filter(user=user)}
    assert keys.unseal_here(sealed["totp"].data["secret"]) == secret
    assert sealed["recovery_codes"].wrap().get_unused_codes() == codes


def test_a_rotation_seals_everything_with_the_new_key(
    keyed: Path, person: Callable[..., User], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    secret, codes = _second_factor(person("rep"), monkeypatch)
    other = Job.objects.create(
        kind="x",
        args={"deep": [{"token": keys.seal("s3cret", keys.read(settings.CONFIG))}]},
        not_before=live.STARTED_AT,
    )
    done = rotation.rotate()
    assert (done.added, done.resealed, done.keys) == (True, 3, 2)
    newest = keys.read(settings.CONFIG)[:1]
    sealed = {one.type: one.data for one in Authenticator.objects.all()}
    assert keys.unseal(sealed["totp"]["secret"], newest) == secret
    assert keys.unseal(sealed["recovery_codes"]["seed"], newest) == SEED
    other.refresh_from_db()
    assert keys.unseal(other.args["deep"][0]["token"], newest) == "s3cret"
    # a server that began before the rotation reads on
    assert Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes() == codes


def test_sessions_stay_until_the_old_key_goes(keyed: Path, person: Callable[..., User], settings: Any) -> None:
    back, away = Client(), Client()
    for browser in (back, away):
        browser.force_login(person("revops"))
    rotation.rotate()
    _restart(settings)
    assert back.get("/audit/").status_code == 200  # and goes over to the new key
    assert rotation.rotate(drop_old=True).dropped == 1
    _restart(settings)
    assert [browser.get("/audit/").status_code for browser in (back, away)] == [200, 302]
    assert len((keyed / "secret.keys").read_text().split()) == 1


def test_stopped_midway_it_goes_on_and_adds_no_further_key(
    keyed: Path, person: Callable[..., User], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    secret, _ = _second_factor(person("rep"), monkeypatch)

    def stop(_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotation.rotate(told=stop)
    assert keys.unseal_here(Authenticator.objects.get(type="totp").data["secret"]) == secret
    again = rotation.rotate()
    assert (again.added, again.resealed, again.keys) == (False, 1, 2)
    assert keys.unseal(Authenticator.objects.get(type="totp").data["secret"], keys.read(settings.CONFIG)[:1]) == secret


def test_old_keys_are_let_go_only_when_everything_opens_without_them(
    keyed: Path, person: Callable[..., User], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    secret, _ = _second_factor(person("rep"), monkeypatch)
    keys.add(keyed)
    done = rotation.rotate(drop_old=True)
    assert (done.resealed, done.keys, done.dropped) == (2, 1, 1)
    assert keys.unseal(Authenticator.objects.get(type="totp").data["secret"], keys.read(settings.CONFIG)) == secret


def test_a_secret_that_fits_no_key_stops_it_and_loses_nothing(
    keyed: Path, person: Callable[..., User], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    _second_factor(person("rep"), monkeypatch)
    before = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    (keyed / "secret.keys").write_text("another\nkey\n")
    with pytest.raises(UserError, match="sealed with a key that is not there"):
        rotation.rotate(drop_old=True)
    assert json.dumps(list(Authenticator.objects.values_list("data", flat=True))) == before
    assert (keyed / "secret.keys").read_text() == "another\nkey\n"


def test_keys_of_the_environment_are_not_written(home: Path, settings: Any, db: None) -> None:
    settings.CONFIG = settings.CONFIG.model_copy(update={"secret_keys": ["new", "old"]})
    assert rotation.rotate().added is False
    with pytest.raises(UserError, match="WINLOSS_SECRET_KEYS"):
        rotation.rotate(drop_old=True)
    assert not (home / "secret.keys").exists()


def test_without_keys_there_is_nothing_to_rotate(home: Path, db: None) -> None:
    with pytest.raises(UserError, match="`winloss init` makes it"):
        rotation.rotate()


def test_the_file_of_keys_is_read_by_its_owner_only(keyed: Path) -> None:
    keys.keep_first(keyed)
    assert (keyed / "secret.keys").stat().st_mode & 0o777 == 0o600
