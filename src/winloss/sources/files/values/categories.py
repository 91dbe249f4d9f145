"""Spellings of one category joined: case, spaces, hyphens, full-width and look-alike letters; never silently.

`GTXPro` and `GTX Pro`, `Google` and `google`, `B1` with a Cyrillic В are one; `C`, `C++` and `C#`, `1-10` and `11-0`
are not. Misspellings (`technolgy`) are only suggested.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping

Told = tuple[str, tuple[tuple[str, int], ...], str]
"""What was kept, what was folded into it with counts, and why."""

_LOOKALIKES = str.maketrans(
    dict(
        zip(
            "АВЕЗКМНОРСТУХЅІЈԚԜҮаеорсухіѕјԛԝһҺвкмнтбгьЬ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοανρικτυχ",
            "ABE3KMHOPCTYXSIJQWYaeopcyxisjqwhHbkmhtbrbb" + "ABEZHIKMNOPTYXoavpiktux",
            strict=True,
        )
    )
)
"""Cyrillic and Greek letters that look like Latin ones (Unicode UTS 39, the letters met in practice)."""
_JOINER = re.compile(r"[\s\-_\u2010-\u2015\u2212]+")
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_DIGIT_JOIN = re.compile(r"(?<=\d)[\s\-_\u2010-\u2015\u2212]+(?=\d)")
_LETTER_WORDS = re.compile(r"[^\W\d_]")
SUGGEST_CHARS = 5
"""Shorter words are too alike by chance."""
SUGGEST_VALUES = 3_000
SUGGEST_TIMES = 3
"""A misspelling is at least so many times rarer than what it seems to mean."""


def fold(counts: Mapping[str, int]) -> tuple[dict[str, str], list[Told]]:
    """Join the spellings of each category.

    Parameters
    ----------
    counts
        Value → rows. Blank values are no categories.

    Returns
    -------
    mapping
        Value → kept spelling, for the values that change.
    told
        One entry a category that was joined.
    """
    members: dict[str, list[str]] = defaultdict(list)
    for value in counts:
        if _plain(value):
            members[_skeleton(value)].append(value)
    _join_lookalikes(members)
    mapping: dict[str, str] = {}
    told: list[Told] = []
    for same in members.values():
        kept = _plain(_best(same, counts))
        others = sorted((v for v in same if v != kept), key=lambda v: (-counts[v], v))
        mapping.update(dict.fromkeys(others, kept))
        if others:
            told.append((kept, tuple((v, counts[v]) for v in others), _why(kept, others)))
    return mapping, sorted(told, key=lambda entry: (-sum(n for _, n in entry[1]), entry[0]))


def _plain(value: str) -> str:
    """As a person sees it: one kind of space, no invisible signs."""
    return " ".join(_INVISIBLE.sub("", value).split())


def _skeleton(value: str) -> str:
    """What spellings of one category share. Joiners vanish, but not between digits: `1-10` is not `110`."""
    text = unicodedata.normalize("NFKC", _plain(value)).casefold()
    text = _DIGIT_JOIN.sub("\x00", text)
    head, tail = _signs(text)
    return head + _JOINER.sub("", text[len(head) : len(text) - len(tail)]) + tail


def _signs(text: str) -> tuple[str, str]:
    """A sign before a number and signs at the end mean something: `-5`, `A-`, `<1`."""
    head = "-" if re.match(r"[-\u2010-\u2015\u2212]\s*\d", text) else ""
    found = re.search(r"(?<=\w)\s?[-+\u2212]+$", text)
    return head, found.group() if found else ""


def _join_lookalikes(members: dict[str, list[str]]) -> None:
    """Words of mixed scripts, and words whose look-alike in Latin letters is there already."""
    for skeleton in [s for s in members if not s.isascii()]:
        latin = _latin(skeleton)
        if latin != skeleton and (latin in members or _is_mixed(skeleton)):
            members[latin].extend(members.pop(skeleton))


def _latin(skeleton: str) -> str:
    # Capitals look alike where small letters do not: В and B, but в and b.
    upper = unicodedata.normalize("NFKC", skeleton).upper().translate(_LOOKALIKES).casefold()
    return upper if _is_latin(upper) else skeleton.translate(_LOOKALIKES)


def _is_latin(text: str) -> bool:
    return all(_script(c) == "LATIN" for c in text if c.isalpha())


def _is_mixed(skeleton: str) -> bool:
    """Latin and other letters within one word, all of them with a Latin look-alike."""
    scripts = {_script(c) for c in skeleton if c.isalpha()}
    return "LATIN" in scripts and len(scripts) > 1 and _is_latin(_latin(skeleton))


def _script(c: str) -> str:
    return unicodedata.name(c, "").split(" ", 1)[0]


def _best(same: Iterable[str], counts: Mapping[str, int]) -> str:
    """The most frequent spelling; of equally frequent ones the better written. Two scripts in a word are an error."""
    pure = [value for value in same if not _is_mixed(_skeleton(value))]
    return max(pure or same, key=lambda v: (counts[v], _is_plain(v), v.isascii(), _looks_written(v), v))


def _is_plain(value: str) -> bool:
    return value == _plain(value) and (value.isascii() or unicodedata.normalize("NFKC", value) == value)


def _looks_written(value: str) -> tuple[bool, bool, bool]:
    """Words apart, a capital first, not all in capitals."""
    letters = [c for c in value if c.isalpha()]
    return " " in value, bool(letters) and letters[0].isupper(), not value.isupper()


def _why(kept: str, others: list[str]) -> str:
    """What the spellings differ in."""
    reasons: dict[str, None] = {}
    for other in others:
        reasons.setdefault(_difference(kept, other))
    return ", ".join(reasons)


def _difference(kept: str, other: str) -> str:
    if _plain(kept) == _plain(other):
        return "white space"
    a, b = unicodedata.normalize("NFKC", _plain(kept)), unicodedata.normalize("NFKC", _plain(other))
    if a == b:
        return "width of letters"
    if a.casefold() == b.casefold():
        return "capitals"
    if _skeleton(kept) == _skeleton(other):
        return "spaces and hyphens"
    return "look-alike letters of another script"


def suggest(counts: Mapping[str, int]) -> list[tuple[str, str, str]]:
    """Values that look like a misspelling of a more frequent one: (value, likely meant, why). Nothing is changed.

    One letter more, less, other or swapped, in a word of at least five letters; digits must agree.
    """
    if len(counts) > SUGGEST_VALUES:
        return []
    by_key: dict[str, list[str]] = defaultdict(list)
    folded = {value: _plain(value).casefold() for value in counts}
    for value, text in folded.items():
        if len(text) >= SUGGEST_CHARS:
            for key in _deletions(text):
                by_key[key].append(value)
    pairs = {(a, b) for same in by_key.values() for a in same for b in same if a != b}
    found = [
        (a, b) for a, b in pairs if _is_misspelling(folded[a], folded[b]) and counts[b] >= SUGGEST_TIMES * counts[a]
    ]
    best: dict[str, str] = {}
    for rare, often in sorted(found):
        if rare not in best or counts[often] > counts[best[rare]]:
            best[rare] = often
    return [(rare, often, f"{rare!r} differs from {often!r} by one letter") for rare, often in sorted(best.items())]


def _deletions(text: str) -> set[str]:
    return {text} | {text[:i] + text[i + 1 :] for i in range(len(text))}


def _is_misspelling(rare: str, often: str) -> bool:
    if rare == often or [c for c in rare if not c.isalpha()] != [c for c in often if not c.isalpha()]:
        return False
    if len(rare) == len(often):
        differs = [i for i in range(len(rare)) if rare[i] != often[i]]
        swapped = len(differs) == 2 and differs[1] == differs[0] + 1 and rare[differs[0]] == often[differs[1]]
        return len(differs) == 1 or (swapped and rare[differs[1]] == often[differs[0]])
    shorter, longer = sorted((rare, often), key=len)
    # A letter more at the end may be another word form (`deal`, `deals`).
    return any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer) - 1))
