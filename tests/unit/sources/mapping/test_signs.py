from __future__ import annotations

import dataclasses
import re
import unicodedata
from pathlib import Path

from winloss.sources.files import signs as module
from winloss.sources.files.signs import signs
from winloss.sources.files.values.currencies import CODES
from winloss.sources.files.words import plain, squeezed

CODE = "\n".join(path.read_text("utf-8") for path in Path(module.__file__).parent.glob("*.py"))


def patterns_over_plain_words() -> dict[str, re.Pattern[str]]:
    return dataclasses.asdict(signs().headers) | dataclasses.asdict(signs().labels)


def test_every_list_is_asked() -> None:
    known = signs()
    parts = (known.headers, known.labels, known.cells, known.words, known)
    names = [field.name for part in parts for field in dataclasses.fields(part)]
    assert [name for name in names if f".{name}" not in CODE] == []


def test_a_pattern_over_plain_words_holds_no_capital_and_no_accent_which_plain_words_never_have() -> None:
    for name, pattern in patterns_over_plain_words().items():
        letters = re.sub(r"\\.", "", pattern.pattern)
        bare = "".join(c for c in unicodedata.normalize("NFKD", letters) if not unicodedata.combining(c))
        assert bare.casefold() == letters, name


def test_a_word_is_listed_in_the_form_in_which_it_is_asked_for() -> None:
    known = signs()
    for word in (*known.words.over, *known.roles, *known.currencies):
        assert plain(word) == word
    for word in known.words.periods:
        assert squeezed(word) == word
    for word in known.words.subtotals:
        assert word.casefold() == word


def test_a_word_of_subtotals_with_a_hyphen_is_listed_with_a_space_as_well() -> None:
    words = signs().words.subtotals
    assert {word.replace("-", " ") for word in words} <= words


def test_a_title_is_that_of_a_rep_a_manager_or_a_buyer_and_a_currency_has_a_code() -> None:
    assert set(signs().roles.values()) == {"rep", "manager", "buyer"}
    assert set(signs().currencies.values()) <= CODES
