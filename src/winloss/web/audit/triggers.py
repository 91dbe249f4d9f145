"""What keeps the audit log growing only, in the database itself: changes and deletions are refused there."""

from __future__ import annotations

from typing import Any

_TABLE = "audit_event"
_SAID = "The audit log only grows: its entries are neither changed nor deleted."
_TWICE = f"SELECT 1 FROM {_TABLE} WHERE id = NEW.id OR digest = NEW.digest OR before = NEW.before"  # noqa: S608  # no input
_SQLITE = tuple(
    f"CREATE TRIGGER {_TABLE}_no_{name} BEFORE {event} ON {_TABLE}{when} BEGIN SELECT RAISE(ABORT, '{_SAID}'); END"
    for name, event, when in (
        ("update", "UPDATE", ""),
        ("delete", "DELETE", ""),
        # INSERT OR REPLACE would delete without asking the trigger above.
        ("replace", "INSERT", f" WHEN EXISTS ({_TWICE})"),
    )
)
_POSTGRESQL = (
    f"""CREATE OR REPLACE FUNCTION {_TABLE}_grows() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{_SAID}' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    f"""CREATE TRIGGER {_TABLE}_no_change BEFORE UPDATE OR DELETE ON {_TABLE}
    FOR EACH ROW EXECUTE FUNCTION {_TABLE}_grows()""",
    f"""CREATE TRIGGER {_TABLE}_no_truncate BEFORE TRUNCATE ON {_TABLE}
    FOR EACH STATEMENT EXECUTE FUNCTION {_TABLE}_grows()""",
)
_WITHOUT = {
    "sqlite": tuple(f"DROP TRIGGER IF EXISTS {_TABLE}_no_{name}" for name in ("update", "delete", "replace")),
    "postgresql": (
        f"DROP TRIGGER IF EXISTS {_TABLE}_no_change ON {_TABLE}",
        f"DROP TRIGGER IF EXISTS {_TABLE}_no_truncate ON {_TABLE}",
        f"DROP FUNCTION IF EXISTS {_TABLE}_grows()",
    ),
}


def make(connection: Any) -> None:
    """Refuse changes from now on."""
    _run(connection, {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}.get(connection.vendor, ()))


def drop(connection: Any) -> None:
    """Allow them: a migration goes back, or a test clears its database."""
    _run(connection, _WITHOUT.get(connection.vendor, ()))


def are_there(connection: Any) -> bool:
    """Whether the database refuses changes."""
    asked = {
        "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
        "postgresql": "SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgenabled <> 'D'",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(asked, [_TABLE])
        (count,) = cursor.fetchone()
    return bool(count == len(_WITHOUT[connection.vendor]) - (connection.vendor == "postgresql"))


def _run(connection: Any, statements: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
