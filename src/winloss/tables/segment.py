r"""A segment: a set of deals given by conditions. One type, one text form.

`field = value`, `field in (a, b)`, `field between a and b`, `field is blank`, joined by ` and `, sorted by field.
A value that is no bare word stands in double quotes, with `\` before a quote or a backslash.
`Segment.parse(str(segment)) == segment` for every segment.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from functools import reduce

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from winloss.errors import NoSuchFieldError, UserError
from winloss.tables import OUTCOMES

_BARE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+\-]*\Z")
_KEYWORDS = frozenset({"and", "in", "between", "is", "blank"})
_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<mark>[=(),])|(?P<word>[A-Za-z0-9_][A-Za-z0-9_.+\-]*))""", re.S
)


@dataclass(frozen=True, slots=True, order=True)
class Condition:
    """One condition on one field.

    `kind` is `=`, `in`, `between` or `blank`; `values` holds one value, several sorted ones, two bounds
    (both included), or none. Values are text; numbers and dates are compared in the column's own type.
    """

    field: str
    kind: str
    values: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind == "in":
            object.__setattr__(self, "values", tuple(sorted(set(self.values))))

    def __str__(self) -> str:
        shown = [_quote(value) for value in self.values]
        if self.kind == "=":
            return f"{self.field} = {shown[0]}"
        if self.kind == "in":
            return f"{self.field} in ({', '.join(shown)})"
        if self.kind == "between":
            return f"{self.field} between {shown[0]} and {shown[1]}"
        return f"{self.field} is blank"

    def predicate(self, table: ir.Table) -> ir.BooleanValue:
        """The condition as an expression over `table`.

        Raises
        ------
        UserError
            Where the field is unknown, a value is none of its kind, an outcome is none that there is, or the first bound
            of numbers or dates lies above the second.
        """
        if self.field not in table.columns:
            near = get_close_matches(self.field, table.columns, n=1)
            raise NoSuchFieldError(self.field, near[0] if near else "")
        column = table[self.field]
        if self.kind == "blank":
            return column.isnull()
        bounds = [self._literal(value, column.type()) for value in self.values]
        self._check(column.type())
        if self.kind == "=":
            return (column == bounds[0]).fill_null(False)
        if self.kind == "in":
            return column.isin(bounds).fill_null(False)
        return column.between(bounds[0], bounds[1]).fill_null(False)

    def _literal(self, value: str, kind: dt.DataType) -> ir.Scalar:
        for holds, form, written in _FORMS:
            if holds(kind) and not form(value):
                raise UserError(f"{self.field} holds {written}, and {value!r} is none: {self} cannot be looked up.")
        return ibis.literal(value).cast(kind)

    def _check(self, kind: dt.DataType) -> None:
        """What no deal could answer, though each value is of its column's kind."""
        if self.field == "outcome" and self.kind in {"=", "in"}:
            for value in self.values:
                _check_outcome(value)
        if self.kind == "between" and _above(self.values[0], self.values[1], kind):
            first, second = self.values
            turned = Condition(self.field, "between", (second, first))
            raise UserError(
                f"{self} holds no deal, for {first} is above {second}: write the smaller first, as {turned}."
            )


def _check_outcome(value: str) -> None:
    if value in OUTCOMES:
        return
    near = get_close_matches(value.lower().replace(" ", "_"), OUTCOMES, n=1)
    meant = f"did you mean {near[0]!r}?" if near else f"write one of {', '.join(OUTCOMES)}."
    raise UserError(f"No outcome is called {value!r}: {meant}")


def _above(first: str, second: str, kind: dt.DataType) -> bool:
    """Whether one number or date lies above another; False for what is neither."""
    if kind.is_numeric():
        return Decimal(first) > Decimal(second)
    if kind.is_date():
        return first[:10] > second[:10]
    if kind.is_timestamp():
        return datetime.datetime.fromisoformat(first) > datetime.datetime.fromisoformat(second)
    return False


_DAY = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?")


def _is_day(written: str) -> bool:
    try:
        datetime.datetime.fromisoformat(written)
    except ValueError:
        return False
    return _DAY.fullmatch(written) is not None


