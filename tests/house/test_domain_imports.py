"""The domain imports the standard library and itself, nothing else: it can be read, tested and carried away alone."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = ROOT / "services/evaluation/core/domain"
ITSELF = "services.evaluation.core.domain"


def foreign(source: str) -> list[str]:
    """The modules a source text imports that are neither the domain's nor the standard library's."""
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append("." if node.level else str(node.module))
    return [
        name
        for name in names
        if name != ITSELF
        and not name.startswith(f"{ITSELF}.")
        and name.partition(".")[0] not in sys.stdlib_module_names
    ]


def test_the_domain_imports_the_standard_library_only() -> None:
    found = {str(file.relative_to(ROOT)): foreign(file.read_text(encoding="utf-8")) for file in DOMAIN.rglob("*.py")}
    assert len(found) > 20, "the domain was not found"
    assert {file: names for file, names in found.items() if names} == {}


def test_scores_hold_no_float() -> None:
    """Binary fractions would make a score depend on the order of a sum."""
    for file in (DOMAIN / "scoring").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            is_float = isinstance(node, ast.Constant) and isinstance(node.value, float)
            is_name = isinstance(node, ast.Name) and node.id == "float"
            is_division = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
            assert not (is_float or is_name or is_division), f"{file}:{node.lineno}"


@pytest.mark.parametrize(
    "source",
    [
        "import yaml",
        "from sqlalchemy import select",
        "from services.evaluation.core import handlers",
        "from shared.clock import now",
        "from . import agreement",
        "def late():\n    import flask_babel",
    ],
)
def test_a_foreign_import_is_seen(source: str) -> None:
    assert foreign(source)
