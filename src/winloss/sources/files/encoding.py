"""Which encoding a text file is in, decided over the whole file; and its text as UTF-8, block by block.

A file that is valid UTF-8 throughout is UTF-8. Otherwise the candidates below decode the lines that hold other
bytes than ASCII, and the one whose words look most like words is taken: no letters of two scripts in one word,
no capitals or signs inside it. What cannot be decoded becomes `UNDECODABLE`, and the reader rejects the row.
"""

from __future__ import annotations

import codecs
import re
import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa

BLOCK_BYTES = 16 << 20
SAMPLE_BYTES = 64 << 10
LINES_COUNTED = 200_000
UNDECODABLE = "\ufdd0"
"""A noncharacter of Unicode, so that no text of anybody holds it."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LEGACY = (
    "cp1252",
    "cp1251",
    "cp1250",
    "cp1254",
    "cp1253",
    "mac-roman",
    "cp850",
    "koi8-r",
    "cp866",
    "cp932",
    "euc-kr",
    "gb18030",
    "big5",
)
"""In order of preference where two look equally good."""

_RARITY = {"cp1252": 0.0, "mac-roman": 1.5, "cp850": 1.5, "cp866": 1.5}
"""How much odder than Western text a file may look before it is taken for this; pages of old systems are rare."""
_ELSEWHERE = 0.6

_WORD = re.compile(r'[^\s;,|"]+')
_FOREIGN = re.compile(rb"[^\n]*[\x80-\xff][^\n]*")
_PLAIN_SIGNS = frozenset("€£¥¢§©®°±²³«»–—‘’“”„…•·×™¹ªº¡¿№\u00a0")

_MONEY = frozenset("€£¥")
_FREE = frozenset("–—“”„‘’©®·•…\u00a0")
_OPENING = frozenset("“„‘©®")
_ORDINALS = frozenset("ªº")
_NOT_BEFORE_LETTERS = frozenset("£¥¢§¤¦¹²³")


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec, the bytes of the mark before the text, and what a person should know of the choice."""

    codec: str
    mark_bytes: int = 0
    note: str = ""
    proven: bool = False
    """The whole file was looked at and is valid UTF-8."""

    @property
    def name(self) -> str:
        return self.codec


def _mark(error: UnicodeError) -> tuple[str, int]:
    if isinstance(error, UnicodeDecodeError):
        return UNDECODABLE, error.end
    raise error


codecs.register_error("winloss.undecodable", _mark)


def detect(path: Path) -> Encoding:
    """The encoding of the text file at `path`; reads it once, in blocks."""
    with path.open("rb") as opened:
        head = opened.read(SAMPLE_BYTES)
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return Encoding(codec, len(mark))
    two_bytes = wide(head)
    return Encoding(two_bytes) if two_bytes else _narrow(path)


