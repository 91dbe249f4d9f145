"""`winloss inspect`: what would be made of some files, before anything is made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from winloss.cli.reading import MAP, RATES

if TYPE_CHECKING:
    from winloss.sources.contract import Intake
    from winloss.sources.files import FileSource


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("inspect")(inspect)


def inspect(
    files: list[Path] = typer.Argument(
        ..., metavar="FILE...", help="Exports to look at; the deals and what joins them."
    ),
    mapping: Path | None = MAP,
    rates: Path | None = RATES,
    write_map: Path | None = typer.Option(None, "--write-map", help="Write everything decided to this map file."),
    force: bool = typer.Option(False, "--force", help="Let --write-map replace a file that is there."),
    as_json: bool = typer.Option(False, "--json", help="Print everything as JSON."),
) -> None:
    """Show how files are read: columns, outcomes, spellings, joins and every problem, with counts."""
    from winloss.cli.progress import bar
    from winloss.sources.files import FileSource, NoDealsError

    if write_map is not None:
        _check_free(write_map, force)
    undecided: NoDealsError | None = None
    with bar() as tell:
        source = FileSource(files, mapping=mapping, rates=rates, keep_rejects=False, progress=tell)
        try:
            raw = _read(source)
        except NoDealsError as error:
            undecided = error
            source = FileSource(files, mapping=error.assumed, rates=rates, keep_rejects=False, progress=tell)
            raw = _read(source)
        told = source.told()
        kinds = source.kinds
    if write_map is not None:
        _write(write_map, told, undecided=undecided is not None)
    if as_json:
        _print_json(told, kinds)
    else:
        from winloss.cli.inspection import show

        unread = _unread(raw, told)
        named = [str(path) for path in files]
        decided = undecided is None
        show(told, kinds, files=named, written=write_map, mapped=mapping, unread=unread, decided=decided)
    if undecided is not None:
        raise undecided


def _read(source: FileSource) -> dict[str, Counter[str]]:
    """Read everything and keep nothing but how often each raw reason and competitor is given."""
    import pyarrow.compute as pc

    from winloss.capture.resolve import REASON_COLUMNS

    raw: dict[str, Counter[str]] = {name: Counter() for name in (*REASON_COLUMNS, "competitor_raw")}
    for table in source.offers:
        for batch in source.pull(table):
            for name in raw if table == "deals" else ():
                if name in batch.schema.names:
                    counted: Any = pc.value_counts(batch.column(name).drop_null())
                    raw[name].update({one["values"]: one["counts"] for one in counted.to_pylist()})
    return raw


def _unread(raw: Mapping[str, Mapping[str, int]], told: Intake) -> list[tuple[str, int]]:
    """Reasons that cannot be read, the most frequent first; sentences are not listed."""
    from winloss.capture.resolve import read
    from winloss.capture.taxonomy import shipped

    given = told.mapping
    readings = read(raw, shipped(), reasons=given.get("reasons"), competitors=given.get("competitors"))
    return [(one.value, one.count) for one in readings.reasons.not_understood]


def _check_free(path: Path, force: bool) -> None:
    from winloss.errors import UserError

    if path.exists() and not force:
        raise UserError(f"{path} is there already and may hold your changes; name another file, or add --force.")


def _write(path: Path, told: Intake, *, undecided: bool) -> None:
    from winloss.errors import UserError
    from winloss.sources.files.mapwriter import written

    try:
        path.write_text(written(told, undecided=undecided), "utf-8")
    except OSError as error:
        raise UserError(f"The map {path} cannot be written ({error.strerror}).") from None


def _print_json(told: Intake, kinds: dict[str, int]) -> None:
    import dataclasses
    import json

    shown = {"outcome_counts": kinds, **dataclasses.asdict(told)}
    typer.echo(json.dumps(shown, indent=1, ensure_ascii=False, default=str))
