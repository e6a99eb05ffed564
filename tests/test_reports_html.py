import base64
import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.changes import Create, Delete, Drift, InSync, Invalid, Update
from sync.model.known_texts import DeployedCommit
from sync.model.plan import Plan, Source
from sync.model.run import Outcome, Run, Snapshot
from sync.model.target_identity import TargetIdentity
from sync.model.text import Text
from sync.reports.formats.html import render_html
from sync.reports.formats.markdown_to_html import convert_markdown_to_html
from sync.reports.media import NO_MEDIA, AssetFacts, Media, ModelFacts, Picture
from sync.reports.plan import build_plan_report
from sync.reports.report import Advice, CodeBlock, CodeSpan, Report, Row, Table
from sync.reports.run import build_run_report

TARGET = TargetIdentity("production", "https://api.cloud.scenario.com/v1", "proj_1")
LANTERN = Update(
    model="model_2cT8",
    path="props/lantern.md",
    before=Text("A brass lantern, hand-painted.\n\n{asset:asset_old}\n"),
    after=Text("A brass lantern, lit from within.\n\nBy {model:model_9fK2}.\n"),
    deployed=DeployedCommit("a81c3e0f" * 5, 2),
)
REEF = Drift(
    model="model_77aB",
    path="worlds/reef.md",
    before=Text("A reef at dusk."),
    after=Text("A reef at dawn."),
    notes=("edited elsewhere",),
)
HERO = Create(model="model_9fK2", path="characters/hero.md", after=Text("# Hero\n\nBrave."))
GONE = Delete(model="model_old", path="gone.md", before=Text("Goodbye."))
IN_SYNC = InSync(model="m", path="same.md", before=Text("same"), after=Text("same"))
PIXEL = Picture("image/webp", 4, 3, b"RIFF-a-picture")
MEDIA = Media(
    {
        "asset_old": AssetFacts("image", "image/png", PIXEL),
        "asset_song": AssetFacts("audio", "audio/mpeg"),
    },
    {"model_9fK2": ModelFacts("Hero of Saltlight", "flux.1-lora", "private")},
)
VOID = {"meta", "br", "hr", "input"}


def plan(*changes, target=TARGET, notes=()):
    time = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    return Plan(target, Source("worktree", "3f2a9c1d" * 5), time, changes, notes)


def plan_as_html(plan, media=NO_MEDIA):
    return render_html([build_plan_report(plan)], media={plan.target.name: media})


