"""The taxonomy: a versioned list of reasons, as data.

A reason is never deleted. It is retired, merged into another, split into several or renamed; history is read
again with the list in force (`Taxonomy.current`) and what cannot be read again is marked (`Taxonomy.breaks`).
A competitor is no reason: a value that only says who won is read as `unknown`.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from typing import Any

from winloss.capture.words import fold, pattern
from winloss.errors import UserError
from winloss.tables import OUTCOMES

POINTS_AT = ("product", "pricing", "marketing", "sales", "buyer", "qualification")
OTHER, UNKNOWN = "other", "unknown"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a word of a CRM means: a reason, the finer reason inside it, and whether it says that a competitor won."""

    code: str
    sub_reason: str | None = None
    rival: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SubReason:
    """A finer reason inside a reason."""

    code: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason.

    Parameters
    ----------
    fits
        The outcomes it can explain. It never changes an outcome: that comes from the deal stage (junk excepted).
    points_at
        Whom it points at: one of `POINTS_AT`, or "".
    content_gap
        The content it suggests, "" where none.
    window_from_days, window_to_days
        When asking again is worth it, in days after the close, both included; None where it never is.
    junk
        True where there was no deal at all; such losses are disqualified and stand in no denominator.
    primary
        True for the reasons a picklist may hold.
    retired
        The version of the taxonomy that retired it, "" while in force.
    """

    code: str
    label: str
    definition: str
    fits: tuple[str, ...]
    points_at: str = ""
    content_gap: str = ""
    window_from_days: int | None = None
    window_to_days: int | None = None
    junk: bool = False
    primary: bool = True
    sub_reasons: tuple[SubReason, ...] = ()
    retired: str = ""
    merged_into: str = ""
    split_into: tuple[str, ...] = ()
    renamed_from: tuple[str, ...] = ()

    @property
    def in_force(self) -> bool:
        return not (self.retired or self.merged_into or self.split_into)


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetEntry:
    """One line of a ready list. `competitor` is True where it says that a competitor won, which is no reason."""

    label: str
    code: str
    competitor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A ready list, each entry mapped to the taxonomy."""

    name: str
    label: str
    outcomes: tuple[str, ...]
    entries: tuple[PresetEntry, ...]


