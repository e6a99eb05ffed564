"""`check` for writers: findings folded, the line below each on a terminal, and `--fix`."""

import contextlib
import json
import os
import pty
import sys

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from processes import LIMIT, started
from repositories import Repo, make_hermetic

from sync.cli import main
from sync.config.rules import RuleLevels
from sync.descriptions.aliases import Aliases
from sync.descriptions.document import read_document
from sync.lint.finding import Finding
from sync.lint.fixes import fix_file
from sync.model.document import Document
from sync.reports.finding_groups import group_repeated_findings

CONFIG = {"version": 1, "target": "t", "targets": {"t": {"sandbox": "store.sqlite3"}}}


@pytest.fixture
def repo(tmp_path, monkeypatch):
    make_hermetic(monkeypatch)
    monkeypatch.chdir(tmp_path)
    repo = Repo(tmp_path)
    repo.write("config.yaml", yaml.safe_dump(CONFIG))
    return repo


@pytest.fixture
def check(capsys):
    def run(*options):
        code = main(["check", *options])
        return code, capsys.readouterr().out

    return run


# --- folded --------------------------------------------------------------------------------------


def test_a_finding_that_repeats_is_one_with_its_number_of_places(repo, check):
    repo.write("descriptions/a.md", "A <b>bold</b> word.\n\n" * 215)
    code, out = check()
    first, *sums = out.splitlines()
    assert (code, sums) == (0, ["By rule: raw-html 215", "1 file checked: 215 warnings."])
    assert first.startswith("descriptions/a.md:1:3: raw-html: HTML may be shown as text")
    assert first.endswith(" (warning, at 215 places)")


def test_each_place_is_in_json_and_sarif(repo, check):
    repo.write("descriptions/a.md", "A <b>bold</b> word.\n\n" * 215)
    assert len(json.loads(check("--format", "json")[1])["findings"]) == 215
    sarif = json.loads(check("--format", "sarif")[1])
    assert len(sarif["runs"][0]["results"]) == 215
    assert check("--format", "github")[1].count("::warning") == 1


def test_verbose_lists_each_place(repo, capsys):
    repo.write("descriptions/a.md", "A <b>bold</b> word.\n\n" * 215)
    assert main(["--verbose", "check"]) == 0
    assert capsys.readouterr().out.count("raw-html: HTML") == 215


def test_errors_that_differ_are_all_told(repo, check):
    repo.write("descriptions/a.md", "".join(f"{{Asset:a{n}}}\n" for n in range(40)))
    code, out = check()
    assert (code, out.count(": bad-reference: ")) == (4, 40)


def test_many_warnings_by_one_rule_are_told_by_three_and_a_number(repo, check):
    repo.write("descriptions/a.md", "".join(f"[x](a{n}.md)\n" for n in range(40)))
    _, out = check()
    assert out.count(": relative-link: ") == 4
    assert "(warning, at 37 places)" in out
    assert out.endswith("By rule: relative-link 40\n1 file checked: 40 warnings.\n")


def test_files_for_one_model_are_one_line(repo, check):
    for number in range(800):
        repo.write(f"descriptions/m{number:03}/index.md", f"Text {number}.\n")
    code, out = check()
    assert (code, len(out.splitlines())) == (4, 3)
    assert "and 797 more; keep one of them (in 800 files)" in out


findings = st.lists(
    st.builds(
        Finding,
        path=st.sampled_from(["a.md", "b.md"]),
        line=st.integers(1, 9),
        column=st.just(1),
        rule=st.sampled_from(["raw-html", "duplicate-model", "bad-reference"]),
        severity=st.sampled_from(["error", "warning"]),
        message=st.text("xyz", max_size=2),
    ),
    max_size=40,
)


@given(findings)
def test_folding_loses_no_finding(found):
    groups = group_repeated_findings(found)
    assert sum(group.count for group in groups) == len(found)
    errors = {each.message for each in found if each.severity == "error"}
    assert errors <= {group.first.message for group in groups}


# --- on a terminal -------------------------------------------------------------------------------


def run_on_terminal(*words):
    outer, inner = pty.openpty()
    streams = {"stdin": inner, "stdout": inner, "stderr": inner}
    env = {**os.environ, "COLUMNS": "60", "NO_COLOR": "1", "TERM": "xterm"}
    screen = b""
    with (
        started([sys.executable, "-m", "sync", *words], env=env, **streams) as process,
        os.fdopen(outer, "rb", 0) as output,
    ):
        os.close(inner)
        with contextlib.suppress(OSError):  # how Linux says that the other end is closed
            while read := output.read(4096):
                screen += read
        process.wait(LIMIT)
    return screen.decode().replace("\r\n", "\n").splitlines()


@pytest.mark.parametrize(
    ("line", "shown", "mark"),
    [
        ("A {asset: x}", "    1 │ A {asset: x}", "      │   ^"),
        ("x\t日本 {asset: x}", "    1 │ x    日本 {asset: x}", "      │ " + " " * 10 + "^"),
        ("a\u202e{asset: x}", "    1 │ a\\u202e{asset: x}", "      │        ^"),
    ],
)
def test_the_line_is_shown_below_each_finding(repo, line, shown, mark):
    repo.write("descriptions/a.md", f"{line}\n")
    screen = run_on_terminal("check")
    at = next(n for n, each in enumerate(screen) if ": bad-reference: " in each)
    assert screen[at + 1 : at + 3] == [shown, mark]


