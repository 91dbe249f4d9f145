"""The wheel builds, installs and runs, away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)], cwd=HERE, check=True)
    return next(out.glob("winloss-*.whl"))


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and the libraries of this one, but not its editable winloss."""
    env = tmp_path_factory.mktemp("env")
    subprocess.run([sys.executable, "-m", "venv", str(env)], check=True)
    python = env / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "-q", "--no-index", "--no-deps", str(wheel)], check=True)
    site = subprocess.run(
        [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    (Path(site) / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return env / "bin" / "winloss"


def test_the_wheel_holds_the_product_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert len(tops) == 2
    assert "winloss" in tops
    assert {"winloss/py.typed", "winloss/capture/taxonomy.toml"} <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_installed_program_reports_a_file(program: Path, tmp_path: Path) -> None:
    lines = ["Id,Stage,Amount,Created Date,Close Date,Loss Reason"]
    lines += [
        f"{i},{'Closed Won' if i % 3 else 'Closed Lost'},{100 + i},2026-01-{1 + i % 28:02d},2026-03-{1 + i % 28:02d},"
        f"{'' if i % 3 else 'Price'}"
        for i in range(60)
    ]
    (tmp_path / "deals.csv").write_text("\n".join(lines), "utf-8")
    plain = os.environ | {"NUMBA_DISABLE_JIT": "1"}  # sixty deals need no kernel; compiling them takes half a minute
    done = subprocess.run(
        [str(program), "report", "deals.csv"], cwd=tmp_path, capture_output=True, text=True, check=False, env=plain
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "40 of 60" in done.stdout
    assert list(tmp_path.glob("*.html"))
