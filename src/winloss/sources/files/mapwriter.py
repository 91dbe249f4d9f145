"""Writing a map that a person can read: every line with what was seen and why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import tomlkit
from tomlkit.items import Table

from winloss.sources.contract import ColumnReading, Intake, ValueReading
from winloss.tables.custom import BLANK_IS_NO, Use

_INTRO = (
    "What winloss decided about these files. Change a line, then use it: --map FILE",
    'A column is given a target ("deal_stage"), a use ({use = "attribute"}) or "ignore".',
)
_UNDECIDED = (
    'No column is known to tell how deals ended: give "deal_stage" to the one that does, and its values an outcome.'
)
STAGES = 40
"""A column of more different values is not offered as the one that tells how deals ended."""


def written(intake: Intake, *, undecided: bool = False) -> str:
    """The map of an intake as TOML with comments; reading it back gives `intake.mapping`.

    Where it is undecided which column tells how deals ended, the lines that may say so are marked.
    """
    document = tomlkit.document()
    for line in (*_INTRO, _UNDECIDED) if undecided else _INTRO:
        document.add(tomlkit.comment(line))
    readings = {reading.header: reading for reading in intake.columns}
    outcomes = {reading.value: reading for reading in intake.outcomes}
    for section, rows in intake.mapping.items():
        if section == "columns":
            document.add(section, _columns(rows, readings, undecided))
            if undecided:
                document.add("outcomes", _unknown(readings[header] for header in rows if header in readings))
        elif section == "outcomes":
            document.add(section, _outcomes(rows, outcomes, intake.outcomes))
        else:
            document.add(section, _plain(rows))
    return tomlkit.dumps(document)


def _columns(rows: Mapping[str, Any], readings: Mapping[str, ColumnReading], undecided: bool) -> Table:
    table = tomlkit.table()
    for header, said in rows.items():
        table.add(header, _value(said))
        if (reading := readings.get(header)) is not None:
            asked = 'does it tell how deals ended? then "deal_stage"; ' if undecided and _may_tell(reading) else ""
            table[header].comment(_one_line(asked + _seen(reading)))
    return table


def _may_tell(reading: ColumnReading) -> bool:
    """A column of a few texts may hold stages; one of boxes does not."""
    few = reading.distinct is not None and 2 <= reading.distinct <= STAGES
    return few and reading.use == Use.ATTRIBUTE and not reading.why.endswith(BLANK_IS_NO)


def _unknown(readings: Iterable[ColumnReading]) -> Table:
    """Lines to fill in, commented out, for the values of the columns that may tell outcomes."""
    table = tomlkit.table()
    for reading in filter(_may_tell, readings):
        for value in reading.samples:
            table.add(
                tomlkit.comment(_one_line(f"{_line(value)}; of {json.dumps(reading.header, ensure_ascii=False)}"))
            )
    return table


def _seen(reading: ColumnReading) -> str:
    samples = " | ".join(reading.samples)
    return "; ".join(part for part in (samples, reading.why, reading.how) if part)


def _outcomes(rows: Mapping[str, str], readings: Mapping[str, ValueReading], every: Sequence[ValueReading]) -> Table:
    table = tomlkit.table()
    for value, kind in rows.items():
        table.add(value, kind)
        if (reading := readings.get(value)) is not None:
            rows_of = "1 row" if reading.count == 1 else f"{reading.count:,} rows"
            table[value].comment(_one_line(f"{rows_of}; {reading.why}"))
    asked = [reading for reading in every if reading.read_as == "unclassified" and reading.value not in rows]
    for reading in asked:
        wait = "1 row waits" if reading.count == 1 else f"{reading.count:,} rows wait"
        table.add(tomlkit.comment(_one_line(f"{wait} for a line: {_line(reading.value)}")))
    return table


def _line(value: str) -> str:
    return f'{json.dumps(value, ensure_ascii=False)} = "?"   (won, lost, no_decision, disqualified or open)'


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
