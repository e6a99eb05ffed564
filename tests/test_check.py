"""`check` as a command: where it looks, how it reports, how it ends."""

import json
import os
import re
import subprocess
import sys

import pytest
import yaml
from repositories import Repo, make_hermetic

from sync.cli import main
from sync.config.rules import list_rules
from sync.lint.finding import Finding
from sync.reports.check import (
    CheckResult,
    build_check_report,
    render_check_annotations,
    render_check_sarif,
)
from sync.reports.check_text import render_check_text
from sync.reports.formats.json import render_json
from sync.reports.formats.text import render_text
from sync.sandbox.seed import Seed
from sync.sandbox.store import Store

CONFIG = {
    "version": 1,
    "target": "sandbox",
    "targets": {"sandbox": {"sandbox": "store.sqlite3", "assets": {"logo": "asset_logo"}}},
}


@pytest.fixture
def repo(tmp_path, monkeypatch):
    """A folder with a config.yaml and one description, being the working directory."""
    make_hermetic(monkeypatch)
    monkeypatch.chdir(tmp_path)
    repo = Repo(tmp_path)
    repo.write("config.yaml", yaml.safe_dump(CONFIG))
    repo.write("descriptions/hero.md", "The hero.\n")
    return repo


@pytest.fixture
def check(capsys):
    def run(*options):
        code = main(["check", *options])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def configured(repo, **keys):
    repo.write("config.yaml", yaml.safe_dump(CONFIG | keys))


# --- what is said --------------------------------------------------------------------------------


@pytest.mark.usefixtures("repo")
def test_says_that_all_is_well(check):
    assert check() == (0, "1 file checked: no errors.\n", "")


def test_tells_every_fault_with_its_place_and_what_to_do(repo, check):
    repo.write("descriptions/a.md", "{asset: x} and {asset:@loog}\n")
    repo.write("descriptions/b.md", "# B\n\n### C\n\n`{asset:x}`\n")
    code, out, err = check()
    assert (code, err) == (4, "")
    assert out.splitlines() == [
        (
            "descriptions/a.md:1:1: bad-reference: {asset: x} is not a reference: kind and id need "
            "a colon between them, and nothing else; write {asset:x}, or put it in code if it is "
            "not meant as a reference"
        ),
        (
            'descriptions/a.md:1:16: unknown-alias: "loog" is not one of the assets of target '
            '"sandbox". Did you mean "logo"?'
        ),
        (
            "descriptions/b.md:3:1: heading-jump: a heading of level 3 follows one of level 1; "
            "begin it with ## (warning)"
        ),
        (
            "descriptions/b.md:5:2: reference-in-code: {asset:x} is in code, so it refers to "
            "nothing (info)"
        ),
        "3 files checked: 2 errors, 1 warning, 1 note.",
    ]


def test_warnings_alone_end_well(repo, check):
    repo.write("descriptions/hero.md", "TODO\n")
    code, out, _ = check()
    assert (code, out.splitlines()[-1]) == (0, "1 file checked: 1 warning.")


def test_config_sets_what_a_rule_is_worth(repo, check):
    configured(repo, rules={"placeholder": "error", "heading-jump": "off"})
    repo.write("descriptions/hero.md", "# TODO\n\n### Hero\n")
    code, out, _ = check()
    assert code == 4
    assert [line.split(": ")[1] for line in out.splitlines()[:-1]] == ["placeholder"]


def test_names_are_looked_up_for_every_target_or_the_one_named(repo, check):
    targets = CONFIG["targets"] | {"production": {"project_id": "proj_1"}}
    configured(repo, targets=targets)
    repo.write("descriptions/hero.md", "{asset:@logo}\n")
    assert check()[0] == 4
    assert '"production"' in check()[1]
    assert check("--target", "sandbox")[0] == 0
    code, _, err = check("--target", "sandbax")
    assert (code, 'Did you mean "sandbox"?' in err) == (2, True)


# --- config.yaml ---------------------------------------------------------------------------------


