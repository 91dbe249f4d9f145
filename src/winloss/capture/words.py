"""How words are compared: case, accents, punctuation and spelling of a value do not matter, its words do."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_CONTRACTION = re.compile(r"['\u2019\u02bc](?=(?:t|s|re|ve|ll|d|m)\b)", re.IGNORECASE)
_NOT_A_WORD = re.compile(r"[\W_]+")
_NUMBERED = re.compile(r"^\s*(?:\(?\d{1,2}\)?[.):\-]|[A-Za-z][.)])\s+")
_NEGATED = {
    "does not": "doesnt",
    "did not": "didnt",
    "do not": "dont",
    "is not": "isnt",
    "can not": "cant",
    "cannot": "cant",
    "could not": "couldnt",
    "would not": "wouldnt",
    "will not": "wont",
}
_NEGATION = re.compile(r"\b(?:" + "|".join(_NEGATED) + r")\b")


def fold(text: str) -> str:
    """`text` as plain words: lower case, no accents, no punctuation, contractions joined; "" where no word is left.

    "Doesn't Answer", "does not answer" and "DOESN\u2019T-ANSWER" fold to "doesnt answer"; "PriceTooHigh" and
    "price_too_high" to "price too high"; a leading "1. " or "a) " is dropped.
    """
    spaced = _CAMEL.sub(" ", _NUMBERED.sub("", text))
    words = _NOT_A_WORD.sub(" ", _CONTRACTION.sub("", _bare(spaced)).casefold()).strip()
    return _NEGATION.sub(lambda found: _NEGATED[found.group()], words)


def _bare(text: str) -> str:
    """`text` without accents."""
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) != "Mn")


def phrases(folded: str, longest: int) -> Iterator[str]:
    """Every run of one to `longest` words of a folded text, long ones first at each place."""
    words = folded.split()
    for start in range(len(words)):
        for length in range(min(longest, len(words) - start), 0, -1):
            yield " ".join(words[start : start + length])


def pattern(written: str) -> re.Pattern[str]:
    """The regular expression, over folded text, of a pattern of the taxonomy.

    `*` ends or opens a word, "..." stands for up to three words between.
    """
    parts: list[str] = []
    for word in written.split():
        if word == "...":
            parts.append(r"(?:\w+ ){0,3}")
        else:
            parts.append(r"\w*".join(re.escape(fold(piece)) for piece in word.split("*")) + " ")
    return re.compile(r"(?:^|(?<= ))" + "".join(parts).rstrip() + r"(?= |$)")


@cache
def listed(name: str) -> dict[str, frozenset[str]]:
    """The word lists of a file of this package, folded."""
    text = (files("winloss.capture") / name).read_text(encoding="utf-8")
    return {kind: frozenset(fold(word) for word in words) for kind, words in tomllib.loads(text).items()}


def name_key(name: str) -> str:
    """What is equal for two spellings of one company's name: no case, spaces, punctuation or legal form."""
    words = _NOT_A_WORD.sub(" ", _bare(name).casefold()).split()
    legal = listed("competitors.toml")["legal_form"]
    while len(words) > 1 and words[-1] in legal:
        words.pop()
    return "".join(words)
