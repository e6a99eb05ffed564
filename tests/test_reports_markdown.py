import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from sync.model.changes import Create, Delete, Drift, Failed, InSync, Invalid, Missing, Update
from sync.model.known_texts import DeployedCommit
from sync.model.plan import Plan, Source
from sync.model.run import Outcome, Run, Snapshot
from sync.model.target_identity import TargetIdentity
from sync.model.text import Text
from sync.reports.formats.gfm import format_code, format_prose
from sync.reports.formats.markdown import (
    render_markdown,
)
from sync.reports.formats.sanitize import escape_invisible
from sync.reports.marker import make_marker
from sync.reports.media import AssetFacts, Media, ModelFacts
from sync.reports.plan import build_plan_report
from sync.reports.report import Advice, CodeBlock, CodeSpan, Report, Row, Table
from sync.reports.run import build_run_report

TARGET = TargetIdentity("production", "https://api.cloud.scenario.com/v1", "proj_1")
COMMIT = "3f2a9c1d" * 5
IN_SYNC = InSync(model="model_same", path="same.md", before=Text("same"), after=Text("same"))
HERO = Create(model="model_9fK2", path="characters/hero.md", after=Text("A hero."))
LANTERN = Update(
    model="model_2cT8",
    path="props/lantern.md",
    before=Text("A brass lantern, hand-painted, for night scenes.\n{asset:asset_old}\n"),
    after=Text("A brass lantern, lit from within, for night scenes.\nBy {model:model_9fK2}.\n"),
    deployed=DeployedCommit("a81c3e0f" * 5, 2),
)
REEF = Drift(
    model="model_77aB",
    path="worlds/reef.md",
    before=Text("A reef at dusk."),
    after=Text("A reef at dawn."),
    notes=("edited elsewhere: this text is in no commit of the repository",),
)
BAD = Invalid(
    model="",
    path="bad.md",
    notes=('descriptions/bad.md:4:1: unknown key "modle". Did you mean "model"?',),
)
# As GitHub and GitLab read it, but for what they look for in the rendered page.
GFM = MarkdownIt("gfm-like", {"linkify": True, "html": True})


def plan(*changes, target=TARGET, notes=()):
    return Plan(
        target,
        Source("worktree", COMMIT),
        datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
        changes,
        notes,
    )


def without_news(report):
    """The report without the line by which `comment` knows what was told before."""
    line = r"^<!-- description-sync-news config=\w+( \w+)* -->\n"
    return re.sub(line, "", report, count=1, flags=re.MULTILINE)


def units(text):
    return len(text.encode("utf-16-le")) // 2


def test_tells_a_plan_with_its_problems_first():
    media = Media(
        {"asset_old": AssetFacts("image", "image/png")},
        {"model_9fK2": ModelFacts("Hero of Saltlight", "flux.1-lora")},
    )
    report = without_news(
        render_markdown(build_plan_report(plan(HERO, LANTERN, REEF, BAD, IN_SYNC)), media=media)
    )
    remark = "changed outside git: will be left alone"
    assert (
        report
        == f"""\
{make_marker(TARGET)}
### production: 1 to create, 1 to update, 0 to delete. 1 drifted (left alone). 1 invalid. 1 in sync

5 descriptions at `3f2a9c1`.

| State | Description | Model | |
| --- | --- | --- | --- |
| !&nbsp;drift | `worlds/reef.md` | `model_77aB` | {remark} |
| !&nbsp;invalid | `bad.md` |  | 1 error |
| `+`&nbsp;create | `characters/hero.md` | `model_9fK2` Hero of Saltlight |  |
| `~`&nbsp;update | `props/lantern.md` | `model_2cT8` | Scenario has the text of \
`a81c3e0` (2 versions behind) |

**Next**

- A replaced text will be kept on `refs/description-sync/production`, in this clone only.
- `bad.md`: fix the errors first; apply writes nothing until then. To check: \
`description-sync check`

<details><summary><code>worlds/reef.md</code> · drift</summary>

`−` in git  `+` in Scenario

```diff
- A reef at [-dawn-].
+ A reef at {{+dusk+}}.
```

- keep it: `description-sync pull worlds/reef.md --target production`
- replace it: `description-sync apply worlds/reef.md --target production --on-drift overwrite`

</details>

<details open><summary><code>bad.md</code> · invalid</summary>

- `descriptions/bad.md:4:1`: unknown key "modle". Did you mean "model"?

</details>

<details><summary><code>characters/hero.md</code> · create</summary>

`−` in Scenario  `+` after apply

```diff
+ A hero.
```

</details>

<details><summary><code>props/lantern.md</code> · update</summary>

New references: model `model_9fK2` (Hero of Saltlight).

Removed references: asset `asset_old` (image).

`−` in Scenario  `+` after apply

```diff
- A brass lantern, [-hand-painted-], for night scenes.
+ A brass lantern, {{+lit from within+}}, for night scenes.
- {{asset:asset_old}}
+ By {{model:model_9fK2}}.
```

</details>
"""
    )


