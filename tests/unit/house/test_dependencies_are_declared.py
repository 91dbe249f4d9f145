"""What the product imports stands in its dependencies, not only in those of its tests."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parents[3]
CALLED = {
    "argon2-cffi": "argon2",
    "django-allauth": "allauth",
    "django-csp": "csp",
    "django-htmx": "django_htmx",
    "django-ninja": "ninja",
    "ibis-framework": "ibis",
    "prometheus-client": "prometheus_client",
    "pydantic-settings": "pydantic_settings",
    "pyjwt": "jwt",
    "python-calamine": "python_calamine",
    "vl-convert-python": "vl_convert",
}


def declared() -> set[str]:
    project = tomllib.loads((HERE / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    asked = [*project["dependencies"], *(requirement for extra in extras for requirement in extra)]
    names = [re.split(r"[\[><=!~; ]", requirement)[0] for requirement in asked]
    return {CALLED.get(name, name) for name in names}


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    froms = {
        node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module and not node.level
    }
    return {name.split(".")[0] for name in plain | froms}


def test_everything_imported_is_declared() -> None:
    known = declared() | set(sys.stdlib_module_names) | {"winloss"}
    found = {path: imported(path) - known for path in (HERE / "src").rglob("*.py")}
    assert {str(path): names for path, names in found.items() if names} == {}
