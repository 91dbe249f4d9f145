"""Writing a map that a person can read: every line with what was seen and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import tomlkit
from tomlkit.items import Table

from winloss.sources.contract import ColumnReading, Intake, ValueReading

_INTRO = (
    "What winloss decided about these files. Change a line, then use it: --map FILE",
    'A column is given a target ("deal_stage"), a use ({use = "attribute"}) or "ignore".',
)


def written(intake: Intake) -> str:
    """The map of an intake as TOML with comments; reading it back gives `intake.mapping`."""
    document = tomlkit.document()
    for line in _INTRO:
        document.add(tomlkit.comment(line))
    readings = {reading.header: reading for reading in intake.columns}
    outcomes = {reading.value: reading for reading in intake.outcomes}
    for section, rows in intake.mapping.items():
        if section == "columns":
            document.add(section, _columns(rows, readings))
        elif section == "outcomes":
            document.add(section, _outcomes(rows, outcomes, intake.outcomes))
        else:
            document.add(section, _plain(rows))
    return tomlkit.dumps(document)


def _columns(rows: Mapping[str, Any], readings: Mapping[str, ColumnReading]) -> Table:
    table = tomlkit.table()
    for header, said in rows.items():
        table.add(header, _value(said))
        if (reading := readings.get(header)) is not None:
            table[header].comment(_one_line(_seen(reading)))
    return table


def _seen(reading: ColumnReading) -> str:
    samples = " | ".join(reading.samples)
    return "; ".join(part for part in (samples, reading.why, reading.how) if part)


def _outcomes(rows: Mapping[str, str], readings: Mapping[str, ValueReading], every: Sequence[ValueReading]) -> Table:
    table = tomlkit.table()
    for value, kind in rows.items():
        table.add(value, kind)
        if (reading := readings.get(value)) is not None:
            table[value].comment(_one_line(f"{reading.count:,} rows; {reading.why}"))
    asked = [reading for reading in every if reading.read_as == "unclassified" and reading.value not in rows]
    for reading in asked:
        table.add(tomlkit.comment(_one_line(f"{reading.count:,} rows wait for a line: {_line(reading)}")))
    return table


def _line(reading: ValueReading) -> str:
    return f'"{reading.value}" = "?"   (won, lost, no_decision, disqualified or open)'


def _plain(rows: Mapping[str, Any]) -> Table:
    table = tomlkit.table()
    for key, value in rows.items():
        nested = isinstance(value, Mapping) and not _inline(key)
        table.add(key, _plain(value) if nested else _value(value))
    return table


def _inline(key: str) -> bool:
    return key == "on"


def _value(said: Any) -> Any:
    if not isinstance(said, Mapping):
        return said
    inline = tomlkit.inline_table()
    inline.update(dict(said))
    return inline


def _one_line(text: str, width: int = 100) -> str:
    """Comments hold no line ends and no control characters: a value must not break out of its line."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat if len(flat) <= width else flat[: width - 1] + "…"