def test_says_in_one_line_that_there_is_nothing_to_do():
    report = render_markdown(build_plan_report(plan(IN_SYNC)))
    headline = "### production: in sync, nothing to do\n\n1 description at `3f2a9c1`.\n"
    assert without_news(report) == f"{make_marker(TARGET)}\n{headline}"


def test_tells_what_became_of_a_run():
    snapshot = Snapshot("refs/description-sync/production", "b" * 40, "c" * 40, "20261123T080000")
    outcomes = [
        Outcome(HERO, "applied", attempts=1, remote_text=HERO.after),
        Outcome(LANTERN, "altered", "trimmed", 1, Text("A brass lantern, lit from within.")),
        Outcome(REEF, "failed", "GET /models/model_77aB/description: 503", 6),
    ]
    report = render_markdown(build_run_report(Run(plan(HERO, LANTERN, REEF), outcomes, snapshot)))
    assert without_news(report).startswith(
        f"""\
{make_marker(TARGET)}
### production: 1 created, 1 altered, 1 failed

2 descriptions written at `3f2a9c1`.

| State | Description | Model | |
| --- | --- | --- | --- |
| !&nbsp;altered | `props/lantern.md` | `model_2cT8` | trimmed |
| !&nbsp;failed | `worlds/reef.md` | `model_77aB` | GET `/models/model_77aB/description`: 503 |
| `+`&nbsp;created | `characters/hero.md` | `model_9fK2` |  |
"""
    )
    assert (
        "- A brass lantern, lit from within[-, for night scenes.↵By {model:model_9fK2}-].\n"
        "+ A brass lantern, lit from within.\n" in report
    )


def test_a_run_that_was_refused_says_why():
    refused = Run(plan(HERO), [], Snapshot("refs/x"), refusals=("too many changes at once",))
    assert without_news(render_markdown(build_run_report(refused))) == (
        f"{make_marker(TARGET)}\n### production: 1 change not made\n\nnothing was written.\n\n"
        "- too many changes at once\n"
    )


def test_long_lines_are_wrapped_between_words():
    report = render_markdown(
        build_plan_report(plan(Create(model="m", path="a.md", after=Text("sea " * 50))))
    )
    rows = re.findall(r"^\+ .*$", report, re.MULTILINE)
    assert [len(row) for row in rows] == [101, 104]
    assert [row[:6] for row in rows] == ["+ sea ", "+ ↳ se"]


def test_a_difference_says_what_it_leaves_out():
    lines = [*(f"Line {number}" for number in range(9)), " " * 150]
    changed = Update(
        model="m",
        path="a.md",
        before=Text("\n".join([*lines, "the end"])),
        after=Text("\n".join([*lines, "no end"])),
    )
    assert render_markdown(build_plan_report(plan(changed))).endswith(
        """
`−` in Scenario  `+` after apply

```diff
@@ 9 lines as before @@

- [-the-] end
+ {+no+} end
```

</details>
"""
    )


def test_many_descriptions_with_one_problem_are_counted():
    missing = [Missing(model=f"m{number}", path=f"{number}.md") for number in range(5)]
    assert "\n- 5 descriptions: production has no such model" in render_markdown(
        build_plan_report(plan(*missing, InSync(model="m", path="m.md")))
    )


# --- the marker ----------------------------------------------------------------------------------