_FORMS: tuple[tuple[Callable[[dt.DataType], bool], Callable[[str], object], str], ...] = (
    (lambda kind: kind.is_numeric(), re.compile(r"[-+]?\d{1,18}(\.\d+)?").fullmatch, "numbers"),
    (lambda kind: kind.is_date() or kind.is_timestamp(), _is_day, "dates (as 2026-05-31)"),
    (lambda kind: kind.is_boolean(), re.compile("true|false", re.IGNORECASE).fullmatch, "true or false"),
)


@dataclass(frozen=True, slots=True)
class Segment:
    """Conditions that all hold, sorted by field; no conditions at all is every deal."""

    conditions: tuple[Condition, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "conditions", tuple(sorted(self.conditions)))

    @classmethod
    def of(cls, **equal: str) -> Segment:
        """The segment in which each named field has the given value."""
        return cls(tuple(Condition(name, "=", (value,)) for name, value in equal.items()))

    @classmethod
    def parse(cls, written: str) -> Segment:
        """Read the text form; UserError says what was expected where."""
        return _Reader(written).segment()

    def __str__(self) -> str:
        return " and ".join(str(condition) for condition in self.conditions)

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(condition.field for condition in self.conditions)

    def predicate(self, table: ir.Table) -> ir.BooleanValue:
        """All conditions as one expression over `table`."""
        parts = [condition.predicate(table) for condition in self.conditions]
        return reduce(lambda a, b: a & b, parts) if parts else ibis.literal(True)

    def of_table(self, table: ir.Table) -> ir.Table:
        """The rows of `table` in the segment."""
        return table.filter(self.predicate(table))


EVERYTHING = Segment()
"""Every deal."""


def _quote(value: str) -> str:
    if _BARE.match(value) and value.lower() not in _KEYWORDS:
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class _Reader:
    def __init__(self, written: str) -> None:
        self.written = written
        self.tokens = list(self._split(written))
        self.at = 0

    def _split(self, written: str) -> Iterator[tuple[str, str]]:
        at, end = 0, len(written.rstrip())
        while at < end:
            match = _TOKEN.match(written, at, end)
            if match is None:
                raise self._wrong(f"something other than {written[at:].strip()[:20]!r}")
            kind = match.lastgroup or ""
            yield kind, match.group(kind)
            at = match.end()

    def _wrong(self, expected: str) -> UserError:
        return UserError(
            f"The segment {self.written!r} was not understood: expected {expected}. "
            'Write for example: industry = Healthcare and size_band in (50-149, "1 000+").'
        )

    def _next(self) -> tuple[str, str]:
        if self.at >= len(self.tokens):
            raise self._wrong("more after its end")
        self.at += 1
        return self.tokens[self.at - 1]

    def _mark(self, mark: str) -> None:
        if self._next() != ("mark", mark):
            raise self._wrong(repr(mark))

    def _keyword(self, word: str) -> None:
        kind, found = self._next()
        if kind != "word" or found.lower() != word:
            raise self._wrong(repr(word))

    def _value(self) -> str:
        kind, found = self._next()
        if kind == "quoted":
            return re.sub(r"\\(.)", r"\1", found[1:-1], flags=re.S)
        if kind == "word" and found.lower() not in _KEYWORDS:
            return found
        raise self._wrong("a value")

    def _condition(self) -> Condition:
        kind, name = self._next()
        if kind != "word":
            raise self._wrong("a field")
        kind, sign = self._next()
        if (kind, sign) == ("mark", "="):
            return Condition(name, "=", (self._value(),))
        if kind == "word" and sign.lower() == "in":
            return Condition(name, "in", self._values())
        if kind == "word" and sign.lower() == "between":
            low = self._value()
            self._keyword("and")
            return Condition(name, "between", (low, self._value()))
        if kind == "word" and sign.lower() == "is":
            self._keyword("blank")
            return Condition(name, "blank")
        raise self._wrong("=, in, between or is blank")

    def _values(self) -> tuple[str, ...]:
        self._mark("(")
        values = [self._value()]
        while (token := self._next()) == ("mark", ","):
            values.append(self._value())
        if token != ("mark", ")"):
            raise self._wrong("')'")
        return tuple(values)

    def segment(self) -> Segment:
        if not self.tokens:
            return Segment()
        conditions = [self._condition()]
        while self.at < len(self.tokens):
            self._keyword("and")
            conditions.append(self._condition())
        return Segment(tuple(conditions))
