from __future__ import annotations

import dataclasses
import re
import unicodedata
from pathlib import Path

from winloss.sources.files import signs as module
from winloss.sources.files.signs import signs

CODE = "\n".join(path.read_text("utf-8") for path in Path(module.__file__).parent.glob("*.py"))


def patterns_over_plain_words() -> dict[str, re.Pattern[str]]:
    return dataclasses.asdict(signs().headers) | dataclasses.asdict(signs().labels)


def test_every_list_is_asked() -> None:
    names = [*patterns_over_plain_words(), *dataclasses.asdict(signs().cells)]
    unasked = [name for name in names if f".{name}" not in CODE]
    assert unasked == []


def test_a_pattern_over_plain_words_holds_no_capital_and_no_accent_which_plain_words_never_have() -> None:
    for name, pattern in patterns_over_plain_words().items():
        bare = "".join(c for c in unicodedata.normalize("NFKD", pattern.pattern) if not unicodedata.combining(c))
        assert bare.casefold() == pattern.pattern, name