def test_the_marker_names_the_target():
    assert re.fullmatch(
        r"<!-- description-sync:production:[0-9a-f]{16} -->",
        make_marker(TARGET),
    )


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(TargetIdentity("staging", TARGET.base_url, "proj_1"), id="another name"),
        pytest.param(TargetIdentity("production", "https://other/v1", "proj_1"), id="server"),
        pytest.param(TargetIdentity("production", TARGET.base_url, "proj_2"), id="project"),
        pytest.param(TargetIdentity("production", TARGET.base_url), id="no project"),
    ],
)
def test_each_target_has_a_marker_of_its_own(other):
    assert make_marker(other) != make_marker(TARGET)


def test_a_name_cannot_close_the_marker():
    assert re.fullmatch(
        r"<!-- description-sync:--%3E%0A%3Cb%3E:\w+ -->",
        make_marker(TargetIdentity("-->\n<b>", TARGET.base_url)),
    )


# --- the ladder ----------------------------------------------------------------------------------

LONG = Update(
    model="model_long",
    path="long.md",
    before=Text("".join(f"Line {number}\n" for number in range(200))),
    after=Text("".join(f"Verse {number}\n" for number in range(200))),
    deployed=DeployedCommit("a" * 40, 0),
)


def test_the_largest_difference_is_left_out_first():
    report = render_markdown(build_plan_report(plan(LONG, LANTERN, HERO)), budget=2_000)
    assert "\n`long.md`: 200 lines changed, left out here.\n" in report
    assert "\n- A brass lantern, [-hand-painted-], for night" in report
    assert "\n+ A brass lantern, {+lit from within+}, for night" in report
    assert "\n<!-- left out: differences=1 -->\n" in report
    assert "\n**Shortened to fit.** Left out: 1 of 3 differences.\n" in report


def many(count):
    return [
        Create(model=f"model_{number:03}", path=f"worlds/{number:03}.md", after=Text("A world."))
        for number in range(count)
    ]


def test_then_there_is_the_table_alone():
    report = render_markdown(build_plan_report(plan(*many(40))), budget=4_000)
    assert report.count("| `+`&nbsp;create |") == 40
    assert "**Shortened to fit.** Left out: 40 of 40 differences.\n" in report
    assert "<details" not in report


def test_then_as_much_of_the_table_as_fits_its_problems_first():
    report = render_markdown(build_plan_report(plan(*many(400), REEF)), budget=4_000)
    rows = report.count("| `+`&nbsp;create |")
    assert 30 < rows < 100
    assert f"Left out: 401 of 401 differences, {400 - rows} of 401 rows.\n" in report
    assert f"\n<!-- left out: differences=401 rows={400 - rows} -->\n" in report
    assert "| !&nbsp;drift | `worlds/reef.md` |" in report
    assert "**Next**" in report


def test_then_one_line():
    notes = tuple(f"not tracked by git: {number}.md" for number in range(100))
    report = render_markdown(build_plan_report(plan(*many(3), notes=notes)), budget=1_000)
    assert (
        without_news(report)
        == f"{make_marker(TARGET)}\n### production: 3 to create, 0 to update, 0 to delete\n"
    )


@pytest.mark.parametrize("budget", [1_000, 1_500, 3_000, 10_000, 60_000, 1_000_000])
def test_always_fits(budget):
    text = Text("🦑 A squid, and a very long line. " * 40)
    changes = [Create(model=f"m{n}", path=f"{n}.md", after=text) for n in range(60)]
    assert units(render_markdown(build_plan_report(plan(*changes)), budget=budget)) <= budget


def test_a_report_that_just_fits_is_whole():
    whole = render_markdown(build_plan_report(plan(LANTERN, HERO)))
    assert render_markdown(build_plan_report(plan(LANTERN, HERO)), budget=units(whole)) == whole
    assert render_markdown(build_plan_report(plan(LANTERN, HERO)), budget=units(whole) - 1) != whole


# --- listings ------------------------------------------------------------------------------------

HEAD = ("Result", "File", "Why")
LISTING = Report(
    kind="pull",
    title="production",
    subtitle="into descriptions/",
    target=TARGET,
    blocks=(
        Table(
            HEAD,
            (
                Row("+ created", "good", (CodeSpan("a | b.md"),)),
                Row("! failed", "bad", ("(no file)",), "no answer", ("one", "two")),
            ),
        ),
        CodeBlock("Add to config.yaml:", "a: `b`\n  c: ```d\n"),
        Table(HEAD, (Row("= in sync", "quiet", (CodeSpan("c.md"),), "as in a81c3e0"),), "And:"),
    ),
    notes=("1 file unchanged: commit it", "left out: x.md"),
    summary="1 created, 1 failed.",
    next_steps=(Advice((), ("Commit with ", CodeSpan("git commit"))),),
)