def test_faults_of_the_config_come_first_and_the_files_are_checked_all_the_same(repo, check):
    repo.write(
        "config.yaml",
        "version: 1\ndescriptions: texts\nexclude: [x.md]\n"
        "targets:\n  sandbox: {sandbx: s}\nrules: {raw-htm: off}\n",
    )
    repo.write("texts/x.md", "{asset: x}")
    repo.write("texts/y.md", "{asset:@logo} {asset: x}")
    code, out, _ = check()
    assert code == 2
    assert [line.split(": ")[:2] for line in out.splitlines()[:-1]] == [
        ["config.yaml:5:13", "config"],
        ["config.yaml:6:9", "config"],
        ["texts/y.md:1:15", "bad-reference"],
    ]
    assert 'unknown key "raw-htm". Did you mean "raw-html"?' in out


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("version: 1\ndescriptions: [\n", "config.yaml:3:1"),
        ("- version\n", "config.yaml:1:1"),
        ("version: 1\ndescriptions: 5\ntargets: {a: {}}\nexclude: 1\n", "config.yaml:2:1"),
    ],
    ids=["no YAML", "no mapping", "wrong types"],
)
def test_what_a_faulty_config_does_not_say_has_its_default(repo, check, text, place):
    repo.write("config.yaml", text)
    repo.write("descriptions/hero.md", "{asset: x}")
    code, out, _ = check()
    assert code == 2
    assert out.startswith(f"{place}: config: ")
    assert "descriptions/hero.md:1:1: bad-reference" in out


def test_a_config_that_is_not_utf_8_is_a_finding_and_the_files_are_checked(repo, check):
    (repo.path / "config.yaml").write_bytes(b"descriptions: texts\n# caf\xe9\n")
    repo.write("texts/hero.md", "{asset: x}")
    code, out, err = check()
    assert (code, err) == (2, "")
    assert out.splitlines()[0] == (
        "config.yaml:2:6: config: not UTF-8: byte 0xe9 at offset 25; save it as UTF-8"
    )
    assert out.splitlines()[1].startswith("texts/hero.md:1:1: bad-reference: ")


def test_a_config_that_is_not_utf_8_stops_every_other_command(repo, capsys):
    (repo.path / "config.yaml").write_bytes(b"version: 1\n\xff")
    assert main(["plan"]) == 2
    assert capsys.readouterr().err == (
        "error: config.yaml:2:1: not UTF-8: byte 0xff at offset 11; save it as UTF-8\n"
    )


def test_a_folder_that_is_not_there_is_a_fault_of_the_config(repo, check):
    configured(repo, descriptions="texts")
    line = (repo.path / "config.yaml").read_text().splitlines().index("descriptions: texts") + 1
    code, out, _ = check()
    assert code == 2
    assert out.splitlines() == [
        f"config.yaml:{line}:1: config: there is no folder texts; create it, or name another one",
        "0 files checked: 1 error.",
    ]


def test_without_a_config_nothing_can_be_checked(tmp_path, monkeypatch, check):
    Repo.create(tmp_path)
    monkeypatch.chdir(tmp_path)
    code, out, err = check()
    assert (code, out) == (2, "")
    assert err.startswith("error: no config.yaml in ")


# --- which files ---------------------------------------------------------------------------------


def test_links_hidden_and_excluded_files_are_left_out(repo, check):
    elsewhere = repo.write("elsewhere/deep/c.md", "{asset: x}")
    repo.write("descriptions/README.md", "{asset: x}")
    repo.write("descriptions/_draft.md", "{asset: x}")
    repo.write("descriptions/.obsidian/a.md", "{asset: x}")
    repo.write("descriptions/notes.txt", "{asset: x}")
    (repo.path / "descriptions/linked.md").symlink_to(elsewhere)
    (repo.path / "descriptions/folder").symlink_to(elsewhere.parent)
    (repo.path / "descriptions/gone.md").symlink_to("nowhere")
    assert check() == (0, "1 file checked: no errors.\n", "")


