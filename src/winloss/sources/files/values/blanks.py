"""Blank, placeholder, unknown: three ways of having no value, told apart.

Blank is an empty cell. A placeholder (`Select`, `-`, `n/a`, `#REF!`) says that nobody filled the field: it is
treated as blank, counted and said. Unknown (`Unknown`, `Don't know`) is an answer somebody gave: it is kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from winloss.sources.files.buffers import buffer
from winloss.sources.files.buffers import compute as pc


class Blank(StrEnum):
    """What a value without content is."""

    BLANK = "blank"
    PLACEHOLDER = "placeholder"
    UNKNOWN = "unknown"


_PLACEHOLDERS = frozenset(
    """
    n/a|na|n.a.|n. a.|#n/a|n/d|n.d.|nd|k.a.|k. a.|keine angabe|ohne angabe|nicht angegeben|nicht gesetzt|leer
    |null|nil|nan|none selected|no selection|not selected|not set|not specified|not provided|not available|not applicable
    |not defined|undefined|unspecified|unassigned|empty|blank|tbd|t.b.d.|tba|to be defined|to be determined|missing|no value
    |select|please select|select one|select an option|select...|choose|please choose|choose one|choose an option|pick one
    |default|auswahl|bitte wählen|bitte auswählen|auswählen|wählen|keine auswahl|sélectionner|sélectionnez|choisir
    |veuillez choisir|veuillez sélectionner|non renseigné|non spécifié|non précisé|non défini|vide|seleccionar|seleccione
    |elegir|elija|elige|sin especificar|no especificado|sin definir|vacío|no aplica|no disponible|selecionar|selecione|escolher
    |não especificado|não informado|não definido|não se aplica|sem valor|vazio|seleziona|selezionare|scegli|non specificato
    |non definito|vuoto|selecteer|kies|maak een keuze|niet opgegeven|niet ingevuld|niet gespecificeerd|leeg|n.v.t.|nvt
    |выберите|выбрать|не выбрано|не указано|не указан|не указана|не задано|не заполнено|нет данных|пусто|н/д|wybierz
    |nie podano|brak danych|seçiniz|belirtilmemiş|未填写|请选择|未选择|选择|選択してください|未選択|未設定|선택|선택하세요
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)
_UNKNOWN = frozenset(
    """
    unknown|unkown|not known|unclear|don't know|dont know|do not know|no idea|unsure|not sure|unbekannt|nicht bekannt|unklar
    |weiß nicht|weiss nicht|keine ahnung|inconnu|inconnue|ne sait pas|pas connu|desconocido|desconocida|no sabe|no se sabe
    |no lo sé|desconhecido|desconhecida|não sabe|não sei|sconosciuto|sconosciuta|non so|onbekend|weet niet|weet ik niet
    |неизвестно|неизвестный|неизвестен|не известно|не знаю|nieznany|nieznane|nie wiem|bilinmiyor|okänd|ukjent|ukendt
    |未知|不明|不知道|알 수 없음
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)
_CUT = frozenset(word.rstrip(" .…") for word in _PLACEHOLDERS)
"""Placeholders as they are left when the signs around are taken off."""
_SIGNS = re.compile(r"[-–—―−_.…?*/\\~#=+·•]+\Z")
_SHEET_ERROR = re.compile(
    r"#(?:ref!|value!|n/a|name\?|div/0!|null!|num!|spill!|calc!|getting_data|field!|blocked!|connect!|busy!|unknown!|fehlt"
    r"|wert!|bezug!|nv|zahl!|valeur!|nom\?|nombre!|¡(?:valor|ref|div/0|num|nulo)!|¿nombre\?|valor!|nome\?|waarde!|verw!)\Z"
)
_WRAPPED = re.compile(r"[#(\[<{«\"'*\-–—_ ]+(.*?)[)\]>}»\"'*\-–—_ .…]+\Z")
_MAX_CHARS = 40


def kind_of(value: str | None) -> Blank | None:
    """What `value` is when it has no content; None where it has.

    >>> kind_of("-- Please select --"), kind_of("unknown"), kind_of("None")
    (<Blank.PLACEHOLDER: 'placeholder'>, <Blank.UNKNOWN: 'unknown'>, None)

    `None` and `No` are answers of some fields (a competitor) and nothing in others: see `none_words`.
    """
    if value is None:
        return Blank.BLANK
    if len(value) > _MAX_CHARS:
        return Blank.BLANK if not value.strip() else None
    plain = _plain(value)
    if not plain:
        return Blank.BLANK
    if _SIGNS.match(plain) or _SHEET_ERROR.match(plain):
        # A question mark is an answer: whoever wrote it did not know.
        return Blank.UNKNOWN if set(plain) == {"?"} else Blank.PLACEHOLDER
    return _word(plain) or _word(_bare(plain))


def _word(plain: str) -> Blank | None:
    if plain in _PLACEHOLDERS or plain in _CUT:
        return Blank.PLACEHOLDER
    return Blank.UNKNOWN if plain in _UNKNOWN else None


def _plain(value: str) -> str:
    text = unicodedata.normalize("NFKC", value.replace("\u200b", "").replace("\ufeff", "").replace("’", "'"))
    return " ".join(text.split()).casefold()


def _bare(plain: str) -> str:
    found = _WRAPPED.match(plain)
    text = found.group(1) if found else plain
    return text.rstrip(" .…:!")


NONE_WORDS = frozenset(
    [
        "none",
        "no",
        "nobody",
        "keine",
        "keiner",
        "kein",
        "aucun",
        "aucune",
        "ninguno",
        "ninguna",
        "nenhum",
        "nenhuma",
        "nessuno",
        "nessuna",
        "geen",
        "нет",
        "brak",
        "yok",
        "无",
        "なし",
    ]
)
"""`None`: nothing in most fields, an answer where a competitor is asked for."""


def is_none_word(value: str) -> bool:
    """Whether `value` says None: `(None)`, `- None -`, `Keine`."""
    plain = _plain(value)
    return plain in NONE_WORDS or _bare(plain) in NONE_WORDS


def counted(counts: Mapping[str, int]) -> dict[Blank, dict[str, int]]:
    """The placeholders and unknowns among values, with their counts."""
    found: dict[Blank, dict[str, int]] = {Blank.PLACEHOLDER: {}, Blank.UNKNOWN: {}}
    for value, count in counts.items():
        kind = kind_of(value)
        if kind in found:
            found[kind][value] = count
    return found


def is_sheet_error(value: str) -> bool:
    """Whether a formula failed: `#N/A`, `#REF!`, `#WERT!`."""
    return value.startswith("#") and _SHEET_ERROR.match(_plain(value)) is not None


def is_placeholder(value: str | None) -> bool:
    """Whether nobody filled the field: `Select`, `-`, `n/a`, `#REF!`."""
    return kind_of(value) is Blank.PLACEHOLDER


def cleaned(column: pa.StringArray) -> pa.StringArray:
    """`column` with placeholders made null; the same array where none occurs."""
    likely = _likely(column)
    if not likely.any():
        return column
    found = [value for value in column.filter(pa.array(likely)).unique().to_pylist() if is_placeholder(value)]
    if not found:
        return column
    hit = pc.is_in(column, value_set=pa.array(found, pa.string()))
    emptied: pa.StringArray = pc.if_else(hit, pa.scalar(None, pa.string()), column)
    return emptied


def _likely(column: pa.StringArray) -> npt.NDArray[np.bool_]:
    """Rows that may hold a placeholder, told by length, first and last byte; none is missed."""
    offsets = buffer(column, 1, np.int32)[column.offset : column.offset + len(column) + 1]
    data = buffer(column, 2, np.uint8)
    lengths = np.diff(offsets)
    likely = (lengths > 0) & (lengths <= 4 * _MAX_CHARS)
    if len(data):
        likely &= _ENDS[np.take(data, offsets[:-1], mode="clip"), np.take(data, offsets[1:] - 1, mode="clip")]
        rows = np.flatnonzero(likely & (lengths > 2))
        letters = [_LETTERS[np.take(data, offsets[rows] + place)] for place in range(3)]
        likely[rows] = _BEGINNINGS[letters[0], letters[1], letters[2]]
    return likely


def _ends() -> npt.NDArray[np.bool_]:
    """Which first and last bytes go together: signs with anything, letters as in one of the words."""
    ends = np.zeros((256, 256), bool)
    sign = np.array([not chr(code).isalnum() or code > 127 for code in range(256)])
    ends[sign, :] = ends[:, sign] = True
    for word in _PLACEHOLDERS | _CUT:
        for first in (word[0].lower(), word[0].upper()):
            for last in (word[-1].lower(), word[-1].upper()):
                ends[first.encode()[0], last.encode()[-1]] = True
    digits = np.arange(48, 58)
    ends[digits, :] = ends[:, digits] = False
    return ends


_ENDS = _ends()
_LETTERS = np.zeros(256, np.uint8)
"""Bytes as letters, 1 to 26 whatever their case; 0 for all others."""
_LETTERS[65:91] = _LETTERS[97:123] = np.arange(1, 27)


def _beginnings() -> npt.NDArray[np.bool_]:
    """Which three letters a value with a placeholder begins with; anything goes with what is no letter of ASCII."""
    begins = np.zeros((27, 27, 27), bool)
    begins[0], begins[:, 0], begins[:, :, 0] = True, True, True
    for word in _PLACEHOLDERS | _CUT:
        # A letter and its accent may stand apart.
        written = unicodedata.normalize("NFD", word).encode() + b"  "
        first, second, third = _LETTERS[list(written[:3])]
        begins[first, second, third] = True
    return begins


_BEGINNINGS = _beginnings()
