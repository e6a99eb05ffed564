"""Every regular expression of the program, tried with inputs that make it look again and again."""

import ast
import importlib
import re
import time
from pathlib import Path

import pytest

import sync

ROOT = Path(sync.__file__).parent
SCANNING = {"finditer", "findall", "search", "split", "sub", "subn"}
REPEATED = [
    *"aA10 \t\n\\{}[]()<>`~*_-=|:;,.#!'\"/@%&+?^$é\u4e00\u200b\ufeff\u2028",
    *("x ", "a:", "a.", "a\t", " a", "a\n", " \n", "\n ", "a: b\n", "---\n", "- ", "1. ", "> "),
    *("{asset:", "{model:a", "asset_", "[[a", "![[", "{{<", "{%", "[a][", "|-", "| ", "|:-", "--"),
    *("a_", "en-", "1.0.", "TODO ", "TODO", "lorem ", "::", " ::", "##[", "<script ", "</", "<!--"),
    *("http://", "http://a?", "://a@", '"a""', "\x1b[", "\x1b[1m", "{1", "%s", "### ", "con."),
]
BEGINNINGS = ["", "{"]
# Its input is cut to 40 characters, in the same module.
SHORT_INPUTS = {("sync.lint.words", "_BEFORE_MARKER")}


def list_patterns():
    """List each pattern with its place, and whether it is searched or only matched at the start."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        source = path.read_text()
        if "re." not in source or path.name == "__main__.py":
            continue
        name = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
        module = importlib.import_module(name.removesuffix(".__init__"))
        tree = ast.parse(source)
        found |= {(name, *key): each for key, each in list_constants(module, tree)}
        found |= {(name, *key): each for key, each in list_direct_uses(module, tree)}
    return found


def list_constants(module, tree):
    """Yield the compiled patterns among a module's values, lone or in tuples and mappings."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    methods = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            parent = parents[node]
            how = parent.attr if isinstance(parent, ast.Attribute) else "finditer"
            methods.setdefault(node.id, set()).add(how)
    for name, value in vars(module).items():
        for at, pattern in enumerate(flatten(value)):
            # One that another module uses is taken for searched.
            used = methods.get(name, {"finditer"}) if pattern is value else {"finditer"}
            yield (name, at), (pattern, bool(used & SCANNING))


def flatten(value):
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from flatten(tuple(value.values()))
    elif isinstance(value, (tuple, list)):
        for each in value:
            yield from flatten(each)


def list_direct_uses(module, tree):
    """Yield the patterns that are given to a function of `re` or `regex` as they are."""
    constants = {
        child
        for statement in tree.body
        if isinstance(statement, (ast.Assign, ast.AnnAssign))
        for child in ast.walk(statement)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="re" | "regex" as library), attr=how),
                args=[pattern, *_],
            ) if how != "escape" and not (how == "compile" and node in constants):
                names = {each.id for each in ast.walk(pattern) if isinstance(each, ast.Name)}
                if not names <= vars(module).keys():
                    continue  # built from a value, see test_each_pattern_is_tried
                code = compile(ast.Expression(pattern), "pattern", "eval")
                compiled = importlib.import_module(library).compile(eval(code, vars(module)))  # noqa: S307 - our own source
                yield (how, node.lineno), (compiled, how in {*SCANNING, "compile"})


PATTERNS = {key: each for key, each in list_patterns().items() if key[:2] not in SHORT_INPUTS}


def measure(pattern, text, *, is_searched):
    text = text.encode() if isinstance(pattern.pattern, bytes) else text
    start = time.process_time()
    if is_searched:
        for _ in pattern.finditer(text):
            pass
    else:
        pattern.match(text)
        pattern.fullmatch(text)
    return time.process_time() - start


def make_text(beginning, repeated, size):
    return f"{beginning}{repeated * (size // len(repeated))}\0"


def is_quadratic(pattern, beginning, repeated, *, is_searched):
    """Return True if twice the length takes far more than twice as long."""

    def take(size):
        text = make_text(beginning, repeated, size)
        return min(measure(pattern, text, is_searched=is_searched) for _ in range(3))

    if take(300) > 0.01:
        return True
    # linear: 2, quadratic: 4; each time, because others on the machine add to the time
    pairs = [(600, 1_200), (1_200, 2_400)] * 3
    return all(take(long) / take(short) > 2.8 for short, long in pairs)


def find_quadratic_inputs(pattern, *, is_searched):
    for beginning in BEGINNINGS:
        for repeated in REPEATED:
            text = make_text(beginning, repeated, 300)
            seconds = measure(pattern, text, is_searched=is_searched)
            if seconds > 0.0004 and is_quadratic(
                pattern, beginning, repeated, is_searched=is_searched
            ):
                yield beginning + repeated


def test_no_pattern_of_the_program_takes_the_square_of_the_length():
    found = {
        (key, text)
        for key, (pattern, is_searched) in PATTERNS.items()
        for text in find_quadratic_inputs(pattern, is_searched=is_searched)
    }
    assert not found


def test_each_pattern_is_tried():
    """Those that are built while the program runs are few, and of escaped words and one class."""
    source = "".join(path.read_text() for path in ROOT.rglob("*.py"))
    assert len(PATTERNS) > 100
    assert source.count("re.compile(") <= len(PATTERNS)


@pytest.mark.parametrize("pattern", [r"\s*$", r"[ \t]*:?[ \t]*x", r"(?:a|b)+[cd]"])
def test_a_quadratic_pattern_would_be_found(pattern):
    assert any(find_quadratic_inputs(re.compile(pattern), is_searched=True))