@pytest.mark.parametrize(
    ("paths", "files"),
    [
        (["descriptions/a/one.md"], ["a/one.md"]),
        (["./descriptions/a/one.md", "descriptions/two.md"], ["a/one.md", "two.md"]),
        (["descriptions/a"], ["a/one.md"]),
        (["a/"], ["a/one.md"]),
        (["two.md"], ["two.md"]),
        (["descriptions"], ["a/one.md", "two.md"]),
        (["."], ["a/one.md", "two.md"]),
        (["config.yaml"], []),
        (["descriptions/README.md", "descriptions/two.md"], ["two.md"]),
    ],
)
def test_paths_choose_files_and_pass_over_what_is_no_description(repo, check, paths, files):
    for name in ("descriptions/a/one.md", "descriptions/two.md", "descriptions/README.md"):
        repo.write(name, "{asset: x}")
    _, out, _ = check(*paths)
    found = re.findall(r"^descriptions/(\S+?):1:1: bad-reference", out, re.MULTILINE)
    assert found == files


@pytest.mark.usefixtures("repo")
def test_quiet_is_silent_where_there_is_nothing_to_say(check):
    assert check("--quiet") == (0, "", "")
    assert check("--quiet", "--format", "json")[1].startswith('{\n  "version": 1,')


def test_quiet_tells_faults_all_the_same(repo, check):
    repo.write("descriptions/hero.md", "{asset: x}")
    assert check("--quiet")[1] == check()[1]


@pytest.mark.usefixtures("repo")
def test_a_path_that_is_not_there_is_a_usage_error(check):
    assert check("descriptions/heroine.md") == (
        2,
        "",
        (
            'error: descriptions/heroine.md does not exist. Did you mean "descriptions/hero.md"?\n'
            "Check the spelling.\n"
        ),
    )


def test_two_files_for_one_model_are_found_though_only_one_is_named(repo, check):
    repo.write("descriptions/copy.md", "---\nmodel: hero\n---\nThe hero.\n")
    code, out, _ = check("descriptions/hero.md")
    assert code == 4
    assert out.splitlines()[0] == (
        "descriptions/hero.md:1:1: duplicate-model: the model hero is described by "
        "descriptions/copy.md too; keep one of them"
    )


def test_places_are_seen_from_where_one_stands(repo, check, monkeypatch):
    repo.write("descriptions/deep/a.md", "{asset: x}")
    monkeypatch.chdir(repo.path / "descriptions" / "deep")
    assert check()[1].startswith("../deep/a.md:1:1: bad-reference")
    assert check("a.md")[1].startswith("../deep/a.md:1:1: bad-reference")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_named(repo, check):
    repo.write("descriptions/hero.md", "x").chmod(0)
    code, out, err = check()
    assert (code, out) == (1, "")
    assert "descriptions/hero.md cannot be read: Permission denied" in err


# --- reports -------------------------------------------------------------------------------------

FINDINGS = [
    Finding("d/a, b.md", 1, 2, "raw-html", "warning", "50% HTML\u202e"),
    Finding("d/c.md", 3, 4, "reference-in-code", "info", "::error::no"),
    Finding("d/é.md", 5, 6, "bad-reference", "error", "##[error]x"),
]


def test_text_is_inert_and_says_what_is_no_error():
    assert render_check_text(CheckResult(FINDINGS, 1200), color=False) == (
        "d/a, b.md:1:2: raw-html: 50% HTML\\u202e (warning)\n"
        "d/c.md:3:4: reference-in-code: ::error::no (info)\n"
        "d/é.md:5:6: bad-reference: #\\#[error]x\n"
        "1,200 files checked: 1 error, 1 warning, 1 note.\n"
    )


def test_text_has_a_colour_for_each_severity():
    assert render_check_text(CheckResult(FINDINGS[2:], 1), color=True).startswith(
        "d/é.md:5:6: \x1b[31mbad-reference\x1b[0m: "
    )