class Page(HTMLParser):
    """A page as its elements with their attributes, its texts by class, and what is left open."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.open, self.texts = [], [], {}
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append((tag, dict(attrs).get("class", "")))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, text):
        for tag, classes in set(self.open):
            for name in (tag, *classes.split()):
                self.texts[name] = self.texts.get(name, "") + text

    def all(self, tag, **attributes):
        wanted = attributes.items()
        return [each for name, each in self.elements if name == tag and wanted <= each.items()]

    def text(self, name):
        return " ".join(self.texts.get(name, "").split())


# --- the page ------------------------------------------------------------------------------------


def test_says_first_what_it_is_about():
    page = Page(plan_as_html(plan(LANTERN, REEF, IN_SYNC, notes=("left out: x.md",))))
    assert (
        page.text("title")
        == "production: 0 to create, 1 to update, 0 to delete. 1 drifted (left alone). 1 in sync."
    )
    assert (
        page.text("h1")
        == "0 to create, 1 to update, 0 to delete. 1 drifted (left alone). 1 in sync."
    )
    assert page.text("target") == "production 3 descriptions at 3f2a9c1"
    facts = "https://api.cloud.scenario.com/v1 project proj_1 2026-11-23 08:00 UTC"
    assert page.text("facts") == facts
    assert page.text("steps") == (
        "left out: x.md A replaced text will be kept on refs/description-sync/production, "
        "in this clone only."
    )
    assert page.text("commands") == (
        "keep it: description-sync pull worlds/reef.md --target production "
        "replace it: description-sync apply worlds/reef.md --target production --on-drift overwrite"
    )


def test_shows_both_texts_as_their_readers_see_them():
    page = Page(plan_as_html(plan(LANTERN), media=MEDIA))
    assert page.text("h3") == "In ScenarioAfter apply"
    assert page.text("description") == (
        "A brass lantern, hand-painted. image asset_old "
        "A brass lantern, lit from within. By Hero of Saltlight model_9fK2 flux.1-lora, private."
    )


def test_marks_the_words_that_change():
    page = Page(plan_as_html(plan(REEF)))
    assert (page.text("changed"), page.text("del"), page.text("ins")) == (
        "A reef at dawndusk.",
        "dawn",
        "dusk",
    )


def test_shows_references_that_come_and_go():
    page = Page(plan_as_html(plan(LANTERN), media=MEDIA))
    assert page.text("references") == (
        "added Hero of Saltlight model_9fK2 flux.1-lora, private removed image asset_old"
    )


@pytest.mark.parametrize(
    ("change", "titles"),
    [
        pytest.param(LANTERN, "In ScenarioAfter apply", id="update"),
        pytest.param(HERO, "After apply", id="create"),
        pytest.param(GONE, "In Scenario", id="delete"),
        pytest.param(REEF, "In gitIn Scenario", id="drift"),
        pytest.param(Invalid(model="", path="b.md", notes=("no text",)), "", id="invalid"),
    ],
)
def test_says_whose_text_it_shows(change, titles):
    assert Page(plan_as_html(plan(change))).text("h3") == titles


def test_a_preview_from_git_alone_says_nothing_of_the_server():
    page = Page(plan_as_html(replace(plan(LANTERN), offline=True)))
    assert page.text("h3") == "In git so farIn git from now on"


def test_a_picture_is_held_once_and_shown_wherever_it_is_referred_to():
    keep = Update(model="m", path="k.md", before=LANTERN.before, after=Text("{asset:asset_old}"))
    html = plan_as_html(plan(LANTERN, keep), media=MEDIA)
    assert html.count(base64.b64encode(PIXEL.content).decode()) == 1
    shown = Page(html).all("span", role="img")
    assert [span["aria-label"] for span in shown] == ["image asset_old"] * 4
    assert "aspect-ratio: 4 / 3" in html


@pytest.mark.parametrize(
    ("tag", "shown"),
    [
        pytest.param("{asset:asset_song}", "audio asset_song", id="an asset without a picture"),
        pytest.param("{asset:asset_unknown}", "asset asset_unknown", id="an unknown asset"),
        pytest.param("{model:model_unknown}", "model_unknown", id="an unknown model"),
        pytest.param("`{asset:asset_song}`", "{asset:asset_song}", id="in code"),
    ],
)
def test_a_tag_is_shown_as_what_is_known_of_it(tag, shown):
    page = Page(plan_as_html(plan(Create(model="m", path="a.md", after=Text(tag))), media=MEDIA))
    assert page.text("description") == shown
    assert not page.all("span", role="img")


def test_problems_come_first_and_each_state_has_its_filter():
    page = Page(plan_as_html(plan(HERO, LANTERN, REEF)))
    labels = [article["class"] for article in page.all("article")]
    assert labels == ["label-drift", "label-create", "label-update"]
    filters = [radio["id"] for radio in page.all("input", type="radio")]
    assert filters == ["show-all", "show-drift", "show-create", "show-update"]


def test_a_run_shows_what_the_server_made_of_a_text():
    held = Text("A brass lantern.")
    outcomes = [
        Outcome(LANTERN, "altered", "cut at 17 characters", 1, held),
        Outcome(HERO, "not_attempted"),
    ]
    run = Run(plan(LANTERN, HERO), outcomes, Snapshot("refs/description-sync/production"))
    page = Page(render_html([build_run_report(run)], media={"production": MEDIA}))
    assert page.text("h1") == "1 altered, 1 not attempted."
    assert page.text("h3") == "As sentIn Scenario"
    assert [article["class"] for article in page.all("article")] == [
        "label-altered",
        "label-not-attempted",
    ]
    assert "#show-not-attempted:checked" in page.text("style")


# --- several reports on one page -----------------------------------------------------------------

SOUTH = TargetIdentity("south", "http://127.0.0.1:8765/v1")


def test_each_target_has_its_section_and_no_id_stands_twice():
    plans = [plan(HERO, REEF), plan(HERO, LANTERN, target=SOUTH)]
    page = Page(render_html([*map(build_plan_report, plans)]))
    assert not page.open
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert sorted(set(ids)) == sorted(ids)
    links = [a["href"] for a in page.all("a") if a["href"].startswith("#")]
    assert {link[1:] for link in links} <= set(ids)
    assert [section["aria-label"] for section in page.all("section") if "id" in section] == [
        "production",
        "south",
    ]
    assert (
        page.text("title")
        == "production: 1 to create, 0 to update, 0 to delete. 1 drifted (left alone). "
        "south: 1 to create, 1 to update, 0 to delete."
    )
    assert (
        page.text("targets")
        == "production 1 to create, 0 to update, 0 to delete. 1 drifted (left alone). "
        "south 1 to create, 1 to update, 0 to delete."
    )


def test_a_filter_is_for_its_own_target():
    plans = [plan(HERO, REEF), plan(HERO, LANTERN, target=SOUTH)]
    page = Page(render_html([*map(build_plan_report, plans)]))
    choices = [(each["name"], each["id"]) for each in page.all("input")]
    assert choices == [
        ("show", "show-all"),
        ("show", "show-drift"),
        ("show", "show-create"),
        ("show-2", "show-2-all"),
        ("show-2", "show-2-create"),
        ("show-2", "show-2-update"),
    ]
    assert "#report-2:has(#show-2-create:checked)" in page.text("style")


def test_each_target_s_assets_have_its_own_pictures():
    other = Picture("image/webp", 4, 3, b"RIFF-another")
    south = Media({"asset_old": AssetFacts("image", "image/webp", other)})
    plans = [plan(LANTERN), plan(LANTERN, target=SOUTH)]
    media = {"production": MEDIA, "south": south}
    html = render_html([*map(build_plan_report, plans)], media=media)
    shown = [span["class"] for span in Page(html).all("span", role="img")]
    assert [name.split()[1] for name in shown] == ["picture-0"] * 2 + ["picture-1"] * 2
    for number, picture in enumerate((PIXEL, other)):
        content = base64.b64encode(picture.content).decode()
        assert re.search(rf"\.picture-{number} {{[^}}]*{re.escape(content)}", html)


# --- listings ------------------------------------------------------------------------------------

LISTING = Report(
    kind="map",
    title="staging → production",
    subtitle="1 model in common already",
    target=TARGET,
    blocks=(
        Table(
            ("Name", "Model", "Why"),
            (Row("+ maren", "good", (CodeSpan("model_1"),), "by name", ("a note",)),),
        ),
        CodeBlock("Add to config.yaml:", "targets:\n  staging: {}\n"),
    ),
    notes=("left out: x.md",),
    summary="1 more.",
    next_steps=(Advice(("a.md",), ("Commit with ", CodeSpan("git commit"))),),
)


def test_a_listing_says_what_its_text_says():
    page = Page(render_html([LISTING]))
    assert page.text("title") == "staging → production: 1 more."
    assert page.text("target") == "staging → production 1 model in common already"
    assert page.text("h1") == "1 more."
    assert page.text("facts") == (
        "description-sync map https://api.cloud.scenario.com/v1 project proj_1"
    )
    assert page.text("steps") == "left out: x.md a.md: Commit with git commit"
    assert page.text("thead") == "NameModelWhy"
    assert page.text("tbody") == "+ maren model_1 by namea note"
    assert page.text("lead") == "Add to config.yaml:"
    assert page.texts["paste"] == "\ntargets:\n  staging: {}\n"


def test_listings_of_several_targets_are_one_page():
    page = Page(render_html([LISTING, replace(LISTING, title="south", summary="")]))
    assert page.text("targets") == ("staging → production 1 more. south 1 model in common already")
    assert len(page.all("h1")) == 2


# --- what a browser may do with it ---------------------------------------------------------------


def test_the_policy_allows_its_own_style_and_pictures_alone():
    html = plan_as_html(plan(LANTERN, REEF), media=MEDIA)
    (policy,) = Page(html).all("meta", **{"http-equiv": "Content-Security-Policy"})
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy["content"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def assert_inert(page):
    assert not page.open
    names = {name for name, _ in page.elements}
    assert not names & {
        "script",
        "img",
        "iframe",
        "object",
        "embed",
        "form",
        "link",
        "base",
        "video",
    }
    for name, attributes in page.elements:
        assert not [key for key in attributes if key.startswith("on") or key in {"src", "style"}]
        if name == "a" and "href" in attributes:
            assert re.match(r"https?:|mailto:|#(change|report)-\d+$", attributes["href"])
        if name == "a" and not attributes.get("href", "#").startswith("#"):
            assert attributes["rel"] == "noopener noreferrer nofollow"
    (style,) = [attributes for name, attributes in page.elements if name == "style"]
    assert style == {}


HOSTILE = st.lists(
    st.sampled_from(
        [
            *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</style>", "</title>"),
            *(
                "<svg onload=alert(1)>",
                "<iframe src=//x>",
                "<a href=javascript:x>y</a>",
                "<b>",
                "</p>",
            ),
            *(
                "[a](javascript:x)",
                "![a](https://x.org/p.png)",
                "[a](https://x.org 'b')",
                "</article>",
            ),
            *("{asset:a}", "{model:m}", '<data value="0"></data>', '<data value="99999"></data>'),
            *(
                "<p title='{asset:a}'>",
                '<data value="',
                '"></data>',
                "<style>*{}</style>",
                "<!--",
                "-->",
            ),
            *(
                "{{ 7 * 7 }}",
                "{% raw %}",
                "{asset:<b>}",
                '{asset:"onload=x}',
                "&#x202e;",
                "\u202e",
                "\0",
            ),
            *(
                "# a",
                "\n",
                "\n\n",
                "- a",
                "> a",
                "```",
                "| a |\n|:-:|\n",
                "`",
                " ",
                "javascript:alert(1)",
            ),
        ]
    )
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    max_size=12,
).map("".join)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_nothing_from_outside_acts(path, before, after):
    media = Media(
        {"a": AssetFacts(path, path, PIXEL)},
        {path: ModelFacts(path, path, path), "m": ModelFacts(path, path, path)},
    )
    texts = {"before": Text(before), "after": Text(after)}
    changes = [
        Update(model=path, path=path, **texts, notes=(path,)),
        Drift(model=path, path=None, **texts, notes=(path, path)),
        Invalid(model=path, path=path, notes=(path,)),
    ]
    html = plan_as_html(
        plan(*changes, target=TargetIdentity(path, path, path), notes=(path,)), media=media
    )
    assert_inert(Page(html))
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\u0000]", html)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_nothing_from_outside_acts_in_a_listing(name, word, text):
    entry = Row(word, "bad", (CodeSpan(name), word), text, (text, word))
    listing = Report(
        kind="check",
        title=name,
        subtitle=word,
        target=TargetIdentity(name, word, word),
        blocks=(Table((name, word, text, word), (entry,), word), CodeBlock(word, text)),
        notes=(text,),
        summary=word,
        next_steps=(Advice((name,), (word, CodeSpan(text))),),
    )
    html = render_html([listing, listing])
    assert_inert(Page(html))
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\u0000]", html)


# --- a description -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "html"),
    [
        pytest.param("# A\n\n### B\n\n## C", "<h4>A</h4>\n<h5>B</h5>\n<h5>C</h5>\n", id="headings"),
        pytest.param("A\n=\n\nB\n-", "<h4>A</h4>\n<h5>B</h5>\n", id="underlined headings"),
        pytest.param("~~a~~ *b*", "<p><s>a</s> <em>b</em></p>\n", id="emphasis"),
        pytest.param("![a *b*](//x)", "<p><em>[picture: a b]</em></p>\n", id="a picture"),
        pytest.param("![](//x)", "<p><em>[picture]</em></p>\n", id="a picture without words"),
        pytest.param("<img src=x alt=a>b", "<p>b</p>\n", id="a picture in HTML"),
        pytest.param(
            "[a](https://x.org)",
            '<p><a href="https://x.org" rel="noopener noreferrer nofollow">a</a></p>\n',
            id="a link",
        ),
        pytest.param(
            "[a](/x)", '<p><a rel="noopener noreferrer nofollow">a</a></p>\n', id="a path"
        ),
        pytest.param("[a](javascript:b)", "<p>[a](javascript:b)</p>\n", id="a script as a link"),
        pytest.param("a<script>b</script>c", "<p>ac</p>\n", id="a script"),
        pytest.param("a <kbd>b</kbd>", "<p>a <kbd>b</kbd></p>\n", id="plain HTML"),
        pytest.param("<b onclick=x>a</b>", "<p>a</p>\n", id="HTML that is not plain"),
        pytest.param("<!-- a -->b", "b", id="a comment"),
        pytest.param("a&#x202e;b", "<p>a\\u202eb</p>\n", id="a bidirectional control"),
        pytest.param("👩\u200d🚀", "<p>👩\u200d🚀</p>\n", id="a joined emoji"),
        pytest.param("{asset:a_b_c}!", "<p>(asset a_b_c)!</p>\n", id="a tag"),
        pytest.param("**{model:x/y-1.0}**", "<p><strong>(model x/y-1.0)</strong></p>\n", id="bold"),
        pytest.param("`{asset:a}`", "<p><code>{asset:a}</code></p>\n", id="a tag in code"),
        pytest.param(
            "{asset:a} <data value='0'></data><data value='7'></data>",
            "<p>(asset a) (asset a)</p>\n",
            id="a tag's place taken by another",
        ),
        pytest.param(
            "[x](https://x.org '<data value=\"0\"></data>') {asset:a}",
            '<p><a href="https://x.org" title="&lt;data value=&quot;0&quot;&gt;&lt;/data&gt;" '
            'rel="noopener noreferrer nofollow">x</a> (asset a)</p>\n',
            id="a tag's place in an attribute",
        ),
    ],
)
def test_a_description_is_rendered_and_made_safe(text, html):
    assert (
        convert_markdown_to_html(text, card=lambda tag: f"({tag.kind} {tag.id})", top_level=4)
        == html
    )


def test_a_page_that_is_printed_into_a_log_is_no_command_there():
    text = "##[error]x\n\n::error::y\n\n```\n::warning::z\n```\n"
    page = plan_as_html(plan(Create(model="m", path="##[add-mask]a.md", after=Text(text))))
    assert "##[" not in page
    assert not re.search(r"^\s*::", page, re.MULTILINE)
    assert "&#35;#[error]x" in page


def test_every_icon_is_drawn_in_the_page():
    page = plan_as_html(plan(Create(model="m", path="a.md", after=Text("{asset:a} {model:b}"))))
    used = set(re.findall(r'<use href="#([^"]+)"', page))
    assert used
    assert used <= set(re.findall(r'<symbol id="([^"]+)"', page))
