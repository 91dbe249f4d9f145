"""How the reasons of a CRM are read: each distinct value once, to a code of the taxonomy or to "not understood".

A value is read by the map, else as a whole known value, else part by part, else by words inside it. What was
read by words alone is told as such; what points at two reasons, or at none, is not read but listed for a
person, with the line to add to the map. A competitor is no reason: a value that only says who won is read as
`unknown` and says so. Sentences are free text: their words prove nothing, and no reason is made of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from winloss.capture.taxonomy import UNKNOWN, Meaning, Taxonomy, nearest
from winloss.capture.words import fold, name_key, phrases
from winloss.errors import UserError


class How(StrEnum):
    """By what a value was read."""

    MAP = "map"
    """A line of the map or of the adopted picklist."""
    SYNONYM = "synonym"
    """The whole value is known."""
    LIST = "list"
    """Several reasons in one value: the first is the primary one."""
    PART = "part"
    """A known value behind or before a dash or colon; the last part, being the finer one, decides."""
    COMPETITOR = "competitor"
    """It names a competitor, which is no reason."""
    PATTERN = "pattern"
    """Words inside the value: worth a look."""
    BLANK = "blank"
    """Stands for an empty field: "-", "Select", "not specified"."""
    FREE_TEXT = "free text"
    """A sentence; not read."""
    NOT_UNDERSTOOD = "not understood"


UNREAD = (How.NOT_UNDERSTOOD, How.FREE_TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonReading:
    """How one raw value was read.

    Parameters
    ----------
    value, count
        The value as the CRM has it, and on how many deals.
    code
        The reason's code in the taxonomy; None where the value is blank, free text or not understood.
    sub_reason
        The finer reason inside it, where the value says so.
    secondary
        Codes of further reasons in the same value, in order.
    competitor
        The competitor it names.
    rival
        True where it says that a competitor won, named or not.
    how, why
        By what it was read, in one word and in a clause.
    """

    value: str
    count: int
    how: How
    code: str | None = None
    sub_reason: str | None = None
    secondary: tuple[str, ...] = ()
    competitor: str | None = None
    rival: bool = False
    why: str = ""

    @property
    def given(self) -> bool:
        """A reason was given, understood or not."""
        return self.how is not How.BLANK

    @property
    def map_line(self) -> str:
        """The line to add under `[reasons]` of the map."""
        return f'{json.dumps(self.value, ensure_ascii=False)} = "{self.code or "code"}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonReadings:
    """All distinct raw reasons of a book and how they were read, the most frequent first."""

    readings: tuple[ReasonReading, ...]
    taxonomy: Taxonomy = field(repr=False)

    def __getitem__(self, value: str) -> ReasonReading:
        return self.by_value[value]

    @property
    def by_value(self) -> dict[str, ReasonReading]:
        return {reading.value: reading for reading in self.readings}

    @property
    def not_understood(self) -> tuple[ReasonReading, ...]:
        """Values that wait for a line in the map."""
        return tuple(r for r in self.readings if r.how is How.NOT_UNDERSTOOD)

    @property
    def by_pattern(self) -> tuple[ReasonReading, ...]:
        """Values read by words inside them: right mostly, worth a look always."""
        return tuple(r for r in self.readings if r.how is How.PATTERN)

    @property
    def free_text(self) -> bool:
        """The field holds sentences rather than choices: most given values are sentences, hardly one of them twice."""
        sentences = [r for r in self.readings if r.how is How.FREE_TEXT]
        given = sum(r.count for r in self.readings if r.given)
        return len(sentences) >= 5 and sum(r.count for r in sentences) > given / 2

    @property
    def map_lines(self) -> tuple[str, ...]:
        """`[reasons]` and one line for each value that was not understood; empty where all were."""
        lines = tuple(f"{r.map_line}  # {r.count:,} {_deals(r.count)}" for r in self.not_understood)
        return ("[reasons]", *lines) if lines else ()

    def deals(self, *how: How) -> int:
        """On how many deals a value stands that was read in one of these ways; all values where none is named."""
        return sum(r.count for r in self.readings if not how or r.how in how)


def read_values(
    values: Mapping[str, int],
    taxonomy: Taxonomy,
    overrides: Mapping[str, str] | None = None,
    *,
    competitors: Collection[str] = (),
) -> ReasonReadings:
    """Read every distinct raw reason.

    Parameters
    ----------
    values
        Raw value to the number of deals that carry it.
    taxonomy
        The list of reasons in force.
    overrides
        Raw value (or one of its spellings) to a code, "competitor" (a competitor won, unnamed),
        "competitor:NAME" or "blank": the `[reasons]` of the map and the adopted picklist. They win over all.
    competitors
        Names that are known, from the competitor field or the map.

    Returns
    -------
    ReasonReadings
        One reading a value, sorted by count and value.

    Raises
    ------
    UserError
        Where an override points at no code of the taxonomy.
    """
    reader = _Reader(taxonomy, overrides or {}, competitors)
    readings = [replace(reader.read(value), value=value, count=count) for value, count in values.items()]
    return ReasonReadings(readings=tuple(sorted(readings, key=lambda r: (-r.count, r.value))), taxonomy=taxonomy)


_HARD = re.compile(r"\s*[;|\n\r]+\s*")
_SOFT = re.compile(r"\s*[,/&+]\s*|\s+(?:and|or|und|oder|et|ou|y|o|e|и|или)\s+", re.IGNORECASE)
_PARTS = re.compile(r"\s+[-\u2013\u2014>\u203a\u00bb\u2192]+\s+|\s*:\s+|\s*[()]\s*|\s*::\s*|\s+>\s*")
_NOT_THE_REASON = re.compile(r"\bnot (?:the |an? |our |really )*(?:issue|reason|problem|deciding|factor)\b")
_SPREADSHEET_ERROR = re.compile(r"#[A-Z/0-9]+[!?]?\Z")
_LONGEST_CHOICE = 8
"""Words in the longest value that is still a choice of a list; longer ones are sentences."""
_LONGEST_LIST = 24
"""Words in the longest value that may be several choices."""
_LONGEST_VALUE = 400
"""Characters in the longest value that is looked into."""


class _Reader:
    def __init__(self, taxonomy: Taxonomy, overrides: Mapping[str, str], competitors: Iterable[str]) -> None:
        self.taxonomy = taxonomy
        self.words = taxonomy.lexicon
        self.codes = taxonomy.known_codes
        self.mapped = {value: self._target(value, target) for value, target in overrides.items()}
        self.mapped_words = {fold(value): meant for value, meant in self.mapped.items()}
        self.competitors = {name_key(name): name for name in competitors if name_key(name)}
        self.mentions = {fold(name): name for name in competitors if len(fold(name)) > 2}
        self.longest_name = max((len(words.split()) for words in self.mentions), default=0)
        self.lost_to = re.compile(rf"\b(?:{'|'.join(self.words.lost_to) or '(?!)'}) ")

    def read(self, value: str) -> ReasonReading:
        """The map first. Where it agrees with the words, what they say beside the reason is kept."""
        folded = fold(value)
        mapped = self._mapped(value, folded)
        if mapped is None:
            return self._unmapped(value, folded)
        plain = self._unmapped(value, folded)
        agrees = mapped.code is not None and plain.code == mapped.code and mapped.competitor is None
        return replace(plain, how=How.MAP, why=mapped.why) if agrees else mapped

    def _unmapped(self, value: str, folded: str) -> ReasonReading:
        """The first way that knows the value."""
        if len(value) > _LONGEST_VALUE or len(folded.split()) > _LONGEST_LIST:
            return self._sentence(folded[:_LONGEST_VALUE])
        return (
            self._blank(value, folded)
            or self._whole(value, folded)
            or self._listed(value)
            or self._parted(value)
            or self._lost_to(value, folded)
            or self._by_words(folded)
        )

    def _target(self, value: str, target: str) -> ReasonReading:
        read = ReasonReading(value=value, count=0, how=How.MAP, why=f"the map says {target}")
        if target == "blank":
            return replace(read, how=How.BLANK)
        if target == "competitor":
            return replace(read, code=UNKNOWN, sub_reason="competitor_won", rival=True)
        if target.startswith("competitor:") and target[11:].strip():
            return replace(read, code=UNKNOWN, sub_reason="competitor_won", rival=True, competitor=target[11:].strip())
        code = self.taxonomy.current(target)
        if code is None:
            raise UserError(
                f"The map reads the reason {value!r} as {target!r}, which is no code of the taxonomy"
                f"{nearest(target, [r.code for r in self.taxonomy.reasons])}."
            )
        return replace(read, code=code)

    def _mapped(self, value: str, folded: str) -> ReasonReading | None:
        return self.mapped.get(value) or (self.mapped_words.get(folded) if folded else None)

    def _blank(self, value: str, folded: str) -> ReasonReading | None:
        if folded and folded not in self.words.blank and not _SPREADSHEET_ERROR.match(value.strip()):
            return None
        return ReasonReading(value=value, count=0, how=How.BLANK, why="stands for an empty field")

    def _meant(self, meaning: Meaning, how: How, why: str) -> ReasonReading:
        return ReasonReading(
            value="",
            count=0,
            how=how,
            code=self.taxonomy.current(meaning.code),
            sub_reason=meaning.sub_reason,
            rival=meaning.rival,
            why=why,
        )

    def _whole(self, value: str, folded: str) -> ReasonReading | None:
        if value in self.codes:
            return self._meant(Meaning(value), How.SYNONYM, "a code of the taxonomy")
        meaning = self.words.exact.get(folded)
        if meaning is not None:
            return self._meant(meaning, How.SYNONYM, "a known value")
        if name_key(value) in self.competitors:
            return self._won_by(self.competitors[name_key(value)], "is the name of a competitor")
        for prefix in self.words.prefixes:
            meaning = self.words.exact.get(folded[len(prefix) + 1 :]) if folded.startswith(prefix + " ") else None
            if meaning is not None:
                return self._meant(meaning, How.SYNONYM, f"a known value after {prefix!r}")
        return None

    def _won_by(self, name: str | None, why: str, how: How = How.COMPETITOR) -> ReasonReading:
        sub = "competitor_won"
        return ReasonReading(
            value="", count=0, how=how, code=UNKNOWN, sub_reason=sub, rival=True, competitor=name, why=why
        )

    def _known(self, part: str) -> ReasonReading | None:
        folded = fold(part)
        return self._mapped(part, folded) or self._blank(part, folded) or self._whole(part, folded)

    def _listed(self, value: str) -> ReasonReading | None:
        parts = [part for part in _HARD.split(value) if part.strip()]
        if len(parts) > 1:
            return self._first_of([self.read(part) for part in parts], parts)
        parts = [part for part in _SOFT.split(value) if part.strip()]
        known = [self._known(part) for part in parts]
        if len(parts) > 1 and all(known):
            return self._first_of([reading for reading in known if reading], parts)
        return None

    def _first_of(self, readings: list[ReasonReading], parts: list[str]) -> ReasonReading:
        given = [(reading, part) for reading, part in zip(readings, parts, strict=True) if reading.given]
        if not given:
            return readings[0]
        first, part = given[0]
        others = [r.code for r, _ in given[1:] if r.code is not None and r.code != first.code]
        return replace(
            first,
            how=How.LIST if first.code is not None else first.how,
            secondary=tuple(dict.fromkeys(others)),
            rival=any(r.rival for r in readings),
            competitor=next((r.competitor for r in readings if r.competitor), None),
            why=f"several reasons, {part!r} comes first ({first.why})",
        )

    def _parted(self, value: str) -> ReasonReading | None:
        parts = [part for part in _PARTS.split(value) if part.strip()]
        if len(parts) < 2 or len(fold(value).split()) > _LONGEST_CHOICE + 2:
            return None
        named = self._named_rival(parts)
        if named is not None:
            return named
        known = [(reading, part) for part in parts if (reading := self._known(part)) and reading.given]
        if not known:
            return None
        last, part = known[-1]
        rival = any(reading.rival for reading, _ in known)
        return replace(last, how=How.PART, rival=rival, why=f"by its part {part!r} ({last.why})")

    def _named_rival(self, parts: list[str]) -> ReasonReading | None:
        """`Competitor: Acme`, `Lost to competitor - Acme`: a name behind a word for competitors."""
        head, tail = self._known(parts[0]), parts[-1].strip()
        about_rivals = (head is not None and head.rival and head.competitor is None) or (
            fold(parts[0]) in self.words.rival_is
        )
        known = self._known(tail)
        if not about_rivals or len(fold(tail).split()) > 4 or (known is not None and not known.competitor):
            return None
        return self._won_by(self.competitors.get(name_key(tail), tail), f"{tail!r} stands behind {parts[0]!r}")

    def _lost_to(self, value: str, folded: str) -> ReasonReading | None:
        """`Lost to Acme`: who won, where Acme is a known name, or looks like one behind words that say "lost to"."""
        for verb in (*self.words.lost_to, *self.words.chose):
            if not folded.startswith(verb + " "):
                continue
            name = " ".join(value.split()[len(verb.split()) :]).strip(" .!\"'")
            if fold(name) in self.words.rival:
                return self._won_by(None, "says that a competitor won")
            if name_key(name) in self.competitors:
                return self._won_by(self.competitors[name_key(name)], f"says that {name!r} won")
            if self._reads_as_name(name) and verb in self.words.lost_to:
                return self._won_by(name, f"{name!r} stands behind {verb!r}", How.PATTERN)
        return None

    def _reads_as_name(self, name: str) -> bool:
        words = name.split()
        capital = bool(name) and (name[0].isupper() or name[0].isdigit())
        return capital and 1 <= len(words) <= 3 and not self._meanings(fold(name)) and self._known(name) is None

    def _sentence(self, folded: str) -> ReasonReading:
        name = self._beaten_by(folded)
        return ReasonReading(
            value="",
            count=0,
            how=How.FREE_TEXT,
            competitor=name,
            rival=name is not None,
            why="a sentence, not a choice",
        )

    def _beaten_by(self, folded: str) -> str | None:
        """The known competitor that the text says the deal was lost to."""
        for match in self.lost_to.finditer(folded) if self.mentions else ():
            words = folded[match.end() :].split(maxsplit=self.longest_name)[: self.longest_name]
            for length in range(len(words), 0, -1):
                if (name := self.mentions.get(" ".join(words[:length]))) is not None:
                    return name
        return None

    def _mentioned(self, folded: str) -> str | None:
        found = {self.mentions[words] for words in phrases(folded, self.longest_name) if words in self.mentions}
        return found.pop() if len(found) == 1 else None

    def _meanings(self, folded: str) -> dict[Meaning, str]:
        """What the words inside mean, each with the pattern that says so; negated words say nothing."""
        if _NOT_THE_REASON.search(folded):
            return {}
        found: dict[Meaning, str] = {}
        for word in self.words.patterns:
            match = word.expression.search(folded)
            if match is not None and not self._negated(folded, match.start(), word.written):
                found.setdefault(word.meaning, word.written)
        return found

    def _negated(self, folded: str, start: int, written: str) -> bool:
        before = folded[:start].split()
        own = fold(written.split(maxsplit=1)[0])
        return bool(before) and before[-1] in self.words.negators and own not in self.words.negators

    def _by_words(self, folded: str) -> ReasonReading:
        if len(folded.split()) > _LONGEST_CHOICE:
            return self._sentence(folded)
        meanings = self._meanings(folded)
        winner = self._beaten_by(folded)
        rival = winner is not None or any(meaning.rival for meaning in meanings)
        name = winner or (self._mentioned(folded) if rival else None)
        reasons = {m: w for m, w in meanings.items() if not m.rival} or meanings
        codes = sorted({meaning.code for meaning in reasons})
        if len(codes) == 1:
            meaning = max(reasons, key=lambda m: (m.sub_reason is not None, len(reasons[m])))
            read = self._meant(meaning, How.PATTERN, f"by the words {reasons[meaning]!r}")
            return replace(read, rival=rival, competitor=name)
        why = f"points at {' and at '.join(codes)}" if codes else "no reason of the taxonomy is called so"
        return ReasonReading(value="", count=0, how=How.NOT_UNDERSTOOD, rival=rival, competitor=name, why=why)


def _deals(count: int) -> str:
    return "deal" if count == 1 else "deals"
