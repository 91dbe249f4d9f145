"""A backup, taken while people work, gives the same numbers back; one that was touched gives nothing."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from houses import LOOK, POPULATE, run, winloss
from winloss.errors import UserError
from winloss.web import keys
from winloss.web.house import archive


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("house") / "home"
    place.mkdir()
    keys.add(place)
    run(place, "-c", POPULATE)
    return place


@pytest.fixture(scope="module")
def saved(home: Path) -> Path:
    target = home.parent / "backup.tar.zst"
    told = winloss(home, "backup", str(target), "--with-keys")
    assert "versions 1 to 2 of the book" in told
    return target


def names(target: Path) -> set[str]:
    return set(archive.unpack(target, None).files)


def test_what_was_restored_gives_the_same_figures_and_lets_the_same_people_in(
    home: Path, saved: Path, tmp_path: Path
) -> None:
    before = json.loads(run(home, "-c", LOOK))
    told = winloss(tmp_path / "new", "restore", str(saved))
    assert "version 2 of the book is in force" in told
    assert "The audit log is whole." in told
    assert json.loads(run(tmp_path / "new", "-c", LOOK)) == before
    assert "The audit log is whole: 5 entries" in winloss(tmp_path / "new", "audit", "verify")
    assert (tmp_path / "new" / "uploads" / "003" / "files" / "deals3.csv").read_bytes() == (
        home / "uploads" / "003" / "files" / "deals3.csv"
    ).read_bytes()
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [
        *("audit.heads", "book", "secret.keys", "uploads", "winloss.sqlite3", "winloss.toml"),
    ]
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "new").glob("*.*"))


def test_it_holds_what_counts_and_nothing_that_can_be_made_again(saved: Path) -> None:
    found = names(saved)
    assert {"winloss.sqlite3", "book/CURRENT", "book/people/people.parquet", "secret.keys", "winloss.toml"} <= found
    assert sum(name.startswith("book/manifests/") for name in found) == 2
    assert not [name for name in found if name.startswith(("results", "uploads/incoming", "book/kept", "book/lock"))]
    assert saved.stat().st_mode & 0o777 == 0o600


def test_other_programs_can_unpack_it(saved: Path) -> None:
    if shutil.which("zstd") is None:
        pytest.skip("this machine has no zstd")
    listed = subprocess.run(["tar", "--zstd", "-tf", saved], capture_output=True, text=True, check=True).stdout.split()
    assert listed[0] == "winloss-backup.json"


@pytest.mark.slow
def test_keys_come_only_where_asked_and_may_be_put_there_before(home: Path, tmp_path: Path) -> None:
    told = winloss(home, "backup", str(tmp_path / "b"))
    assert "Without secret.keys" in told
    assert "secret.keys" not in names(tmp_path / "b")
    (tmp_path / "new").mkdir()
    shutil.copy(home / "secret.keys", tmp_path / "new")
    told = winloss(tmp_path / "new", "restore", str(tmp_path / "b"))
    assert "secret.keys stayed as it was put there." in told
    assert json.loads(run(tmp_path / "new", "-c", LOOK))["factor"] == "JBSWY3DPEHPK3PXP"


@pytest.mark.slow
def test_it_is_written_down_and_never_over_another(home: Path, saved: Path) -> None:
    assert json.loads((home / "backups.log").read_text().splitlines()[0])["path"] == str(saved)
    assert "is there already" in winloss(home, "backup", str(saved), code=2)
    assert "lies in the home folder" in winloss(home, "backup", str(home / "b"), code=2)
    assert "There is no folder" in winloss(home, "backup", str(home.parent / "no" / "b"), code=2)
    assert not list(home.glob(".winloss-work-*"))


@pytest.mark.slow
def test_nothing_is_restored_over_anything(home: Path, saved: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*")}
    assert "is not empty" in winloss(home, "restore", str(saved), code=2)
    assert {path: path.stat().st_mtime_ns for path in home.rglob("*")} == before


def _repacked(saved: Path, target: Path, change: Any) -> None:
    with pa.input_stream(str(saved), compression="zstd") as packed:
        plain = packed.read()
    with pa.output_stream(str(target), compression="zstd") as packed:
        packed.write(change(plain))


def _renamed(plain: bytes) -> bytes:
    return plain.replace(b"uploads/002/files/deals2.csv", b"../../../../tmp/x/deals.csv")


@pytest.mark.parametrize(
    "change",
    [
        lambda plain: plain.replace(b"Deal,Zo", b"Deal,Zu", 1),
        lambda plain: plain.replace(b"zoe@x.test", b"zoe@y.test"),
        _renamed,
        lambda plain: plain[:-20000],
        lambda plain: plain[: len(plain) // 2],
        lambda plain: plain.replace(b"winloss.backup/1", b"winloss.backup/2"),
        lambda _plain: b"",
        lambda _plain: b"\0" * 10240,
    ],
)
def test_one_that_was_changed_is_refused_and_leaves_nothing(saved: Path, tmp_path: Path, change: Any) -> None:
    _repacked(saved, tmp_path / "bad", change)
    with pytest.raises(UserError, match=str(tmp_path / "bad")):
        archive.unpack(tmp_path / "bad", tmp_path / "work" / "inside")
    assert not list(tmp_path.rglob("x/deals.csv"))


@pytest.mark.parametrize("seed", range(25))
def test_any_byte_changed_or_cut_off_is_noticed(saved: Path, tmp_path: Path, seed: int) -> None:
    raw, chance = bytearray(saved.read_bytes()), random.Random(seed)
    at = chance.randrange(len(raw))
    if seed % 2:
        del raw[at:]
    else:
        raw[at] ^= 1 << chance.randrange(8)
    (tmp_path / "bad").write_bytes(raw)
    try:
        assert archive.unpack(tmp_path / "bad", None) == archive.unpack(saved, None)  # a bit that says nothing
    except UserError as error:
        assert str(error).count("\n") == 0  # noqa: PT017  # one sentence


@pytest.mark.slow
def test_by_command_it_is_one_sentence_and_no_folder(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(saved.read_bytes()[:-5000])
    told = winloss(tmp_path / "new", "restore", str(tmp_path / "bad"), code=2)
    assert told.startswith(f"winloss: {tmp_path / 'bad'} is")
    assert told.count("\n") == 1
    assert not (tmp_path / "new").exists()
    assert "There is no backup at" in winloss(tmp_path / "new", "restore", str(tmp_path / "no"), code=2)


@pytest.mark.slow
def test_of_a_later_winloss_it_is_refused(saved: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    told = archive.unpack(saved, work)
    later = {**told.about, "migrations": [*told.about["migrations"], "people.9999_later"]}
    archive.pack(work, tmp_path / "later", later)
    said = winloss(tmp_path / "new", "restore", str(tmp_path / "later"), code=2)
    assert "people.9999_later is unknown): install that version." in said
    assert not (tmp_path / "new").exists()
