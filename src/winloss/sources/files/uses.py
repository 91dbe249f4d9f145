"""What a column that fills no target is used for, and why.

The rules are tried from the top; the first that holds gives the use. What a column is called goes before what it
holds: a probability is a leak even where it has three values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from winloss.sources.files.facts import ColumnFacts, frequent
from winloss.sources.files.given_names import LOOKED_AT, are_people
from winloss.sources.files.outcomes import vocabulary
from winloss.sources.files.signs import signs
from winloss.sources.files.synonyms import BARE, synonyms
from winloss.sources.files.words import core, plain, slug
from winloss.tables.custom import PREFIX, Use
from winloss.tables.people import is_role, names_person

ATTRIBUTE_LEVELS = 200
"""A text of more different values is too fine to compare."""
FREE_TEXT_CHARACTERS = 80
FREE_TEXT_WORDS = 5.0
NEARLY_UNIQUE = 0.9
_OWNERS = frozenset({"owner_id", "owner_name", "owner_email", "manager"})
NAMES_PEOPLE = "it names people: kept as opaque ids, never compared"
LOOKS_LIKE_PEOPLE = "its values look like names of people: kept as opaque ids, never compared"
OWNER_UNIQUENESS = 0.3
"""Different people over filled rows, 0 to 1, up to which they may be those who own the deals."""
NUMBER_LEVELS = 6
"""A number of fewer different values is compared value by value."""


@dataclass(frozen=True, slots=True)
class UseReading:
    """A use and the clause that explains it."""

    use: Use
    why: str

    @property
    def of_people(self) -> bool:
        """True where the values become opaque ids: the column holds people."""
        return self.use is Use.IDENTIFIER and self.why in (NAMES_PEOPLE, LOOKS_LIKE_PEOPLE)


def holds_people(facts: ColumnFacts) -> bool:
    """True where the values of a column look like names of people, whatever its name is."""
    return facts.numbers < 0.5 and facts.dates < 0.8 and are_people(frequent(facts.counts, LOOKED_AT))


def may_own(facts: ColumnFacts) -> bool:
    """True where a column holds people who sell, many deals each: it may stand in for the owner where none is named."""
    of_people = names_a_person(facts.header) or holds_people(facts)
    words, said = plain(facts.header), signs().headers
    if not of_people or said.buyer.search(words) or said.writer.search(words) or synonyms().leak(facts.header):
        return False
    many = facts.numbers < 0.5 and facts.dates < 0.8 and facts.flags < 0.95
    return many and facts.levels > 1 and facts.uniqueness <= OWNER_UNIQUENESS and facts.filled * 2 > facts.rows


def names_a_person(header: str) -> bool:
    """True where a column of this name holds people: such values become opaque ids."""
    return _says_person(header) or _says_owner(header)


def _says_person(header: str) -> bool:
    words, person = plain(header), signs().headers.person
    return names_person(header) or any(person.search(said) or is_role(said) for said in (words, core(words)))


def _says_owner(header: str) -> bool:
    """True for what deals call their owner; another column is the owner, this one names people all the same."""
    return any(m.target in _OWNERS and m.score >= BARE for m in synonyms().matches("deals", header))


def use_of(facts: ColumnFacts, *, same_as: str | None = None, many_rows: int = 20) -> UseReading:
    """What an unmapped column becomes.

    Parameters
    ----------
    facts
        The column.
    same_as
        Header of a column further left that holds the same value in every row.
    many_rows
        Below so many filled rows nothing is called nearly unique.
    """
    rules: tuple[Callable[[], UseReading | None], ...] = (
        lambda: _ignored(facts, same_as),
        lambda: _leak(facts),
        lambda: _person(facts),
        lambda: _typed(facts),
        lambda: _text(facts, many_rows),
    )
    return next(filter(None, (rule() for rule in rules)), UseReading(Use.ATTRIBUTE, _levels(facts)))


def _ignored(facts: ColumnFacts, same_as: str | None) -> UseReading | None:
    if facts.empty:
        return UseReading(Use.IGNORED, "it is empty")
    if synonyms().checksum(facts.header):
        return UseReading(Use.IGNORED, "the CRM writes it for itself")
    if same_as is not None:
        return UseReading(Use.IGNORED, f"it holds the same as {same_as!r}")
    if facts.levels == 1 and facts.filled + facts.placeholders == facts.rows and facts.rows > 1:
        return UseReading(Use.IGNORED, "it holds one value throughout")
    return None


def _leak(facts: ColumnFacts) -> UseReading | None:
    word = synonyms().leak(facts.header)
    return UseReading(Use.LEAK, f"{word!r} is {synonyms().leaks_why}") if word else None


def _person(facts: ColumnFacts) -> UseReading | None:
    if facts.flags >= 0.95 or facts.dates >= 0.8:
        return None
    if _says_person(facts.header) or (_says_owner(facts.header) and facts.numbers < 0.5):
        return UseReading(Use.IDENTIFIER, NAMES_PEOPLE)
    return UseReading(Use.IDENTIFIER, LOOKS_LIKE_PEOPLE) if holds_people(facts) else None


def _typed(facts: ColumnFacts) -> UseReading | None:
    if facts.dates >= 0.95:
        return UseReading(Use.DATE, "its values are dates")
    if facts.numbers < 0.95:
        return None
    if _is_id(facts):
        return UseReading(Use.IDENTIFIER, "its name says that it is an id")
    if facts.max_length > 12 and facts.uniqueness > 0.5:
        return UseReading(Use.IDENTIFIER, "long numbers, nearly all different")
    if facts.levels < NUMBER_LEVELS:
        return UseReading(Use.ATTRIBUTE, _levels(facts))
    return UseReading(Use.NUMBER, "its values are numbers")


def _is_id(facts: ColumnFacts) -> bool:
    return bool(signs().headers.id_at_end.search(plain(facts.header))) and facts.flags < 0.95


def _text(facts: ColumnFacts, many_rows: int) -> UseReading | None:
    if _is_id(facts):
        return UseReading(Use.IDENTIFIER, "its name says that it is an id")
    long = facts.max_length > FREE_TEXT_CHARACTERS and facts.levels > 2 * ATTRIBUTE_LEVELS
    if (long or facts.mean_words >= FREE_TEXT_WORDS) and facts.levels > 12:
        return UseReading(Use.FREE_TEXT, "long texts")
    if facts.filled >= many_rows and facts.uniqueness >= NEARLY_UNIQUE:
        return UseReading(Use.IDENTIFIER, "nearly every value is different")
    if facts.levels > ATTRIBUTE_LEVELS and _coverage(facts) < 0.8:
        return UseReading(Use.FREE_TEXT, f"{facts.levels:,} different values: too many to compare")
    return None


def _coverage(facts: ColumnFacts) -> float:
    """Share of the filled rows under the most frequent values that may be compared; 0 where none is filled."""
    if facts.distinct is None or facts.empty:
        return 0.0
    return sum(sorted(facts.counts.values(), reverse=True)[:ATTRIBUTE_LEVELS]) / facts.filled


def _levels(facts: ColumnFacts) -> str:
    if facts.levels == 1:
        return "one value or blank"
    return f"{facts.levels} different values"


def is_box(facts: ColumnFacts) -> bool:
    """True for boxes that are ticked or not: nothing but words and marks of a yes, and blanks."""
    known = vocabulary()
    blank = facts.filled < facts.rows and not facts.placeholders
    return blank and not facts.empty and facts.numbers < 0.95 and all(known.flag(value) for value in facts.counts)


def custom_names(headers: Iterable[str], *, taken: Iterable[str] = ()) -> tuple[str, ...]:
    """A unique ASCII name for each header: `x_` and its words; a number behind where two would be equal."""
    used, names = set(taken), []
    for position, header in enumerate(headers, start=1):
        base = PREFIX + (slug(core(plain(header))).removeprefix(PREFIX) or f"column_{position}")
        name, copy = base, 1
        while name in used:
            copy += 1
            name = f"{base}_{copy}"
        used.add(name)
        names.append(name)
    return tuple(names)
