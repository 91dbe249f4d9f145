"""A sample of the long proof in tools/proofs/fuzz.py."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

PROOF = Path(__file__).resolve().parents[3] / "tools" / "proofs" / "fuzz.py"


@pytest.fixture(scope="module")
def fuzz() -> ModuleType:
    spec = importlib.util.spec_from_file_location("proofs.fuzz", PROOF)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_a_broken_export_is_refused_in_a_sentence_or_adds_up(
    fuzz: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WINLOSS_EXPORTS", str(tmp_path))
    assert fuzz.main(12, seed=7), capsys.readouterr().err
