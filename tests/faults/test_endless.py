"""Texts and patterns that are made to take long: inputs of doubling length take twice the time."""

import json
from functools import partial

import pytest
from growth import grows_with_its_input

from sync.cli import main
from sync.cli.time_limit import limit_time_per_file
from sync.config.rules import RuleLevels
from sync.config.settings import parse_config
from sync.descriptions.aliases import Aliases
from sync.descriptions.document import read_document
from sync.descriptions.file_filter import FileFilter
from sync.errors import ConfigError
from sync.lint.check import check_files, check_text
from sync.lint.linted_text import LintedText
from sync.model.document import Document
from sync.reports.formats.markdown_to_html import convert_markdown_to_html

ALIASES = Aliases("production", {}, {})


def read(text):
    return read_document("a.md", text.encode(), ALIASES, folder="d")


def lint(text):
    return list(check_text("a.md", LintedText(text, 1), RuleLevels()))


HOSTILE = [
    pytest.param(read, lambda n: "---\nmodel: 1" + ":1" * n + "\n---\nx\n", id="sexagesimal"),
    pytest.param(read, lambda n: "---\nmodel: 1" + ":1" * n + ".5\n---\nx\n", id="fraction"),
    pytest.param(read, lambda n: "{asset:" * n, id="open references"),
    pytest.param(read, lambda n: "<<<<<<< a\n" * n, id="conflict markers"),
    pytest.param(read, lambda n: "---\n" * n, id="front matter lines"),
    pytest.param(lint, lambda n: "{" + " " * n + "asset", id="blanks in a brace"),
    pytest.param(lint, lambda n: "{" * n, id="braces"),
    pytest.param(lint, lambda n: "\t" * n, id="tabs"),
    pytest.param(lint, lambda n: "x\t" * n, id="tabs in words"),
]


@pytest.mark.parametrize(("act", "make"), HOSTILE)
def test_a_text_of_eight_times_the_length_does_not_take_the_square_of_that(act, make):
    assert grows_with_its_input(act, make, 4_000)


def test_a_number_to_the_base_of_60_is_a_text():
    document = read("---\nmodel: 1:30\n---\nText\n")
    assert isinstance(document, Document)
    assert document.model == "1:30"


@pytest.mark.parametrize("pattern", ["*" + "a*" * 9 + "b", "**/a/" * 9 + "b"])
def test_a_pattern_that_would_never_end_is_refused(pattern):
    with pytest.raises(ConfigError, match=r"a pattern with more than 3 \*"):
        parse_config(f"version: 1\nexclude: ['{pattern}']\ntargets: {{}}\n", path="config.yaml")


def test_a_pattern_of_the_most_stars_ends():
    file_filter = FileFilter(["*a*a*b"])
    assert file_filter.accepts("a" * 250 + ".md")  # with nine stars it would not end


def check_both(long, *, seconds):
    files = {"long.md": long.encode(), "next.md": b"TBD\n"}
    return {
        (finding.path, finding.rule)
        for finding in check_files(
            files,
            [ALIASES],
            folder="d",
            levels=RuleLevels(),
            chosen=files,
            time_limit=partial(limit_time_per_file, seconds),
        )
    }


@pytest.mark.usefixtures("unmeasured")  # the limit must not strike while coverage holds its lock
def test_a_file_that_takes_too_long_is_a_finding_and_the_next_one_is_checked():
    found = check_both("{asset:" * 30_000, seconds=0.03)
    assert {("d/long.md", "too-large"), ("d/next.md", "placeholder")} <= found
    assert ("d/long.md", "too-large") not in check_both("{asset:", seconds=5)


def test_a_file_that_is_too_large_is_a_finding_and_not_read(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d").mkdir()
    (tmp_path / "config.yaml").write_text("version: 1\ndescriptions: d\ntargets: {}\n")
    (tmp_path / "d" / "long.md").write_bytes(b"x" * (8 * 1024 * 1024 + 1))
    (tmp_path / "d" / "next.md").write_text("TBD\n")
    main(["check", "--format", "json"])
    found = json.loads(capsys.readouterr().out)["findings"]
    assert {("d/long.md", "too-large"), ("d/next.md", "placeholder")} <= {
        (finding["path"], finding["rule"]) for finding in found
    }


def test_a_text_that_is_too_long_to_be_laid_out_is_shown_as_it_is_stored():
    text = "<div>\n\n" * 40_000 + "\u202e{asset:a}"
    page = convert_markdown_to_html(text, card=lambda _: "CARD", top_level=3)
    assert page.count("&lt;div&gt;") == 40_000
    assert page.endswith("\\u202e{asset:a}</pre>")
    assert "CARD" not in page
