"""A PostgreSQL database in a backup: by `pg_dump` where it is there and fits the server, else row by row."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.color import no_style
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.db.migrations.loader import MigrationLoader

from winloss.errors import UserError

_DUMP, _ROWS = "database.pgdump", "database.jsonl"


def dump(folder: Path) -> str:
    """Write the database as of one moment into `folder`; "pg_dump" or "rows", as it was written."""
    if (
        shutil.which("pg_dump")
        and _run("pg_dump", "-Fc", "--no-owner", "--no-privileges", "-f", str(folder / _DUMP)) is None
    ):
        return "pg_dump"
    (folder / _DUMP).unlink(missing_ok=True)
    with transaction.atomic(), (folder / _ROWS).open("w", encoding="utf-8") as file:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for model in _models():
            for row in _rows(model):
                file.write(json.dumps([model._meta.label, row], cls=_Exact, ensure_ascii=False) + "\n")
    return "rows"


def load(folder: Path, kind: str, migrations: Sequence[str]) -> None:
    """Fill the empty database, all of it or nothing.

    Raises
    ------
    UserError
        Where it holds tables already, `pg_restore` is not there or refuses, or the rows are of another version.
    """
    tables = connection.introspection.table_names()
    if tables:
        raise UserError(
            f"The database {settings.DATABASES['default']['NAME']} holds tables ({tables[0]}): name an empty one."
        )
    if kind == "pg_dump":
        _restore(folder / _DUMP)
        (folder / _DUMP).unlink()
        return
    known = {".".join(key) for key in MigrationLoader(None).disk_migrations}
    if newer := sorted(known - set(migrations)):
        raise UserError(
            f"This backup was made before {newer[0]}: restore it with the winloss that made it, then update."
        )
    _load(folder / _ROWS)
    (folder / _ROWS).unlink()


def _restore(path: Path) -> None:
    if not shutil.which("pg_restore"):
        raise UserError("This backup needs `pg_restore`: install the client programs of PostgreSQL.")
    name = str(settings.DATABASES["default"]["NAME"])
    connection.close()
    options = ("--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
    said = _run("pg_restore", *options, "-d", name, str(path))
    if said is not None:
        raise UserError(f"`pg_restore` refused ({said}): nothing was restored.")


def _run(*command: str) -> str | None:
    """Run a program of PostgreSQL on our database; what it complained of, None where it went well."""
    wanted = settings.DATABASES["default"]
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    env = {**os.environ, **{name: str(wanted[key]) for name, key in names.items() if wanted.get(key)}}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603  # our own words
    return None if done.returncode == 0 else (done.stderr.strip().splitlines() or ["no word"])[-1][:200]


def _models() -> list[type[models.Model]]:
    return [
        model for model in apps.get_models(include_auto_created=True) if model._meta.managed and not model._meta.proxy
    ]


def _rows(model: type[models.Model]) -> Iterator[dict[str, Any]]:
    names = [field.attname for field in model._meta.concrete_fields]
    for row in model._base_manager.order_by("pk").values_list(*names).iterator(chunk_size=2000):
        yield dict(zip(names, row, strict=True))


class _Exact(DjangoJSONEncoder):
    """Instants to the microsecond: digests of the audit log are made of them."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if hasattr(o, "isoformat") else super().default(o)


def _load(path: Path) -> None:
    call_command("migrate", verbosity=0, interactive=False)
    chosen = _models()
    with transaction.atomic():
        for model in chosen:  # what migrating put in comes from the backup
            if model._base_manager.exists():
                model._base_manager.all()._raw_delete("default")  # without asking each row
        with path.open(encoding="utf-8") as file:
            for line in file:
                label, row = json.loads(line)
                _insert(apps.get_model(label), row)
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), chosen):
                cursor.execute(statement)


def _insert(model: type[models.Model], row: dict[str, Any]) -> None:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    given = {
        name: value if isinstance(fields[name], models.JSONField) else _value(fields[name], value)
        for name, value in row.items()
    }
    model(**given).save_base(raw=True, force_insert=True)


def _value(field: Any, value: Any) -> Any:
    return None if value is None else field.to_python(value)