def test_tells_a_listing_with_its_problems_first():
    marked, report = without_news(render_markdown(LISTING)).split("\n", 1)
    assert re.fullmatch("<!-- description-sync:pull-production:[0-9a-f]{16} -->", marked)
    assert (
        report
        == """\
### production: 1 created, 1 failed

`description-sync pull`: into `descriptions/`.

| Result | File | Why |
| --- | --- | --- |
| !&nbsp;failed | (no file) | no answer<br>one<br>two |
| `+`&nbsp;created | `a \\| b.md` |  |

- 1 file unchanged: commit it
- left out: `x.md`

**Next**

- Commit with `git commit`

Add to `config.yaml`:

````
a: `b`
  c: ```d
````

And:

| Result | File | Why |
| --- | --- | --- |
| `=`&nbsp;in&nbsp;sync | `c.md` | as in `a81c3e0` |
"""
    )


def test_a_listing_of_nothing_is_a_headline():
    empty = replace(LISTING, subtitle="nothing to pull", blocks=(), summary="", next_steps=())
    report = without_news(render_markdown(replace(empty, notes=())))
    assert report.split("\n", 1)[1] == (
        "### production: nothing to pull\n\n`description-sync pull`.\n"
    )


def test_what_follows_the_first_table_of_a_listing_is_left_out_first():
    long = CodeBlock("Add to config.yaml:", "model: model_1\n" * 200)
    report = render_markdown(
        replace(LISTING, blocks=(LISTING.blocks[0], long, LISTING.blocks[2])), budget=2_000
    )
    assert "\nAdd to `config.yaml`: 200 lines, left out here.\n" in report
    assert "\n**Shortened to fit.** Left out: 1 of 2 parts.\n" in report
    assert "| `=`&nbsp;in&nbsp;sync | `c.md` |" in report


def test_then_as_many_rows_of_a_listing_as_fit_its_problems_first():
    entries = [Row("= in sync", "quiet", (CodeSpan(f"{n}.md"),)) for n in range(400)]
    bad = Row("! drift", "bad", (CodeSpan("reef.md"),), "edited elsewhere")
    table = Table(HEAD, (*entries, bad))
    report = render_markdown(replace(LISTING, blocks=(table,)), budget=4_000)
    rows = report.count("| `=`&nbsp;in&nbsp;sync |")
    assert 50 < rows < 200
    assert units(report) <= 4_000
    assert f"Left out: {400 - rows} of 401 rows.\n" in report
    assert "| !&nbsp;drift | `reef.md` | edited elsewhere |" in report


def test_of_many_notes_the_first_are_shown():
    entry = Row("! invalid", "bad", (CodeSpan("a.md"),), "9 faults", tuple("abcdefghi"))
    report = render_markdown(replace(LISTING, blocks=(Table(HEAD, (entry,)),)))
    assert "| 9 faults<br>a<br>b<br>c<br>d<br>e<br>… and 4 more lines |\n" in report


@pytest.mark.parametrize(
    "other",
    [{"kind": "status"}, {"title": "staging"}, {"target": None}],
    ids=lambda each: next(iter(each)),
)
def test_each_listing_has_a_marker_of_its_own(other):
    first, second = (render_markdown(each) for each in (LISTING, replace(LISTING, **other)))
    assert first.split("\n")[0] != second.split("\n")[0]