def test_a_long_line_is_clipped_around_the_place(repo):
    repo.write("descriptions/a.md", f"{'long ' * 2_000}{{asset: x}}{' long' * 2_000}\n")
    screen = run_on_terminal("check")
    at = next(n for n, each in enumerate(screen) if ": bad-reference: " in each)
    assert len(screen[at + 1]) <= 60
    assert screen[at + 1][screen[at + 2].index("^") :].startswith("{asset: x}")


def test_no_line_is_shown_where_nobody_looks(repo, check):
    repo.write("descriptions/a.md", "A {asset: x}\n")
    assert "│" not in check()[1]


# --- fixed ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        (
            b"A {asset: x} and { model :y }.\n",
            b"A {asset:x} and {model:y}.\n",
            ["{asset: x} changed to {asset:x}", "{ model :y } changed to {model:y}"],
        ),
        (b"\xef\xbb\xbfA.\n", b"A.\n", ["byte order mark deleted"]),
        (b"A.\r\nB.\rC.\n", b"A.\nB.\nC.\n", ["2 line ends changed to LF"]),
        (b"A.", b"A.\n", ["line end added at the end of the file"]),
        (
            b"\nmodel: b\nprotected: true\n---\nA {asset: x}.\n",
            b"---\nmodel: b\nprotected: true\n---\nA {asset:x}.\n",
            ["--- added above the front matter", "{asset: x} changed to {asset:x}"],
        ),
    ],
)
def test_what_has_one_right_answer_is_fixed_and_shown(repo, check, before, after, changes):
    file = repo.write("descriptions/a.md", before)
    code, out = check("--fix", "--format", "json")
    assert (code, file.read_bytes()) == (0, after)
    document = json.loads(out)
    assert document["findings"] == []
    [fixed] = document["fixed"]
    assert (fixed["path"], fixed["reason"]) == ("descriptions/a.md", "")
    assert [fix["change"] for fix in fixed["fixes"]] == changes
    assert json.loads(check("--fix", "--format", "json")[1])["fixed"] == []
    assert file.read_bytes() == after


@pytest.mark.parametrize(
    "data",
    [
        b"`{asset: x}` and {{asset: x}} and ${asset: x}.\n",
        b"{Asset:x} {asset:a b} {model: x, steps: 28}\n",
        b"---\nmodel: a\n---\n\nA.\n",
        b"title: x\nprotected: true\n---\nA.\n",
        b"caf\xe9",
        b"",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12",
    ],
)
def test_nothing_else_is_touched(repo, check, data):
    file = repo.write("descriptions/a.md", data)
    _, out = check("--fix", "--format", "json")
    assert (file.read_bytes(), json.loads(out)["fixed"]) == (data, [])


def test_text_says_what_was_fixed_and_what_is_left(repo, check):
    repo.write("descriptions/a.md", "A {asset: x}\n\n{Asset:y}")
    code, out = check("--fix")
    assert code == 4
    assert out.splitlines()[:3] == [
        "descriptions/a.md: fixed",
        "    line 1: {asset: x} changed to {asset:x}",
        "    line 3: line end added at the end of the file",
    ]
    assert out.splitlines()[-1] == "1 file checked: 2 fixed, 1 error."


def test_only_what_was_asked_for_is_fixed(repo, check):
    repo.write("descriptions/a.md", "A")
    other = repo.write("descriptions/b.md", "B")
    readme = repo.write("descriptions/README.md", "C")
    assert check("--fix", "descriptions/a.md")[0] == 0
    assert (other.read_text(), readme.read_text()) == ("B", "C")


def test_nothing_is_fixed_while_config_yaml_has_errors(repo, check):
    repo.write("config.yaml", "version: 1\nexclud: [a.md]\n")
    file = repo.write("descriptions/a.md", "A")
    assert check("--fix")[0] == 2
    assert file.read_text() == "A"


def test_a_file_reached_through_a_link_is_not_written(repo, check, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    file = repo.write("elsewhere/a.md", "A")
    (tmp_path / "descriptions").symlink_to(tmp_path / "elsewhere")
    code, out = check("--fix", "--format", "json")
    assert (code, file.read_text()) == (4, "A")
    assert "symbolic link" in json.loads(out)["fixed"][0]["reason"]


@given(st.text("{}: \r\n\ufeff`-abcdelmostx", max_size=60).map(str.encode))
def test_a_fixed_file_is_read_as_before_but_for_its_tags(data):
    fixed, _ = fix_file(data, RuleLevels())
    assert fix_file(fixed, RuleLevels()) == (fixed, ())
    before, after = (
        read_document("a.md", each, Aliases("t"), folder="d") for each in (data, fixed)
    )
    if isinstance(before, Document):
        assert isinstance(after, Document)
        blanks = str.maketrans("", "", " \t")
        assert after.text.canonical.translate(blanks) == before.text.canonical.translate(blanks)


@pytest.mark.parametrize("report_format", ["github", "sarif"])
def test_a_fix_that_failed_is_told_in_every_format(repo, capsys, tmp_path, report_format):
    repo.write("elsewhere/a.md", "A")
    (tmp_path / "descriptions").symlink_to(tmp_path / "elsewhere")
    assert main(["check", "--fix", "--format", report_format]) == 4
    assert "descriptions/a.md cannot be fixed: " in capsys.readouterr().err
