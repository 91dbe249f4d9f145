"""What a file is, told by its content; the extension only breaks ties. What cannot be read is said in a sentence."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from winloss.errors import UserError

HEAD_BYTES = 64 << 10

_BINARY: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"SQLite format 3", "an SQLite database"),
    (b"ARROW1", "an Arrow file"),
    (b"Obj\x01", "an Avro file"),
    (b"ORC", "an ORC file"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
)
_MARKUP = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype|html|head|body|table|meta|\?xml|style|div)\b", re.I | re.S)
_SHEET_XML = re.compile(rb"urn:schemas-microsoft-com:office:spreadsheet")
_JSON = re.compile(r"\s*(?:\[\s*[\[{\]]|\{\s*[\"}])")
_SAVE_AS = "Open it in a spreadsheet program and save it as .xlsx or .csv."
_EXPORT = "Export the deals as CSV or XLSX and try again."


def check_readable(path: Path) -> None:
    """UserError where `path` is no file that can be opened, or an empty one."""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise UserError(f"{path} is a folder: name the file in it that holds the deals.")
        if not stat.S_ISREG(found.st_mode):
            raise UserError(f"{path} is no ordinary file: save the export to disk and name that file.")
        with path.open("rb"):
            pass
    except FileNotFoundError:
        raise UserError(f"There is no file {path}: check the name and the folder.") from None
    except PermissionError:
        raise UserError(f"{path} may not be read: ask for the right to open it.") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be opened ({_reason(error)}): copy it to this machine and try again.") from None
    if not found.st_size:
        raise UserError(f"{path.name} is empty (0 bytes): export it again.")


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__


def kind_of(path: Path) -> str:
    """`delimited`, `workbook`, `parquet`, `json` or `gzip`; UserError says what an unreadable file is."""
    with path.open("rb") as opened:
        head = opened.read(HEAD_BYTES)
    for magic, what in _BINARY:
        if head.startswith(magic):
            raise UserError(f"{path.name} is {what}, not a table of deals. {_EXPORT}")
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")):
        return "workbook"
    return _text_kind(path, head)


def _text_kind(path: Path, head: bytes) -> str:
    bare = head.removeprefix(b"\xef\xbb\xbf")
    if _SHEET_XML.search(head[:4096]):
        raise UserError(f"{path.name} is a spreadsheet saved as XML, which is not read. {_SAVE_AS}")
    if _MARKUP.match(bare[:4096]):
        raise UserError(f"{path.name} is a web page (HTML or XML), whatever its name says. {_SAVE_AS}")
    if not bare.strip(b"\0\r\n\t ,;|\"'\xff\xfe\xa0"):
        raise UserError(f"{path.name} holds no text: export it again.")
    text = _as_text(path, head)
    return "json" if _JSON.match(text) else "delimited"


def _as_text(path: Path, head: bytes) -> str:
    """The head as text, good enough to look at; UserError where it is no text at all."""
    from winloss.sources.files.encoding import wide

    codec = wide(head)
    text = head.decode(codec or "utf-8", "ignore" if codec else "replace").lstrip("\ufeff")
    controls = sum(c < " " and c not in "\t\r\n\f\v\x1f" for c in text)
    if controls > len(text) * 0.01 + 1:
        raise UserError(f"{path.name} is a binary file, not a table of deals. {_EXPORT}")
    return text
