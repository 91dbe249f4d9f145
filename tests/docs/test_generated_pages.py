from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).resolve().parents[2]
DOCS = HERE / "docs"


def tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"tools_{name}", HERE / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_generated_pages_are_current() -> None:
    assert tool("docs").stale() == [], "run `make docs`"


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: str(page.relative_to(DOCS)))
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text("utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_no_file_names_a_package_registry() -> None:
    hosts = re.compile(
        "|".join(("py" + r"pi\.org", "pythonhosted" + r"\.org", "registry" + r"\.npmjs", "--index" + "-url"))
    )
    kept = {".py", ".toml", ".txt", ".md", ".html", ".json", ".css", ".yml", ".cfg", ""}
    files = [path for path in HERE.rglob("*") if path.is_file() and path.suffix in kept and not skipped(path)]
    assert [str(path) for path in files if hosts.search(path.read_text("utf-8", errors="ignore"))] == []


def skipped(path: Path) -> bool:
    parts = path.relative_to(HERE).parts
    return parts[0] in {".git", ".venv", ".uv", "out", "dist", "build"} or any(
        part.endswith("_cache") for part in parts
    )
