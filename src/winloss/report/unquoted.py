"""What was found in the data, said without the values and the names of files that the words of reading quote.

Headers stay; a message that may quote a cell or name a file is replaced by what holds of every such trouble.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from winloss.synthesize.intake import ColumnFact, JoinFact
from winloss.synthesize.study import Issue

_BY_CODE: Mapping[str, str] = {
    "rejected_rows": "Rows with a value that could not be read were set aside.",
    "summary_rows": "Rows of subtotals, left out.",
    "repeated_rows": "Rows equal another one in every column; they are kept.",
    "repeated_partner": "Rows of a joined file with a key named before; the first of each was joined.",
    "ids_in_two_forms": "The ids of the deals meet those of a joined file in another form.",
    "file_not_joined": "A file was joined to nothing: no column of it names its rows once and stands in the deals.",
    "join_found_nobody": "Few or no deals found their row in a joined file, so its columns are blank on the others.",
    "unclassified_outcome": "Deals with an outcome that cannot be told.",
    "amounts_of_periods": "Amounts are of several periods and are added as they stand.",
    "unknown_currency": "The rates know nothing of some currencies; these amounts stay as they are.",
}
_READING = "reading"
_FOOTER = re.compile(r"\bfooter skipped: ")
_TOLD = re.compile(
    r"\b(?:(?:some bytes are )?not UTF-8: .*|\d+ lines? above the header skipped|\d[\d,]* rows? had fewer cells than .*)"
)
"""Notes on the reading of a file that quote nothing of it."""
_AGAINST = re.compile(r"(, against [\d,]+) such as [^;]*")
_SETTLED = re.compile(r"((?:first|point|comma): ).*? settles it")


def message(issue: Issue) -> str:
    """The issue's message without what it quotes."""
    if issue.code != _READING:
        return _BY_CODE.get(issue.code, issue.message)
    if _FOOTER.search(issue.message):
        return "Lines below the rows, taken for a footer and skipped."
    told = _TOLD.search(issue.message)
    return f"A file: {told[0]}" if told else "A note on how a file was read is left out here: it may quote the data."


def issues(found: tuple[Issue, ...]) -> tuple[Issue, ...]:
    """The issues without values and names of files; what reads alike then is counted together."""
    bare: dict[tuple[str, str], Issue] = {}
    for issue in found:
        said = replace(issue, message=message(issue), examples=())
        before = bare.get((said.code, said.message))
        bare[said.code, said.message] = said if before is None else replace(said, count=before.count + said.count)
    return tuple(bare.values())


def notes(told: tuple[str, ...], found: tuple[Issue, ...], joined: tuple[JoinFact, ...]) -> tuple[str, ...]:
    """Notes of the first page: those that repeat an issue without what it quotes, and no file by its name."""
    bare = {issue.message.rstrip("."): message(issue).rstrip(".") for issue in found}
    bare |= {f" in {one.right} by ": " in a joined file by " for one in joined}
    return tuple(_replaced(note, bare) for note in told)


def _replaced(note: str, bare: Mapping[str, str]) -> str:
    for quoting, said in bare.items():
        note = note.replace(quoting, said)
    return note


def columns(read: tuple[ColumnFact, ...]) -> tuple[ColumnFact, ...]:
    """How the columns were read, without the value that settled it."""
    return tuple(replace(column, how=_bare(column.how)) for column in read)


def _bare(how: str) -> str:
    return _AGAINST.sub(r"\1", _SETTLED.sub(r"\1a value settles it", how))
