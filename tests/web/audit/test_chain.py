"""The log only grows, never forks, and a change anywhere in it is found."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from depth import cases
from houses import WRITERS, outside
from winloss.errors import InternalError, UserError
from winloss.web.audit import services, triggers
from winloss.web.audit.models import Event
from winloss.web.audit.services import keep_head, record, verify


@pytest.fixture
def three(db: None) -> list[Event]:
    return [record("import", actor="a", of="v1"), record("undo import", actor="b"), record("export", told={"rows": 3})]


@pytest.mark.usefixtures("three")
def test_a_log_that_nobody_touched_is_whole() -> None:
    proof = verify()
    assert (proof.entries, proof.wrong) == (3, None)
    assert proof.head == Event.objects.latest("id").digest


def test_an_empty_log_is_whole(db: None, home: Path) -> None:
    proof = verify()
    keep_head(proof, home / "audit.heads")
    assert (proof.entries, proof.head, proof.wrong) == (0, services.NOTHING, None)
    assert not (home / "audit.heads").exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET actor = 'x'",
        "DELETE FROM audit_event",
        """INSERT OR REPLACE INTO audit_event (id, at, actor, action, of, told, before, digest)
        SELECT id, at, 'x', action, of, told, before, digest FROM audit_event WHERE actor = 'a'""",
    ],
)
def test_the_database_refuses_to_change_an_entry(three: list[Event], statement: str) -> None:
    if "REPLACE" in statement and connection.vendor != "sqlite":
        statement = "TRUNCATE audit_event"
    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert [event.actor for event in Event.objects.all()] == ["a", "b", ""]


def test_the_program_refuses_it_as_well(three: list[Event]) -> None:
    with pytest.raises(InternalError):
        three[0].save()
    with pytest.raises(InternalError):
        three[0].delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.filter(actor="a").update(actor="c")
    assert triggers.are_there(connection)


@pytest.mark.parametrize("column", ["actor", "action", "of", "told", "at"])
def test_a_changed_entry_is_named(three: list[Event], column: str) -> None:
    new = {"told": '{"rows": 4}', "at": "2020-01-01 00:00:00"}.get(column, "other")
    _by_force(f"UPDATE audit_event SET {column} = %s WHERE id = %s", [new, three[1].id])
    proof = verify()
    assert (proof.wrong_id, proof.wrong) == (three[1].id, "what it says was changed")
    assert not triggers.are_there(connection)


def test_an_entry_removed_from_the_middle_is_noticed(three: list[Event]) -> None:
    _by_force("DELETE FROM audit_event WHERE id = %s", [three[1].id])
    proof = verify()
    assert proof.wrong_id == three[2].id
    assert "does not follow" in str(proof.wrong)


def test_an_end_cut_off_is_noticed_by_the_head_kept_outside(three: list[Event], home: Path) -> None:
    heads = home / "audit.heads"
    keep_head(verify(heads), heads)
    _by_force("DELETE FROM audit_event WHERE id = %s", [three[2].id])
    assert verify().wrong is None
    proof = verify(heads)
    assert proof.wrong_id == three[2].id
    assert "that one is gone" in str(proof.wrong)


def test_a_log_written_anew_is_noticed(three: list[Event], home: Path) -> None:
    heads = home / "audit.heads"
    keep_head(verify(heads), heads)
    _by_force("DELETE FROM audit_event", [])
    for event in three:
        fresh = Event(id=event.id, at=event.at, actor="z", action="import", before=_last())
        fresh.digest = services.digest_of(fresh)
        fresh.save(force_insert=True)
    assert verify().wrong is None
    assert "written anew" in str(verify(heads).wrong)


def test_a_head_that_cannot_be_read_is_told(three: list[Event], home: Path) -> None:
    (home / "audit.heads").write_text("rubbish\n")
    with pytest.raises(UserError, match="Line 1 of"):
        verify(home / "audit.heads")


def test_two_entries_never_follow_the_same_one(three: list[Event]) -> None:
    twin = Event(at=three[2].at, action="import", before=three[2].before)
    twin.digest = services.digest_of(twin)
    with pytest.raises(DatabaseError), transaction.atomic():
        twin.save(force_insert=True)


def test_what_is_recorded_in_a_transaction_that_fails_is_not_there(three: list[Event]) -> None:
    with transaction.atomic():
        record("import")
        transaction.set_rollback(True)
    assert verify().entries == 3


@pytest.mark.skipif("WINLOSS_DATABASE_URL" in os.environ, reason="house/test_postgresql.py does it there")
def test_threads_of_several_processes_write_one_chain(tmp_path: Path) -> None:
    env = {**outside(), "WINLOSS_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "winloss.web.settings"}
    _python(["-m", "django", "migrate", "-v0"], env)
    writers = [subprocess.Popen([sys.executable, "-c", WRITERS], env=env) for _ in range(cases(2, 3))]
    assert {writer.wait() for writer in writers} == {0}
    told = _python(["-m", "winloss", "audit", "verify", "--home", str(tmp_path)], env)
    assert f"The audit log is whole: {45 * len(writers)} entries, head " in told
    assert (tmp_path / "audit.heads").read_text().split()[2] == str(45 * len(writers))
    assert (tmp_path / "audit.heads").stat().st_mode & 0o077 == 0


def _python(arguments: list[str], env: dict[str, str]) -> str:
    return subprocess.run([sys.executable, *arguments], env=env, check=True, capture_output=True, text=True).stdout


def _last() -> str:
    last = Event.objects.order_by("-id").first()
    return last.digest if last else services.NOTHING


def _by_force(statement: str, values: list[str | int]) -> None:
    """As somebody who may do everything in the database."""
    triggers.drop(connection)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