def test_json_is_one_document_that_no_runner_obeys():
    report = render_json([CheckResult(FINDINGS, 1200)])
    assert "##[" not in report
    assert json.loads(report) == {
        "version": 1,
        "kind": "check",
        "summary": {"error": 1, "warning": 1, "info": 1},
        "findings": [
            {
                "path": each.path,
                "line": each.line,
                "column": each.column,
                "rule": each.rule,
                "severity": each.severity,
                "message": each.message,
            }
            for each in FINDINGS
        ],
        "fixed": [],
    }


def test_annotations_come_worst_first_and_escaped():
    assert render_check_annotations(FINDINGS) == (
        "::error file=d/é.md,line=5,col=6,title=bad-reference::##[error]x\n"
        "::warning file=d/a%2C b.md,line=1,col=2,title=raw-html::50%25 HTML\\u202e\n"
        "::notice file=d/c.md,line=3,col=4,title=reference-in-code::::error::no\n"
    )


def test_sarif_is_a_log_of_one_run():
    log = json.loads(render_check_sarif(FINDINGS[2:]))
    (run,) = log.pop("runs")
    driver = run["tool"]["driver"]
    assert log == {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
    }
    assert [rule["id"] for rule in driver["rules"]] == [rule.name for rule in list_rules()]
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["results"] == [
        {
            "ruleId": "bad-reference",
            "ruleIndex": [rule.name for rule in list_rules()].index("bad-reference"),
            "level": "error",
            "message": {"text": r"##\[error\]x"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": "d/%C3%A9.md"},
                        "region": {"startLine": 5, "startColumn": 6},
                    }
                }
            ],
        }
    ]


@pytest.mark.parametrize(
    ("message", "text"),
    [
        pytest.param("write {asset:ID}", "write {{asset:ID}}", id="braces hold what is filled in"),
        pytest.param("[a](b) is no link", r"\[a\](b) is no link", id="brackets make a link"),
    ],
)
def test_sarif_takes_a_message_as_it_is(message, text):
    finding = Finding("a.md", 1, 1, "bad-reference", "error", message)
    (run,) = json.loads(render_check_sarif([finding]))["runs"]
    assert run["results"][0]["message"] == {"text": text}


def test_a_listing_has_a_row_for_each():
    assert render_text(
        build_check_report(CheckResult(FINDINGS, 1200, is_complete=False)), color=False, width=80
    ) == (
        "check · 1,200 files checked\n"
        "\n"
        "  warning  d/a, b.md:1:2  raw-html           50% HTML\\u202e\n"
        "  info     d/c.md:3:4     reference-in-code  ::error::no\n"
        "  error    d/é.md:5:6     bad-reference      #\\#[error]x\n"
        "  · This was checked offline; the online part is missing.\n"
        "\n"
        "1 error, 1 warning, 1 note.\n"
    )


@pytest.mark.parametrize("report_format", ["text", "markdown", "json", "html", "github", "sarif"])
def test_the_exit_code_is_the_same_in_every_format(repo, check, report_format):
    repo.write("descriptions/hero.md", "{asset: x}")
    code, out, err = check("--format", report_format)
    assert (code, err) == (4, "")
    assert "bad-reference" in out


@pytest.mark.parametrize("report_format", ["github", "sarif"])
def test_what_is_for_a_forge_names_files_from_git_s_root(repo, check, monkeypatch, report_format):
    Repo.create(repo.path)
    repo.write("docs/config.yaml", yaml.safe_dump({**CONFIG, "target": "sandbx"}))
    repo.write("docs/descriptions/hero.md", "{asset: x}")
    monkeypatch.chdir(repo.path / "docs")
    _, out, _ = check("--format", report_format)
    assert "docs/descriptions/hero.md" in out
    assert "docs/config.yaml" in out
    assert "docs/" not in check()[1]