@dataclass(frozen=True, slots=True)
class WordPattern:
    """A pattern of words, as written, compiled, and what it means."""

    written: str
    expression: re.Pattern[str]
    meaning: Meaning


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """How values of a CRM are read: whole values, words inside values, and the words about empty fields and rivals."""

    exact: Mapping[str, Meaning]
    patterns: tuple[WordPattern, ...]
    blank: frozenset[str]
    prefixes: tuple[str, ...]
    rival: frozenset[str]
    lost_to: tuple[str, ...]
    chose: tuple[str, ...]
    negators: frozenset[str]
    rival_is: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A change of the list that parts history: figures before and after it do not compare."""

    code: str
    kind: str
    """retired, merged, split or renamed."""
    into: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """A versioned list of reasons with the words they are called by."""

    name: str
    version: str
    reasons: tuple[Reason, ...]
    presets: Mapping[str, Preset]
    lexicon: Lexicon = field(repr=False)
    digest: str = ""
    """First twelve hex digits of the SHA-256 of its text."""

    @property
    def stamp(self) -> str:
        """Name, version and digest, for a manifest: two lists of one stamp are one list."""
        return _stamp(self.name, self.version, self.digest)

    def __contains__(self, code: object) -> bool:
        return any(reason.code == code for reason in self.reasons)

    def reason(self, code: str) -> Reason:
        """The reason of that code, in force or not; UserError with the nearest code where there is none."""
        for reason in self.reasons:
            if reason.code == code:
                return reason
        raise UserError(f"No reason has the code {code!r}{nearest(code, [r.code for r in self.reasons])}.")

    def current(self, code: str) -> str | None:
        """The code in force for a code of any version: merges and renames are followed.

        A retired or split reason keeps its own code, since nobody can say which new one it would be.
        None where the taxonomy never had the code.
        """
        seen: set[str] = set()
        while code not in seen:
            seen.add(code)
            code = self._renamed.get(code, code)
            merged = next((r.merged_into for r in self.reasons if r.code == code), None)
            if merged is None:
                return None
            code = merged or code
        return code

    @property
    def _renamed(self) -> dict[str, str]:
        return {old: reason.code for reason in self.reasons for old in reason.renamed_from}

    @property
    def known_codes(self) -> dict[str, str]:
        """Every code that ever stood here, with the code in force for it."""
        every = [r.code for r in self.reasons] + list(self._renamed)
        return {code: now for code in every if (now := self.current(code)) is not None}

    @property
    def primary(self) -> tuple[Reason, ...]:
        """The reasons in force that a picklist may hold."""
        return tuple(r for r in self.reasons if r.primary and r.in_force)

    @property
    def junk_codes(self) -> tuple[str, ...]:
        return tuple(r.code for r in self.reasons if r.junk)

    @property
    def breaks(self) -> tuple[Break, ...]:
        """Where history does not compare: splits and retirements; merges and renames are told too."""
        return tuple(_breaks(self.reasons))

    def label(self, code: str | None) -> str:
        """What a reader sees: the label, "No reason given" for None, the code itself where it is not known."""
        if code is None:
            return "No reason given"
        return next((r.label for r in self.reasons if r.code == code), code)

    @classmethod
    def parse(cls, text: str, *, where: str = "the taxonomy") -> Taxonomy:
        """Read a taxonomy written in TOML.

        Parameters
        ----------
        text
            The TOML. With `extends = "winloss"` its reasons replace or join those shipped.
        where
            What to call it in an error, a file's name for example.

        Raises
        ------
        UserError
            Names the key that is wrong and what it may be.
        """
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise UserError(f"{where} is no valid TOML: {error}.") from None
        if document.get("extends") == "winloss":
            document = _extended(_shipped_document(), document)
        return _Reader(document, where).taxonomy(_digest(text))


@cache
def shipped() -> Taxonomy:
    """The taxonomy that comes with winloss."""
    return Taxonomy.parse(_shipped_text())


@cache
def shipped_stamp() -> str:
    """The stamp of the taxonomy that comes with winloss, without the patterns of its words."""
    text = _shipped_text()
    document = tomllib.loads(text)
    return _stamp(document["name"], document["version"], _digest(text))


def _stamp(name: str, version: str, digest: str) -> str:
    return f"{name} {version} {digest}".strip()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def nearest(word: str, choices: list[str]) -> str:
    """'; did you mean "x"?' for an error, or ': choose among …' where nothing is near."""
    near = difflib.get_close_matches(word, choices, n=1)
    return f'; did you mean "{near[0]}"?' if near else f": choose among {', '.join(choices)}"


def _shipped_text() -> str:
    return (files("winloss.capture") / "taxonomy.toml").read_text(encoding="utf-8")


def _shipped_document() -> dict[str, Any]:
    return tomllib.loads(_shipped_text())


def _extended(base: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    reasons = {row["code"]: row for row in base["reason"]}
    for row in given.get("reason", []):
        code = row.get("code") if isinstance(row, dict) else None
        reasons[code] = {**reasons.get(code, {}), **row} if isinstance(row, dict) else row
    return {
        "name": given.get("name", base["name"]),
        "version": given.get("version", base["version"]),
        "reason": list(reasons.values()),
        "words": {**base["words"], **given.get("words", {})},
        "preset": {**base["preset"], **given.get("preset", {})},
    }


def _breaks(reasons: tuple[Reason, ...]) -> Iterator[Break]:
    for reason in reasons:
        if reason.merged_into:
            yield Break(code=reason.code, kind="merged", into=(reason.merged_into,))
        elif reason.split_into:
            yield Break(code=reason.code, kind="split", into=reason.split_into)
        elif reason.retired:
            yield Break(code=reason.code, kind="retired", into=())
        for old in reason.renamed_from:
            yield Break(code=old, kind="renamed", into=(reason.code,))


_CODE = re.compile(r"[a-z][a-z0-9_]*\Z")
_REASON_KEYS = frozenset(("sub", "synonyms", "patterns", *(f.name for f in fields(Reason) if f.name != "sub_reasons")))
_SUB_KEYS = frozenset(("code", "label", "competitor", "synonyms", "patterns"))
_TOP_KEYS = frozenset(("name", "version", "extends", "reason", "words", "preset"))
_WORD_KEYS = frozenset(("blank", "prefixes", "rival", "lost_to", "chose", "not", "rival_is"))


class _Reader:
    """Checks a document key by key; every error names the key."""

    def __init__(self, document: dict[str, Any], where: str) -> None:
        self.document = document
        self.where = where
        self.exact: dict[str, Meaning] = {}
        self.origin: dict[str, str] = {}
        self.patterns: list[WordPattern] = []

    def taxonomy(self, digest: str) -> Taxonomy:
        self._known(self.document, _TOP_KEYS, "")
        rows = self._get(self.document, "reason", list, "")
        reasons = tuple(self._reason(row, index) for index, row in enumerate(rows, 1))
        codes = [reason.code for reason in reasons]
        self._together(reasons, codes)
        self._add_labels(reasons)
        return Taxonomy(
            name=self._get(self.document, "name", str, ""),
            version=self._get(self.document, "version", str, ""),
            reasons=reasons,
            presets={name: self._preset(name, row, codes) for name, row in self.document.get("preset", {}).items()},
            lexicon=self._lexicon(),
            digest=digest,
        )

    def _wrong(self, key: str, what: str) -> UserError:
        return UserError(f"{self.where}: {key or 'the file'} {what}.")

    def _known(self, table: dict[str, Any], keys: frozenset[str], path: str) -> None:
        for key in table:
            if key not in keys:
                raise self._wrong(f"{path}{key}", f"is no key here{nearest(key, sorted(keys))}")

    def _get(self, table: dict[str, Any], key: str, kind: type, path: str, default: Any = None) -> Any:
        value = table.get(key, default)
        if value is None:
            raise self._wrong(f"{path}{key}", "is missing")
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self._wrong(f"{path}{key}", f"must be {_KINDS[kind]}, not {value!r}")
        return value

    def _texts(self, table: dict[str, Any], key: str, path: str) -> tuple[str, ...]:
        values = self._get(table, key, list, path, [])
        if not all(isinstance(value, str) for value in values):
            raise self._wrong(f"{path}{key}", "must be a list of texts")
        return tuple(values)

    def _reason(self, row: Any, index: int) -> Reason:
        if not isinstance(row, dict):
            raise self._wrong(f"reason {index}", "must be a table")
        code = self._get(row, "code", str, f"reason {index}.")
        path = f"reason {code}."
        self._known(row, _REASON_KEYS, path)
        if not _CODE.match(code):
            raise self._wrong(f"{path}code", "must be lower-case letters, digits and _, and begin with a letter")
        subs = tuple(self._sub(sub, code) for sub in self._get(row, "sub", list, path, []))
        self._vocabulary(row, path, Meaning(code))
        return Reason(
            code=code,
            label=self._get(row, "label", str, path),
            definition=self._get(row, "definition", str, path),
            fits=self._outcomes(row, "fits", path),
            points_at=self._points_at(row, path),
            content_gap=self._get(row, "content_gap", str, path, ""),
            window_from_days=self._days(row, "window_from_days", path),
            window_to_days=self._days(row, "window_to_days", path),
            junk=self._get(row, "junk", bool, path, default=False),
            primary=self._get(row, "primary", bool, path, default=True),
            sub_reasons=subs,
            retired=self._get(row, "retired", str, path, ""),
            merged_into=self._get(row, "merged_into", str, path, ""),
            split_into=self._texts(row, "split_into", path),
            renamed_from=self._texts(row, "renamed_from", path),
        )

    def _sub(self, row: Any, code: str) -> SubReason:
        path = f"reason {code}.sub."
        if not isinstance(row, dict):
            raise self._wrong(path[:-1], "must be a list of tables")
        self._known(row, _SUB_KEYS, path)
        sub = SubReason(code=self._get(row, "code", str, path), label=self._get(row, "label", str, path))
        rival = self._get(row, "competitor", bool, path, default=False)
        self._vocabulary(row, f"{path}{sub.code}.", Meaning(code, sub.code, rival))
        return sub

    def _outcomes(self, row: dict[str, Any], key: str, path: str) -> tuple[str, ...]:
        values = self._texts(row, key, path)
        for value in values:
            if value not in OUTCOMES:
                raise self._wrong(f"{path}{key}", f"has {value!r}{nearest(value, list(OUTCOMES))}")
        if not values:
            raise self._wrong(f"{path}{key}", "names no outcome")
        return values

    def _points_at(self, row: dict[str, Any], path: str) -> str:
        value: str = self._get(row, "points_at", str, path, "")
        if value and value not in POINTS_AT:
            raise self._wrong(f"{path}points_at", f"is {value!r}{nearest(value, list(POINTS_AT))}")
        return value

    def _days(self, row: dict[str, Any], key: str, path: str) -> int | None:
        if key not in row:
            return None
        days: int = self._get(row, key, int, path)
        if days < 0:
            raise self._wrong(f"{path}{key}", f"is {days}, but days count from the close on")
        return days

    def _vocabulary(self, row: dict[str, Any], path: str, meaning: Meaning) -> None:
        for language, words in self._languages(row, "synonyms", path):
            for word in words:
                self._synonym(word, meaning, f"{path}synonyms.{language}")
        for language, words in self._languages(row, "patterns", path):
            for word in words:
                if not fold(word.replace("*", " ").replace("...", " ")):
                    raise self._wrong(f"{path}patterns.{language}", f"has {word!r}, which holds no word")
                self.patterns.append(WordPattern(word, pattern(word), meaning))

    def _languages(self, row: dict[str, Any], key: str, path: str) -> list[tuple[str, tuple[str, ...]]]:
        given = row.get(key, {})
        if isinstance(given, list):
            given = {"any": given}
        if not isinstance(given, dict):
            raise self._wrong(f"{path}{key}", "must be a list of texts, or such lists by language")
        return [(language, self._texts(given, language, f"{path}{key}.")) for language in given]

    def _synonym(self, word: str, meaning: Meaning, key: str) -> None:
        folded = fold(word)
        if not folded:
            raise self._wrong(key, f"has {word!r}, which holds no word")
        held = self.exact.get(folded)
        if held is not None and held.code != meaning.code:
            raise self._wrong(key, f"has {word!r}, which stands under {self.origin[folded]} already")
        if held is None:
            self.exact[folded], self.origin[folded] = meaning, key

    def _together(self, reasons: tuple[Reason, ...], codes: list[str]) -> None:
        for code in codes:
            if codes.count(code) > 1:
                raise self._wrong(f"reason {code}", "stands twice; a code has one meaning")
        for needed in (OTHER, UNKNOWN):
            if needed not in codes:
                raise self._wrong(f"reason {needed}", "is missing; Other and Unknown are always answers")
        by_code = {reason.code: reason for reason in reasons}
        for reason in reasons:
            self._references(reason, codes)
            if _circular(reason.code, by_code):
                raise self._wrong(f"reason {reason.code}.merged_into", "leads back to itself")

    def _references(self, reason: Reason, codes: list[str]) -> None:
        path = f"reason {reason.code}."
        for key, into in (("merged_into", (reason.merged_into,)), ("split_into", reason.split_into)):
            for code in into:
                if code and code not in codes:
                    raise self._wrong(f"{path}{key}", f"names {code!r}{nearest(code, codes)}")
        for old in reason.renamed_from:
            if old in codes:
                raise self._wrong(f"{path}renamed_from", f"names {old!r}, which still stands as a reason")
        low, high = reason.window_from_days, reason.window_to_days
        if (low is None) != (high is None) or (low is not None and high is not None and low > high):
            raise self._wrong(f"{path}window_from_days", "and window_to_days must stand together, the smaller first")

    def _add_labels(self, reasons: tuple[Reason, ...]) -> None:
        for reason in reasons:
            for name in (reason.code, reason.label, *reason.renamed_from):
                self.exact.setdefault(fold(name), Meaning(reason.code))
            for sub in reason.sub_reasons:
                for name in (sub.code, sub.label):
                    self.exact.setdefault(fold(name), Meaning(reason.code, sub.code))

    def _preset(self, name: str, row: Any, codes: list[str]) -> Preset:
        path = f"preset.{name}."
        if not isinstance(row, dict):
            raise self._wrong(f"preset.{name}", "must be a table")
        entries = self._get(row, "entries", list, path)
        return Preset(
            name=name,
            label=self._get(row, "label", str, path),
            outcomes=self._outcomes(row, "outcomes", path),
            entries=tuple(self._entry(entry, f"{path}entries.", codes) for entry in entries),
        )

    def _entry(self, row: Any, path: str, codes: list[str]) -> PresetEntry:
        if not isinstance(row, dict):
            raise self._wrong(path[:-1], "must be a list of tables")
        code = self._get(row, "code", str, path)
        if code not in codes:
            raise self._wrong(f"{path}code", f"is {code!r}{nearest(code, codes)}")
        return PresetEntry(
            label=self._get(row, "label", str, path),
            code=code,
            competitor=self._get(row, "competitor", bool, path, default=False),
        )

    def _lexicon(self) -> Lexicon:
        words = self._get(self.document, "words", dict, "", {})
        self._known(words, _WORD_KEYS, "words.")
        folded = {key: tuple(fold(word) for word in self._texts(words, key, "words.")) for key in _WORD_KEYS}
        longest_first = {key: tuple(sorted(values, key=len, reverse=True)) for key, values in folded.items()}
        return Lexicon(
            exact=self.exact,
            patterns=tuple(self.patterns),
            blank=frozenset(folded["blank"]),
            prefixes=longest_first["prefixes"],
            rival=frozenset(folded["rival"]),
            lost_to=longest_first["lost_to"],
            chose=longest_first["chose"],
            negators=frozenset(folded["not"]),
            rival_is=frozenset(folded["rival_is"]),
        )


_KINDS: dict[type, str] = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}


def _circular(code: str, by_code: Mapping[str, Reason]) -> bool:
    seen: set[str] = set()
    while code and code not in seen:
        seen.add(code)
        code = by_code[code].merged_into
    return bool(code)


def reference_page(taxonomy: Taxonomy | None = None) -> str:
    """The taxonomy as a page of the reference, in Markdown."""
    shown = taxonomy or shipped()
    lines = ["# Reasons", "", "<!-- Written by `make docs`: do not edit. -->", ""]
    lines += [
        f"The shipped taxonomy, version {shown.version}. How values of a CRM are read: [reasons](../howto/reasons.md)."
    ]
    lines += ["", "| code | reason | points at | ask again after |", "|---|---|---|---|"]
    lines += [f"| `{r.code}` | {r.label} | {r.points_at or '–'} | {_window(r)} |" for r in shown.reasons]
    for reason in shown.reasons:
        lines += ["", *_described(reason)]
    lines += ["", "## Ready lists", ""]
    for preset in shown.presets.values():
        lines += [f"### {preset.label} (`{preset.name}`)", "", "| entry | reason |", "|---|---|"]
        lines += [f"| {entry.label} | {_mapped(entry)} |" for entry in preset.entries]
        lines.append("")
    return "\n".join(lines)


def _described(reason: Reason) -> list[str]:
    lines = [f"## {reason.label} (`{reason.code}`)", "", reason.definition, ""]
    lines.append(f"- Fits: {', '.join(reason.fits)}{'; leaves the denominators' if reason.junk else ''}.")
    if reason.sub_reasons:
        lines.append(f"- Inside it: {', '.join(f'{sub.label} (`{sub.code}`)' for sub in reason.sub_reasons)}.")
    if reason.content_gap:
        lines.append(f"- Content it suggests: {reason.content_gap}.")
    if not reason.in_force:
        into = reason.merged_into or ", ".join(reason.split_into)
        lines.append(f"- No longer in force{f', now {into}' if into else ''}.")
    return lines


def _window(reason: Reason) -> str:
    if reason.window_from_days is None:
        return "never"
    return f"{reason.window_from_days} to {reason.window_to_days} days"


def _mapped(entry: PresetEntry) -> str:
    return f"`{entry.code}`, and a competitor whose name is not said" if entry.competitor else f"`{entry.code}`"
