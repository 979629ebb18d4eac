"""House rules on what is tracked: sizes, and nothing that only holds on one machine."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_NOT_OURS = ("requirements.txt", "requirements-dev.txt")
_TEXT = {
    ".py",
    ".html",
    ".css",
    ".js",
    ".md",
    ".yaml",
    ".yml",
    ".toml",
    ".sh",
    ".conf",
    ".typ",
    ".txt",
    ".in",
    ".json",
    "",
}


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def long_files(files: list[Path]) -> list[str]:
    return [
        f"{file} has {count} lines"
        for file in files
        if file.suffix in (".py", ".js", ".html", ".css") and (count := len(file.read_bytes().splitlines())) > 400
    ]


def long_functions(files: list[Path]) -> list[str]:
    found = []
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > 50:
                    found.append(f"{file}:{node.lineno} {node.name} has {length} lines")
    return found


# Written so that this file does not match itself.
_MACHINE = re.compile(
    r"(?<![\w.])/(?:w[o]rk|f[a]rm|r[o]ot)/"
    r"|https?://[^\s\"']*(?:p[y]pi\.|pythonh[o]sted|n[p]mjs|d[e]bian\.org|r[e]po1?\.m[a]ven)"
    r"|/t[m]p/[a-z]"
)


def machine_words(files: list[Path]) -> list[str]:
    found = []
    for file in files:
        if file.suffix in _TEXT and file.name not in _NOT_OURS:
            for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                if _MACHINE.search(line):
                    found.append(f"{file}:{number} {line.strip()[:100]}")
    return found


def test_no_file_over_400_lines() -> None:
    assert long_files(tracked()) == [], "Cut by concept, not by length."


def test_no_function_over_50_lines() -> None:
    """A revision is a list of columns that never changes again; everything else can be cut."""
    python = [file for file in tracked() if file.suffix == ".py" and file.parent.name != "versions"]
    assert long_functions(python) == [], "Cut by concept, not by length."


def test_nothing_names_a_machine_or_a_registry() -> None:
    assert machine_words(tracked()) == [], "The project must work on any machine."


def test_the_rules_can_fail(tmp_path: Path) -> None:
    long = tmp_path / "long.py"
    long.write_text("def f():\n" + "    x = 1\n" * 400)
    assert len(long_files([long])) == 1
    assert len(long_functions([long])) == 1
    place = tmp_path / "place.md"
    place.write_text(
        "see /" + "root/project\nfrom https://files.python" + "hosted.org/x\nin /" + "tmp/here\nfine: /home/\n"
    )
    assert len(machine_words([place])) == 3


@pytest.mark.parametrize("name", _NOT_OURS)
def test_locks_pin_with_hashes_and_name_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    packages = re.findall(
        r"^[a-z0-9][^\n]*==[^\n]*\\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+", text, re.MULTILINE
    )
    assert len(packages) == len(re.findall("==", re.sub(r";.*", "", text)))
    assert "://" not in text
    assert "--index" not in text
    wanted = (ROOT / name.replace(".txt", ".in")).read_text(encoding="utf-8")
    for line in wanted.splitlines():
        if (match := re.match(r"[a-z][\w-]*", line)) is not None:
            assert f"\n{match[0]}==" in "\n" + text, f"{match[0]} is not in {name}; run `make lock`"


def test_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 100


def test_every_make_target_says_what_it_does() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = next(line for line in text.splitlines() if line.startswith(".PHONY:")).split()[1:]
    silent = {"environment", "test-environment", "python"}  # steps of others, nobody asks for them
    told = re.findall(r"^([a-z-]+):.*## \w", text, re.MULTILINE)
    assert sorted(told) == sorted(set(phony) - silent)
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert all(f"make {name} " in shown for name in told)