# --- speed ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("repo")
def test_neither_http_nor_git_nor_what_makes_pages_is_loaded():
    program = (
        "import sys; from sync.cli import main; code = main(['check']); "
        "print(code, *sys.modules.keys() & {'httpx', 'git', 'rich', 'starlette', 'asyncio', "
        "'jinja2', 'markdown_it', 'markupsafe', 'nh3', 'PIL'})"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines()[-1] == "0"


# --- online --------------------------------------------------------------------------------------

SEED = Seed.model_validate(
    {
        "models": {
            "hero": {"privacy": "private"},
            "base": {"privacy": "public"},
            "reef": {"privacy": "private"},
        },
        "assets": {
            "asset_logo": {"privacy": "private"},
            "asset_free": {"privacy": "public"},
        },
    }
)


@pytest.fixture
def seeded(repo):
    """The studio in a repository, with a sandbox that holds the seed."""
    Repo.create(repo.path)
    Store(repo.path / "store.sqlite3", seed=SEED).close()
    return repo


def test_online_all_that_is_there_is_well(seeded, check):
    seeded.write("descriptions/hero.md", "{asset:@logo} {asset:asset_free} {model:base}")
    seeded.write("descriptions/base.md", "{asset:asset_free} {model:reef}")
    assert check("--online") == (0, "2 files checked: no errors.\n", "")


def test_online_tells_what_the_target_does_not_have(seeded, check):
    seeded.write("descriptions/gone.md", "Gone.")
    seeded.write("descriptions/hero.md", "{asset: x}\n{asset:asset_no} {model:no}")
    seeded.write("descriptions/base.md", "{asset:@logo}")
    code, out, _ = check("--online")
    unseen = '"sandbox" does not have it or does not show it to this key; check the id'
    assert code == 4
    assert out.splitlines()[:2] + out.splitlines()[3:] == [
        (
            "descriptions/base.md:1:1: private-asset: asset_logo is private and base is public: "
            "others will not see the asset; publish it, or refer to another one (warning)"
        ),
        f"descriptions/gone.md:1:1: missing-model: there is no model gone: {unseen}",
        f"descriptions/hero.md:2:1: missing-reference: there is no asset asset_no: {unseen}",
        f"descriptions/hero.md:2:18: missing-reference: there is no model no: {unseen}",
        "3 files checked: 4 errors, 1 warning.",
    ]


def test_online_asks_for_the_chosen_files_only_and_rules_may_be_off(seeded, check):
    configured(seeded, rules={"private-asset": "off"})
    seeded.write("descriptions/gone.md", "Gone.")
    seeded.write("descriptions/base.md", "{asset:@logo}")
    assert check("--online", "base.md") == (0, "1 file checked: no errors.\n", "")


def test_a_target_that_does_not_answer_leaves_the_rest_of_the_report(seeded, check, monkeypatch):
    for name in ("SCENARIO_SDK_API_KEY", "SCENARIO_SDK_API_SECRET", "SCENARIO_SDK_JWT"):
        monkeypatch.delenv(name, raising=False)
    configured(seeded, targets=CONFIG["targets"] | {"production": {}})
    seeded.write("descriptions/hero.md", "TODO")
    code, out, err = check("--online", "--target", "production")
    assert code == 2
    assert out.splitlines()[-1] == (
        "1 file checked: 1 warning offline; the online part is missing."
    )
    assert 'target "production" has no credentials' in err


@pytest.mark.parametrize("targets", [["production"], ["production", "sandbox"]])
def test_nobody_is_told_of_no_faults_where_a_server_was_not_reached(
    seeded, check, monkeypatch, targets
):
    monkeypatch.setenv("SCENARIO_SDK_JWT", "token")
    nowhere = {"base_url": "http://127.0.0.1:9/v1", "retries": 0}
    configured(seeded, targets=CONFIG["targets"] | {"production": nowhere})
    code, out, _ = check("--online", *(f"--target={name}" for name in targets))
    assert code == 1
    assert out == "1 file checked: no errors offline; the online part is missing.\n"


def test_a_faulty_config_asks_nobody(seeded, check):
    configured(seeded, modles={})
    code, out, _ = check("--online")
    assert code == 2
    assert out.splitlines()[1:] == ["1 file checked: 1 error offline; the online part is missing."]
