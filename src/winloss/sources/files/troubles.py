"""Problems counted while batches pass: how often each occurs, where first, and with which values."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from winloss.sources.contract import Problem

LINES_SHOWN = 10
EXAMPLES_SHOWN = 5
EXAMPLE_CHARACTERS = 60


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
        values: pa.Array | None = None,
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
            _add_examples(trouble.examples, values.take(pa.array(rows[:50])))

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
                message=trouble.message.replace("{count}", f"{trouble.count:,}"),
                count=trouble.count,
                column=column,
                examples=tuple(trouble.examples[:EXAMPLES_SHOWN]),
                lines=tuple(trouble.lines),
            )
            for (code, column), trouble in self._met.items()
        )


def _add_examples(examples: list[str], values: pa.Array) -> None:
    for value in values.to_pylist():
        shown = str(value)[:EXAMPLE_CHARACTERS]
        if len(examples) < EXAMPLES_SHOWN and value is not None and shown not in examples:
            examples.append(shown)
