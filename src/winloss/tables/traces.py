"""How a person is written in text, and the opaque id that takes the place of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from winloss.tables.people import opaque

_BREAK = r"(?:\s|\\[nrt]|&nbsp;|%20)"
"""White space between the words of a name, also as JSON, HTML and addresses of pages write it."""
_BEGINS = r"(?:(?<![\w.+\-])|(?<=\\[nrtbf]))"
_ASCII = re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True)
class Traces:
    """The addresses and full names of one person, each with the id that stands in its place afterwards.

    Case, white space and "Doe, Jane" for "Jane Doe" do not matter. A name of one word is too common a word to be looked for
    inside a text: it counts where it is the whole of a cell.
    """

    emails: Mapping[str, str]
    names: Mapping[str, str]

    def rewrite(self, text: str) -> tuple[str, int]:
        """`text` with ids in the place of the person, and how often that was."""
        count = 0
        for pattern, id_ in self._patterns:
            text, found = pattern.subn(id_, text)
            count += found
        return text, count

    def found(self, text: str) -> bool:
        return any(pattern.search(text) for pattern, _ in self._patterns)

    def spans(self, text: str) -> list[tuple[int, int, str]]:
        """Where the person stands in `text`: first character, one past the last, and the id that takes the place."""
        found = sorted(
            (match.start(), match.end(), id_) for pattern, id_ in self._patterns for match in pattern.finditer(text)
        )
        apart: list[tuple[int, int, str]] = []
        for span in found:
            if not apart or span[0] >= apart[-1][1]:
                apart.append(span)
        return apart

    def rewrite_plain(self, value: Any) -> tuple[Any, int]:
        """The same for a value of JSON, keys among it."""
        if isinstance(value, str):
            return self.rewrite(value)
        if isinstance(value, list):
            parts = [self.rewrite_plain(inner) for inner in value]
            return [part for part, _ in parts], sum(count for _, count in parts)
        if isinstance(value, dict):
            pairs = [(self.rewrite(name), self.rewrite_plain(inner)) for name, inner in value.items()]
            return {name: inner for (name, _), (inner, _) in pairs}, sum(a + b for (_, a), (_, b) in pairs)
        return value, 0

    @cached_property
    def needles(self) -> tuple[str, ...] | None:
        """Plain pieces of which every trace holds one, for a quick look; None where a name has no such piece."""
        pieces = [_longest(written) for written in (*(one.partition("@")[0] for one in self.emails), *self.names)]
        return tuple(dict.fromkeys(pieces)) if all(pieces) else None

    @cached_property
    def _patterns(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        patterns = [(_of_email(email), id_) for email, id_ in self.emails.items()]
        patterns += [(_of_name(name), id_) for name, id_ in self.names.items()]
        return tuple((re.compile(written, re.IGNORECASE | re.MULTILINE), id_) for written, id_ in patterns)


def _longest(written: str) -> str:
    return max(_ASCII.findall(written), key=len, default="")


def _of_email(email: str) -> str:
    local, _, domain = email.partition("@")
    return rf"{_BEGINS}{_spelled(local)}(?:@|%40|\\u0040|&#64;){_spelled(domain)}(?!\w|[.\-]\w)"


def _of_name(name: str) -> str:
    words = [_spelled(word) for word in name.replace(",", " ").split()]
    if len(words) == 1:
        return rf"(?:^|(?<=[,;\t|\"\n>])){words[0]}(?=$|[,;\t|\"\r\n<])"
    plain = f"{_BREAK}+".join(words)
    turned = rf"{words[-1]}{_BREAK}*,{_BREAK}*" + f"{_BREAK}+".join(words[:-1])
    return rf"{_BEGINS}(?:{plain}|{turned})(?!\w)"


def _spelled(word: str) -> str:
    return "".join(map(_letter, unicodedata.normalize("NFC", word)))


_ENTITIES = {"'": ("&apos;", "&#39;", "&#x27;", "’"), "&": ("&amp;",)}


def _letter(letter: str) -> str:
    """A letter in every way in which it may be written: composed or not, escaped as JSON and XML do."""
    forms = [letter, *_ENTITIES.get(letter, ())]
    if not letter.isascii():
        cased = dict.fromkeys((letter, letter.lower(), letter.upper()))
        forms += [unicodedata.normalize("NFD", one) for one in cased]
        forms += [f"\\u{ord(one):04x}" for one in cased if len(one) == 1 and ord(one) < 0x10000]
        forms += [form for one in cased if len(one) == 1 for form in (f"&#{ord(one)};", f"&#x{ord(one):x};")]
    found = list(dict.fromkeys(map(re.escape, forms)))
    return found[0] if len(found) == 1 else f"(?:{'|'.join(found)})"


def traces_of(emails: Iterable[str], names: Iterable[str], *, ids: Iterable[str]) -> Traces:
    """The traces of a person whose ids are known: of several ids, the one that was made of the writing itself."""
    known = list(dict.fromkeys(ids))

    def chosen(written: str) -> str:
        own = opaque(written)
        return own if own in known or not known else known[0]

    return Traces(
        emails={email: chosen(email) for email in dict.fromkeys(one.strip().lower() for one in emails if one.strip())},
        names={name: chosen(name) for name in dict.fromkeys(" ".join(one.split()) for one in names if one.strip())},
    )
