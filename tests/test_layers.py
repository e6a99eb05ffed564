"""The house: who may import whom."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "sync"
SHELL = {"git", "scenario", "forge", "sandbox", "apply", "cli", "__main__"}
MODULES = sorted(ROOT.rglob("*.py"))
# What these rooms may use and no other room may.
OWN_LIBRARIES = {
    "httpx": {"scenario", "forge"},
    "tenacity": {"scenario", "forge"},
    "git": {"git"},
    "starlette": {"sandbox"},
    "uvicorn": {"sandbox"},
    "sqlite3": {"sandbox"},
    "click": {"cli"},
    "rich": {"cli"},
    "filelock": {"cli"},
}
IMPURE = {
    "os",
    "socket",
    "subprocess",
    "time",
    "asyncio",
    "shutil",
    "tempfile",
    "logging",
    "random",
}


def room(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").parts[0]


CORE = {room(path) for path in MODULES} - SHELL - {"__init__"}


def imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=aliases):
                names |= {alias.name for alias in aliases}
            case ast.ImportFrom(module=str(module), level=0):
                names.add(module)
            case ast.ImportFrom(level=level):
                assert level == 0, f"{path}: a relative import"
    return names


def rooms_imported(path: Path) -> set[str]:
    ours = {name for name in imports(path) if name.startswith("sync.")}
    return {name.split(".")[1] for name in ours}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_core_imports_only_the_core(path):
    if room(path) in CORE:
        assert rooms_imported(path) <= CORE
        assert not {name.split(".")[0] for name in imports(path)} & IMPURE


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_kind_of_io_has_one_room(path):
    for library in {name.split(".")[0] for name in imports(path)}:
        assert room(path) in OWN_LIBRARIES.get(library, {room(path)})


def test_only_the_command_line_wires_the_rooms():
    for path in MODULES:
        shell = rooms_imported(path) - CORE - {room(path)}
        if room(path) not in {"cli", "__main__"}:
            assert shell <= {"scenario"}, f"{path} imports {shell}"
            assert not shell or room(path) == "apply"


def test_the_nouns_import_none_of_ours():
    assert rooms_imported(ROOT / "model.py") == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_opens_with_its_sentence(path):
    assert ast.get_docstring(ast.parse(path.read_text())), f"{path} has no sentence"
