"""Problems counted while batches pass: how often each occurs, where first, and with which values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np

from winloss.sources.contract import Problem
from winloss.sources.files.arrow import Array, array_of

LINES_SHOWN = 10
EXAMPLES_SHOWN = 5
EXAMPLE_CHARACTERS = 60


_ONE = re.compile(r"^1 ((?:won |open |lost |closed |closing |expected )?)(\w+)s\b")


def sentence(message: str, count: int) -> str:
    """`message` with its `{count}`; the noun behind it in the singular where the count is 1."""
    return _ONE.sub(r"1 \1\2", message.replace("{count}", f"{count:,}"))


@dataclass(slots=True)
class _Trouble:
    message: str
    column: str | None
    count: int = 0
    lines: list[int] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)


class Troubles:
    """Add what each batch shows; `problems` tells it, in the order in which the kinds were first met."""

    def __init__(self) -> None:
        self._met: dict[tuple[str, str | None], _Trouble] = {}

    def add(
        self,
        code: str,
        message: str,
        mask: np.ndarray,
        lines: np.ndarray,
        *,
        column: str | None = None,
        values: Array | None = None,
    ) -> None:
        """Count the rows of `mask` under `code`.

        Parameters
        ----------
        code
            Stable name of the kind.
        message
            A sentence with `{count}` for the number of rows.
        mask
            One boolean a row.
        lines
            The line of each row.
        column
            The header, where the trouble sits in one column; counts are kept apart by it.
        values
            The values of that column, for examples.
        """
        rows = np.flatnonzero(mask)
        if len(rows) == 0:
            return
        trouble = self._trouble(code, message, column)
        trouble.count += len(rows)
        trouble.lines.extend(int(line) for line in lines[rows[: LINES_SHOWN - len(trouble.lines)]])
        if values is not None:
            _add_examples(trouble.examples, values.take(array_of(rows[:50])))

    def count(
        self, code: str, message: str, count: int, *, column: str | None = None, examples: tuple[str, ...] = ()
    ) -> None:
        """Count `count` occurrences of which no line is known."""
        if count:
            trouble = self._trouble(code, message, column)
            trouble.count += count
            trouble.examples.extend(e for e in examples if e not in trouble.examples)

    def _trouble(self, code: str, message: str, column: str | None) -> _Trouble:
        return self._met.setdefault((code, column), _Trouble(message, column))

    def problems(self) -> tuple[Problem, ...]:
        """What was met."""
        return tuple(
            Problem(
                code=code,
                message=sentence(trouble.message, trouble.count),
                count=trouble.count,
                column=column,
                examples=tuple(trouble.examples[:EXAMPLES_SHOWN]),
                lines=tuple(trouble.lines),
            )
            for (code, column), trouble in self._met.items()
        )


def _add_examples(examples: list[str], values: Array) -> None:
    for value in values.to_pylist():
        shown = str(value)[:EXAMPLE_CHARACTERS]
        if len(examples) < EXAMPLES_SHOWN and value is not None and shown not in examples:
            examples.append(shown)