def wide(head: bytes) -> str | None:
    """UTF-16 or UTF-32 by its mark, or UTF-16 by which byte of two is zero in separators and digits; else None."""
    for mark, codec in _MARKS[1:]:
        if head.startswith(mark):
            return codec
    if b"\0" not in head:
        return None
    pairs = np.frombuffer(head[: len(head) // 2 * 2], np.uint8).reshape(-1, 2)
    first, second = pairs[:, 0], pairs[:, 1]
    little = int(((second == 0) & (first > 0) & (first < 128)).sum())
    big = int(((first == 0) & (second > 0) & (second < 128)).sum())
    narrow = int(((first >= 32) & (first < 127) & (second >= 32) & (second < 127)).sum())
    most, codec = max((little, "utf-16-le"), (big, "utf-16-be"))
    if most < len(pairs) * 0.15 or most < 3 * min(little, big) or most < narrow:
        return None
    return codec


def _narrow(path: Path) -> Encoding:
    evidence = _Evidence()
    # One place for all blocks: reading into fresh memory takes longer than looking at it.
    block_bytes, rest = min(BLOCK_BYTES, path.stat().st_size), 0
    held = bytearray(2 * block_bytes)
    with path.open("rb", buffering=0) as opened, memoryview(held) as view:
        while read := opened.readinto(view[rest : rest + block_bytes]):
            filled = rest + read
            end = held.rfind(b"\n", rest, filled) + 1 or filled
            evidence.see(view[:end])
            rest = filled - end
            held[:rest] = held[end:filled]
        evidence.see(view[:rest])
    if evidence.clean:
        return Encoding("utf-8", proven=True)
    if evidence.valid >= 9 * evidence.invalid:
        return Encoding("utf-8", note="some bytes are not UTF-8: their rows were set aside")
    codec = guess(evidence.sample)
    return Encoding(codec, note=f"not UTF-8: read as {codec}")


class _Evidence:
    """Lines that hold more than ASCII: how many are valid UTF-8, how many are not, and some to look at."""

    def __init__(self) -> None:
        self.valid = 0
        self.invalid = 0
        self.sample = b""
        self.clean = True

    def see(self, lines: memoryview) -> None:
        if np.frombuffer(lines, np.uint8).max(initial=0) < 128:
            return
        if is_utf8(lines):
            # Not counted line by line; one block weighs as much as a page of foreign lines.
            self.valid += 1000
            return
        self.clean = False
        if self.valid + self.invalid > LINES_COUNTED:
            return
        for line in _FOREIGN.finditer(lines):
            self._see_line(line.group())

    def _see_line(self, line: bytes) -> None:
        try:
            line.decode()
            self.valid += 1
        except UnicodeDecodeError:
            self.invalid += 1
        if len(self.sample) < SAMPLE_BYTES:
            self.sample += line[:2000] + b"\n"


def is_utf8(text: bytes | memoryview) -> bool:
    """Whether `text` is valid; Arrow checks at the speed of memory and makes no string."""
    offsets = pa.py_buffer(struct.pack("ii", 0, len(text)))
    try:
        pa.StringArray.from_buffers(1, offsets, pa.py_buffer(text)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def guess(sample: bytes) -> str:
    """The legacy codec under which `sample` reads most like words."""
    # Western text is by far the most frequent: another page must look better by more than a sign or two.
    return min(
        _LEGACY, key=lambda codec: (_oddness(sample, codec) + _RARITY.get(codec, _ELSEWHERE), _LEGACY.index(codec))
    )


def _oddness(sample: bytes, codec: str) -> float:
    text = sample.decode(codec, "winloss.undecodable")
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    return sum(_word_oddness(word) for word in words)


def _word_oddness(word: str) -> float:
    odd = 5.0 * word.count(UNDECODABLE)
    scripts = {script for c in word if c.isalpha() and (script := _script(c))}
    odd += 3.0 * (len(scripts) > 1)
    around = zip(f" {word}", word, f"{word[1:]} ", strict=False)
    odd += sum(_sign_oddness(c, before, after) for before, c, after in around if not c.isascii() and not c.isalpha())
    odd += _letters_as_signs(word)
    odd += sum(a.islower() and b.isupper() and not (a.isascii() and b.isascii()) for a, b in pairwise(word))
    odd += sum(a in _NOT_BEFORE_LETTERS and b.isalpha() for a, b in pairwise(word))
    letters = [c for c in word if c.isalpha()]
    accented = sum(not c.isascii() for c in letters)
    if scripts == {"LATIN"} and len(letters) > 2 and accented * 2 > len(letters):
        odd += 2.0
    return odd + 0.3 * sum(_is_rare(c) for c in letters)


def _letters_as_signs(word: str) -> float:
    """Latin letters where a sign of money would stand: a capital on its own, or one beside a figure (`87Ä`, `Ç5`)."""
    if len(word) == 1:
        return 1.0 if word.isupper() and _script(word) == "LATIN" else 0.0
    pairs = [(a, b) for a, b in pairwise(word) if a.isdigit() != b.isdigit()]
    letters = (a if b.isdigit() else b for a, b in pairs)
    return float(sum(c.isalpha() and not c.isascii() and c not in _ORDINALS and _script(c) == "LATIN" for c in letters))


def _script(c: str) -> str:
    name = unicodedata.name(c, "")
    first = name.split(" ", 1)[0]
    # Ideographs and kana stand together in one word.
    if c in _ORDINALS:
        return "LATIN"
    return "CJK" if first in {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"} else first


def _sign_oddness(c: str, before: str, after: str) -> float:
    """A sign of money that touches no letter is what such a sign is for; so are a dash alone and an apostrophe within."""
    beside = before.isalpha() + after.isalpha()
    if c in _MONEY and not beside and all(a.isascii() or a in _FREE for a in (before, after)):
        return 0.0
    if c in _FREE and not (before.isalpha() if c in _OPENING else after.isalpha() and c != "’"):
        return 0.05
    if c in _PLAIN_SIGNS or c == UNDECODABLE:
        return 1.0 if beside == 2 else 0.3
    return 2.0 if unicodedata.category(c) in {"Cc", "Cf", "Co", "Cn", "So", "Sk"} else 1.0


def _is_rare(c: str) -> bool:
    """Letters that no large language of business writes often; they show a wrong code page."""
    return c in "ÐðÞþÝýÿŸµƒĄĚŘŇŤĎŮĂŢŞЂЃѓЉЊЌЋЏђљњќћџЎўЈҐЁЄЇІіґє"


def text_blocks(path: Path, encoding: Encoding, *, block_bytes: int = BLOCK_BYTES) -> Iterator[tuple[bytes, int]]:
    """The file's text as UTF-8 bytes in blocks of whole characters, each with the file's bytes read so far.

    UTF-8 is passed on as it is: bytes that are not valid are found where rows are made.
    """
    with path.open("rb") as opened:
        done = len(opened.read(encoding.mark_bytes))
        if encoding.codec == "utf-8":
            while block := opened.read(block_bytes):
                done += len(block)
                yield block, done
            return
        decoder = codecs.getincrementaldecoder(encoding.codec)("winloss.undecodable")
        while block := opened.read(block_bytes):
            done += len(block)
            yield decoder.decode(block).encode("utf-8", "replace"), done
        yield decoder.decode(b"", final=True).encode("utf-8", "replace"), done