# --- what comes from outside ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Did you mean this? No, (really).", None, id="plain words"),
        pytest.param("2 of 3 texts", None, id="numbers"),
        pytest.param("café, naïve, 灯台", None, id="words of other languages"),
        pytest.param("run `git add` first", None, id="code"),
        pytest.param("(`git add` them)", None, id="code in brackets"),
        pytest.param("`a`@ada", "`` `a`@ada ``", id="code that touches something"),
        pytest.param("ask @ada, please", "ask `@ada`, please", id="a mention"),
        pytest.param("(@ada/team)", "(`@ada/team`)", id="a mention of a team"),
        pytest.param("as in #1: no", "as in `#1`: no", id="an issue"),
        pytest.param("as in GH-1", "as in `GH-1`", id="an issue, the other way"),
        pytest.param("in a81c3e0", "in `a81c3e0`", id="a commit"),
        pytest.param("in defaced", "in `defaced`", id="letters that may be a commit"),
        pytest.param("a well-defaced wall", "a `well-defaced` wall", id="such letters in a word"),
        pytest.param("see www.x.org.", "see `www.x.org`.", id="an address"),
        pytest.param("<b>hi</b>", "`<b>hi</b>`", id="HTML"),
        pytest.param("*a* _b_ ~c~", "`*a*` `_b_` `~c~`", id="markup"),
        pytest.param("a|b", "`a|b`", id="a pipe"),
        pytest.param("un`closed", "``un`closed``", id="a lone backtick"),
        pytest.param("a\nb\x1b[1m", "`a\\nb\\x1b[1m`", id="controls"),
        pytest.param("abc\u202edef", "`abc\\u202edef`", id="bidirectional controls"),
    ],
)
def test_sentences_keep_their_words_and_quote_the_rest(text, expected):
    assert format_prose(text) == (expected or text)


@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"]), min_size=1))
def test_code_says_what_it_was_given(text):
    tokens = GFM.parseInline(format_code(text))[0].children
    shown = escape_invisible(text)
    assert [(token.type, token.content) for token in tokens] == [("code_inline", shown)]


HOSTILE = st.lists(
    st.sampled_from(
        [
            *(
                "`",
                "``",
                "```",
                "~~~",
                "\n",
                "\n\n",
                " ",
                "\t",
                "\\",
                "|",
                "\\|",
                "-->",
                "--",
                "\r",
            ),
            *(
                "</details>",
                "<details>",
                "</summary>",
                "</code>",
                "<script>",
                "<img src=x>",
                "<!--",
            ),
            *("@ada", "@ada/team", "#1", "ada/repo#1", "GH-1", "a81c3e0", "deadbeefdeadbeef", "!1"),
            *("https://x.org", "www.x.org", "ada@x.org", "[a](javascript:b)", "![a](//b)", "<x:y>"),
            *(
                "\x1b[31m",
                "\x1b]8;;x\x07",
                "\u202e",
                "\u2066",
                "\u200b",
                "\x00",
                "&#64;ada",
                "&lt;",
            ),
            *(
                "::error::x",
                "::set-output name=a::b",
                "##[error]x",
                "##vso[x]",
                "/close",
                ":smile:",
            ),
            *(
                "# a",
                "- a",
                "1. a",
                "> a",
                "***",
                "===",
                "---",
                "| a | b |",
                "|-|-|",
                "    a",
                "[^1]",
            ),
            *(
                "<!-- description-sync:production:0 -->",
                "word",
                "a word, and another",
                "灯台",
                "🦑",
            ),
        ]
    )
    | st.text(max_size=5),
    max_size=12,
).map("".join)


@st.composite
def hostile_plans(draw):
    path, model, note, before, after, name = (draw(HOSTILE) for _ in range(6))
    texts = {"before": Text(before), "after": Text(after)}
    return plan(
        Update(model=model, path=path, **texts, notes=(note,)),
        Drift(model=model, path=path, **texts, notes=(note, note)),
        Create(model=model, path=path, after=Text(after)),
        Delete(model=model, path=None, before=Text(before)),
        Invalid(model=model, path=path, notes=(note,)),
        Missing(model=model, path=path),
        Failed(model=model, path=path, notes=(note,)),
        target=TargetIdentity(name, "https://x.org", note),
        notes=(note,),
    )


def flat(tokens):
    for token in tokens:
        yield token
        yield from flat(token.children or [])


OUR_HTML = re.compile(
    r"<!-- description-sync-news config=([0-9a-f]{8}|unknown)( [0-9a-f]{8})* -->\n?"
    r"|<!-- description-sync:[\w.~%-]*:[0-9a-f]{16} -->\n?"
    r"|<!-- left out: ((differences|parts)=\d+ ?)?(rows=\d+)? -->\n?"
    r"|<details( open)?><summary><code>[^<>\n]*</code> · [a-z ]+</summary>\n"
    r"|</details>\n"
)
CALLS = re.compile(r"@\w|#\d|GH-\d|\b[0-9a-f]{7,40}\b|://|www\.|!\d|:\w+:", re.IGNORECASE)


def assert_inert(report):
    tokens = list(flat(GFM.parse(report)))
    kinds = {token.type for token in tokens}
    assert not kinds & {"link_open", "image", "html_inline", "blockquote_open", "hr", "code_block"}
    blocks = [token.content for token in tokens if token.type == "html_block"]
    assert all(OUR_HTML.fullmatch(block) for block in blocks)
    assert sum("<details" in block for block in blocks) == blocks.count("</details>\n")
    assert not [token for token in tokens if token.type == "text" and CALLS.search(token.content)]
    assert report.lower().count("<!-- description-sync:") == 1
    assert not re.search(r"^\s*::|##\w*\[", report, re.MULTILINE)
    controls = {c for c in report if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    assert controls == {"\n"}


@given(hostile_plans(), st.integers(1_000, 8_000) | st.just(60_000))
def test_nothing_from_outside_acts(hostile, budget):
    report = render_markdown(build_plan_report(hostile), budget=budget)
    assert_inert(report)
    assert units(report) <= budget


@given(hostile_plans())
def test_every_change_has_its_row_and_its_fold(hostile):
    tokens = GFM.parse(render_markdown(build_plan_report(hostile), budget=1_000_000))
    rows = [token for token in tokens if token.type == "tr_open"]
    assert len(rows) == 1 + len(hostile.changes)
    assert sum(token.type == "td_open" for token in tokens) == 4 * len(hostile.changes)
    assert {token.info for token in tokens if token.type == "fence"} <= {"diff"}


@given(hostile_plans())
def test_nothing_from_outside_acts_in_the_report_of_a_run(hostile):
    outcomes = [
        Outcome(change, result, change.notes[0] if change.notes else "", 1, change.before)
        for change in hostile.changes
        for result in ("altered", "failed", "refused")
    ]
    run = Run(hostile, outcomes, Snapshot("refs/description-sync/x", "b" * 40, "c" * 40, "run"))
    assert_inert(render_markdown(build_run_report(run), budget=100_000))


@st.composite
def hostile_listings(draw):
    name, word, path, remark, text = (draw(HOSTILE) for _ in range(5))
    entry = Row(f"! {word}", "bad", (CodeSpan(path), word), remark, (remark, text))
    table = Table(("Result", name, word, "Why"), (entry, entry), draw(st.sampled_from(["", word])))
    return Report(
        kind="map",
        title=name,
        subtitle=word,
        target=TargetIdentity(name, word, word),
        blocks=(table, CodeBlock(word, text), table),
        notes=(remark,),
        summary=draw(st.sampled_from(["", "1 more."])),
        next_steps=(Advice((path,), ("Do ", CodeSpan(text), ".")),),
    )


def test_a_title_of_blanks_and_words_is_no_block_of_code():
    table = Table(("Model",), (), "    a target")
    report = Report(
        kind="map", title="x", subtitle="y", blocks=(table, CodeBlock("    a file", "text"))
    )
    assert_inert(render_markdown(report))


@given(hostile_listings(), st.integers(2_000, 8_000) | st.just(60_000))
def test_nothing_from_outside_acts_in_a_listing(hostile, budget):
    report = render_markdown(hostile, budget=budget)
    assert_inert(report.replace("<br>", " "))
    assert units(report) <= budget


@given(hostile_listings())
def test_every_entry_of_a_listing_has_its_row(hostile):
    tokens = GFM.parse(render_markdown(hostile, budget=1_000_000))
    assert sum(token.type == "tr_open" for token in tokens) == 6
    assert sum(token.type == "td_open" for token in tokens) == 16
    assert [token.info for token in tokens if token.type == "fence"] == [""]


def test_files_are_links_where_their_address_is_known_and_there_is_room():
    changes = (
        Create(model="m1", path="props/a b|c.md", after=Text("New\n")),
        Delete(model="m2", path="gone.md", before=Text("Old\n")),
    )
    report = build_plan_report(plan(*changes))
    url = "https://github.com/studio/texts/blob/3f2a/descriptions"
    linked = render_markdown(report, files_url=url)
    assert f"[`props/a b\\|c.md`]({url}/props/a%20b%7Cc.md)" in linked
    assert "| `gone.md` |" in linked  # not there at this commit
    assert url not in render_markdown(report)
    room = units(render_markdown(report)) + 10
    assert url not in render_markdown(report, files_url=url, budget=max(room, 600))
