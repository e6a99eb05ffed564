"""Rules over texts: what each one finds, and where."""

import importlib.metadata

import pytest
from growth import grows_with_its_input

from sync.config.rules import READING_RULES, LengthRule, RuleLevels, list_rules
from sync.descriptions.aliases import Aliases
from sync.lint.check import check_files, check_text
from sync.lint.finding import Finding
from sync.lint.linted_text import LintedText

ASSET = "asset_7ohpDuaEVhxpxQB8nh1v2Y"
MODEL = "model_DvzoXe8ohMtTSaQyeiyTSo"
AS_IT_STANDS = "or put it in code if it is not meant as a reference"


def findings(text, levels=None):
    return sorted(check_text("a.md", LintedText(text), levels or RuleLevels()))


def places(text, rule):
    return [(each.line, each.column) for each in findings(text) if each.rule == rule]


def messages(text, rule):
    return [each.message for each in findings(text) if each.rule == rule]


# --- what they say -------------------------------------------------------------------------------


SAYINGS = [
    (
        "a\n{asset: x}",
        (2, 1),
        "bad-reference",
        (
            "{asset: x} is not a reference: kind and id need a colon between them, "
            "and nothing else; "
            f"write {{asset:x}}, {AS_IT_STANDS}"
        ),
    ),
    (
        f"a\n{{{ASSET}}}",
        (2, 1),
        "bad-reference",
        f"{{{ASSET}}} has no kind; write {{asset:{ASSET}}}",
    ),
    (
        f"a\n{{:{ASSET}}}",
        (2, 1),
        "bad-reference",
        f"{{:{ASSET}}} has no kind; write {{asset:{ASSET}}}",
    ),
    (
        "\n\u200b \u00ad\ufeff",
        (2, 1),
        "invisible-text",
        (
            'no character of this text is visible; write a text, or delete it and add "clear: '
            'true" to the front matter'
        ),
    ),
    (
        "a\n{lib:x}",
        (2, 1),
        "unknown-kind",
        (
            '{lib:x} is not a reference: there is no kind "lib", only asset and model; '
            "put it in code if it is not meant as a reference"
        ),
    ),
    (
        "é `{asset:a}`",
        (1, 4),
        "reference-in-code",
        "{asset:a} is in code, so it refers to nothing",
    ),
    (
        "é \u202ex",
        (1, 3),
        "bidirectional",
        (
            "the right-to-left override (U+202E) shows the text in another order than the stored "
            "one; delete it"
        ),
    ),
    (
        "é [b](c.md)",
        (1, 3),
        "relative-link",
        ('the link to "c.md" leads nowhere outside this repository; give the full https:// URL'),
    ),
    (
        "é [b]()",
        (1, 3),
        "relative-link",
        "the link leads nowhere outside this repository; give the full https:// URL",
    ),
    (
        "é ![b](c.png)",
        (1, 3),
        "relative-link",
        'the image "c.png" stays in this repository; upload it and write {asset:ID}',
    ),
    (
        "é [b](ftp://c.example)",
        (1, 3),
        "link-scheme",
        "Scenario may not open a ftp: address; use https, or plain text",
    ),
    (
        "é [b](//c.example/d)",
        (1, 3),
        "link-scheme",
        "the address //c.example/d has no scheme; write https://c.example/d",
    ),
    (
        "é ![b](https://c.example/d.png)",
        (1, 3),
        "image-asset",
        "this image is lost if c.example removes it; upload it and write {asset:ID}",
    ),
    (
        f"é ![b](https://c.example/{ASSET}?Expires=1)",
        (1, 3),
        "image-asset",
        f"addresses of assets expire; write {{asset:{ASSET}}} instead of the image",
    ),
    (
        "é <b>c</b>",
        (1, 3),
        "raw-html",
        "HTML may be shown as text or removed; write Markdown, or put it in code",
    ),
    (
        "é <!-- c -->",
        (1, 3),
        "raw-html",
        "a comment may be shown as text or removed; write Markdown, or put it in code",
    ),
    (
        "# é\n\n# b\n",
        (3, 1),
        "several-titles",
        "this is a second title, the first is in line 1; begin this one with ##",
    ),
    (
        "## é\n\n#### b\n",
        (3, 1),
        "heading-jump",
        "a heading of level 4 follows one of level 2; begin it with ###",
    ),
    ("é TBD", (1, 3), "placeholder", 'the text contains "TBD"; write what belongs there'),
    (
        "é" * 20_001,
        (1, 1),
        "overlong",
        "20002 characters, 2 more than the limit of 20000; shorten it",
    ),
]


@pytest.mark.parametrize(
    ("text", "place", "rule", "message"), SAYINGS, ids=[rule for _, _, rule, _ in SAYINGS]
)
def test_each_rule_says_what_is_wrong_where_and_what_to_do(text, place, rule, message):
    (finding,) = findings(text)
    assert finding == Finding("a.md", *place, rule, RuleLevels().get_level(rule), message)


def test_the_first_heading_may_be_of_any_level():
    assert findings("### a\n") == []


# --- references ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reason", "instead"),
    [
        ("{asset: x}", "kind and id need a colon between them, and nothing else", "{asset:x}"),
        ("{ asset:x }", "an id has no blanks", "{asset:x}"),
        ("{asset=x}", "kind and id need a colon between them", "{asset:x}"),
        ("{asset\uff1ax}", "kind and id need a colon between them", "{asset:x}"),
        ("{asset asset_x}", "kind and id need a colon between them", "{asset:asset_x}"),
        ("{asset/asset_x}", "kind and id need a colon between them", "{asset:asset_x}"),
        ("{Asset:x}", 'there is no kind "Asset"', "{asset:x}"),
        ("{MODEL:x}", 'there is no kind "MODEL"', "{model:x}"),
        ("{assets:x}", 'there is no kind "assets"', "{asset:x}"),
        ("{modle:x}", 'there is no kind "modle"', "{model:x}"),
        ("{image:asset_x}", 'there is no kind "image"', "{asset:asset_x}"),
        ("{asset:model_x}", "its id is that of a model", "{model:model_x}"),
        ("{model:asset_x}", "its id is that of an asset", "{asset:asset_x}"),
        ("{asset:}", "it has no id", "{asset:ID}"),
        ("{model: }", "it has no id", "{model:ID}"),
        ("{asset:x", "it is never closed", "{asset:x}"),
        ("{asset:x\n}", "it is never closed", "{asset:x}"),
        ("{{asset:x}}", "it needs one pair of braces", "{asset:x}"),
        ("{asset:x}}", "it needs one pair of braces", "{asset:x}"),
        ("{{asset:x}", "it needs one pair of braces", "{asset:x}"),
        ("{asset:x y}", "an id has no blanks", "{asset:x}"),
        ('{asset:"x"}', "an id has no blanks", "{asset:x}"),
        ("{asset:<x>}", "an id has no blanks", "{asset:x}"),
        ("{asset:\u201cx\u201d}", "an id has no blanks", "{asset:x}"),
        ("{asset:x,}", "an id has no blanks", "{asset:x}"),
        ("{asset:x; y}", "an id has no blanks", "{asset:x}"),
        ("{asset: x\\}", "kind and id need a colon between them", "{asset:x}"),
        ("{asset:x\\}", "an id has no blanks", "{asset:x}"),
        ("{asset:@ logo}", "an id has no blanks", "{asset:@logo}"),
        ("{asset: @}", "it has no id", "{asset:ID}"),
        ('{asset:"><script>x</script>}', "an id has no blanks", "{asset:ID}"),
        ("{asset: [a link](y)}", "kind and id need a colon between them", "{asset:ID}"),
        ("{asset:[x](y)}", "an id has no blanks", "{asset:ID}"),
        ("\uff5basset:x\uff5d", "its braces are fullwidth", "{asset:x}"),
        ("\uff5bmodel\uff1a@hero}", "its braces are fullwidth", "{model:@hero}"),
        ("{asset:x\u200b}", "it contains the invisible character U+200B", "{asset:x}"),
        ("{asset:\ufeffx}", "it contains the invisible character U+FEFF", "{asset:x}"),
        ("{asset:a\u00adb}", "it contains the invisible character U+00AD", "{asset:ab}"),
        ("{as\u2060set:x}", "it contains the invisible character U+2060", "{asset:x}"),
        (f"[asset:{ASSET}]", "it needs braces", f"{{asset:{ASSET}}}"),
        (f"( model : {MODEL} )", "it needs braces", f"{{model:{MODEL}}}"),
        (f"(asset:{MODEL})", "it needs braces", f"{{model:{MODEL}}}"),
    ],
)
def test_what_is_nearly_a_reference_is_told_with_the_cure(text, reason, instead):
    (finding,) = [each for each in findings(text) if each.rule == "bad-reference"]
    assert (finding.line, finding.column) == (1, 1)
    shown = f"{text.splitlines()[0]}…" if reason == "it is never closed" else text
    assert finding.message.startswith(f"{shown} is not a reference: {reason}")
    assert finding.message.endswith(f"; write {instead}, {AS_IT_STANDS}")


def test_what_is_never_closed_is_shown_in_part():
    (message,) = messages(f"{{asset:xy {'and so on ' * 20}", "bad-reference")
    assert message.startswith(
        "{asset:xy and so on and so on… is not a reference: it is never closed"
    )


@pytest.mark.parametrize(
    "text",
    [
        f"{{asset:{ASSET}}}",
        f"{{model:{MODEL}}}",
        "{model:flux.1-dev}{model:minimax/music-01}",
        "{asset:@logo}",
        "{asset:é}",
        "{asset:@}",  # a fault that reading finds
        "\uff5bnote:x\uff5d",
        "(asset: x) and [model: y]",
        f"`(asset:{ASSET})`",
        "`{asset: x}`",
        "```\n{asset:\n```",
        "    {Asset:x}",
        "{}",
        "{asset}",
        "{model} and {model_id}",
        "{a, b}",
        "{model, name}",
        "{x:d}",
        '{"model": "x"}',
        "asset: x",
        "a set {1, 2",
    ],
)
def test_what_nobody_meant_as_a_reference_is_left_alone(text):
    found = [each for each in findings(text) if each.rule in {"bad-reference", "unknown-kind"}]
    assert found == []


@pytest.mark.parametrize("text", ["{workflow:wf_1}", "{mode:portrait}", "{lib:@hero}"])
def test_a_kind_that_is_far_from_both_is_a_warning(text):
    (finding,) = findings(text)
    assert (finding.rule, finding.severity) == ("unknown-kind", "warning")
    kind = text[1:].partition(":")[0]
    assert finding.message == (
        f'{text} is not a reference: there is no kind "{kind}", only asset and model; '
        "put it in code if it is not meant as a reference"
    )


def test_references_in_code_are_told_of_in_spans_and_blocks():
    text = "`{asset:a}`\n\n```\n{model:b}\n```\n\n> ~~~\n> {asset:c}\n"
    assert places(text, "reference-in-code") == [(1, 2), (4, 1), (8, 3)]


def test_real_markdown_holds_no_near_miss():
    rules = {"bad-reference", "unknown-kind", "reference-in-code"}
    texts = {
        each.name: each.metadata.get_payload()
        for each in importlib.metadata.distributions()
        if (each.metadata["Description-Content-Type"] or "").startswith("text/markdown")
        and each.name != "description-sync"  # its own README shows a reference in a picture
    }
    assert len(texts) > 10
    found = [
        each for name in texts for each in check_text(name, LintedText(texts[name]), RuleLevels())
    ]
    assert found
    assert [each for each in found if each.rule in rules] == []


# --- characters ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\x00b", (1, 2, "here is the NUL U+0000; delete it")),
        ("a\n\x07", (2, 1, "here is the control character U+0007; delete it")),
        ("`\x1b[31m`", (1, 2, "here is the control character U+001B; delete it")),
        ("é\x85", (1, 2, "here is the control character U+0085; delete it")),
    ],
)
def test_control_characters_are_errors_in_code_too(text, expected):
    assert findings(text) == [
        Finding("a.md", *expected[:2], "control-character", "error", expected[2])
    ]


@pytest.mark.parametrize("character", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_bidirectional_controls_are_errors(character):
    (message,) = messages(f"if {character}x", "bidirectional")
    assert f"(U+{ord(character):04X})" in message


@pytest.mark.parametrize("text", ["tab\there", "\u05e9\u05dc\u05d5\u05dd\u200f!", "👩\u200d🎨"])
def test_characters_that_texts_need_are_none(text):
    assert findings(text) == []


# --- links and images ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        pytest.param("[a](b.md)", ["relative-link"], id="a file"),
        pytest.param("[a](/b)", ["relative-link"], id="a path"),
        pytest.param("[a](C:/b.md)", ["relative-link"], id="a drive"),
        pytest.param("[a]()", ["relative-link"], id="nothing"),
        pytest.param("[a]\n\n[a]: ../b.md", ["relative-link"], id="by reference"),
        pytest.param("![a](b.png)", ["relative-link"], id="an image"),
        pytest.param(
            "[![a](b.png)](c.md)", ["relative-link", "relative-link"], id="an image in a link"
        ),
        pytest.param("[a](#b)", [], id="within the page"),
        pytest.param("[a](//b.example)", ["link-scheme"], id="of either scheme"),
        pytest.param("![a](//b.example/c.png)", ["link-scheme"], id="an image of either scheme"),
        pytest.param("[a](HTTPS://b.example)", [], id="https"),
        pytest.param("<http://b.example>", [], id="http"),
        pytest.param("[a]({asset:x})", [], id="a reference as address"),
        pytest.param("`[a](b.md)`", [], id="in code"),
        pytest.param(r"\[a](b.md)", [], id="escaped"),
        pytest.param("[a](javascript:alert(1))", ["link-scheme"], id="a script"),
        pytest.param("[a](mailto:b@c.example)", [], id="mail"),
        pytest.param("<b@c.example>", [], id="mail in angle brackets"),
        pytest.param("![a](data:image/png;base64,AA==)", ["link-scheme"], id="an image in place"),
        pytest.param("![a](https://b.example/c.png)", ["image-asset"], id="an image elsewhere"),
        pytest.param("![a](http://b.example/c.png)", ["image-asset"], id="an image by http"),
    ],
)
def test_links_and_images(text, rules):
    assert [each.rule for each in findings(text)] == rules


# --- structure and words -------------------------------------------------------------------------


def test_html_is_told_of_once_a_tag_or_block():
    text = "a <b>c</b><br>\n\n<div>\n<p>\n</div>\n\n<!-- d -->\n"
    assert places(text, "raw-html") == [(1, 3), (1, 11), (3, 1), (7, 1)]


def test_each_title_after_the_first_is_told_of():
    text = "A\n=\n\n## B\n\n# C\n\nD\n=\n"
    assert places(text, "several-titles") == [(6, 1), (8, 1)]
    assert messages(text, "several-titles")[0].startswith(
        "this is a second title, the first is in line 1"
    )


def test_a_heading_may_go_up_by_any_number_of_levels_and_down_by_one():
    text = "## A\n\n#### B\n\n##### C\n\n# D\n\n### E\n"
    assert places(text, "heading-jump") == [(3, 1), (9, 1)]


@pytest.mark.parametrize("word", ["TODO", "FIXME", "TBD", "lorem ipsum", "Lorem\nipsum"])
def test_placeholders_stand_out_but_in_code(word):
    assert places(f"a *{word}*: b", "placeholder") == [(1, 4)]
    assert places(f"a `{word}`", "placeholder") == []


def test_words_that_look_like_placeholders_are_none():
    assert findings("Todo lists, a TODOS folder, todo: nothing") == []


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (LengthRule(max_characters=3), ["4 characters, 1 more than the limit of 3; shorten it"]),
        (LengthRule(max_bytes=5), ["7 bytes, 2 more than the limit of 5; shorten it"]),
        (LengthRule(max_characters=4, max_bytes=7), []),
    ],
)
def test_the_text_that_is_sent_is_measured(limits, expected):
    found = findings("\n\n\u20aca\u00e9\n \n", RuleLevels(overlong=limits))
    assert [each.message for each in found] == expected


FALSE_FINDINGS = [
    "${var:default} and ${model:-x} and #{name:x}",
    "set {model: x, steps: 28} for it",
    '{"model": "x", "steps": 28}',
    "[mail](mailto:b@c.example)",
    "a[^1] and b[^note]\n\n[^1]: word\n\n[^note]: more",
    "a TODO list, and every TODO of the code",
    "https://b.example/TODO and TODO.md and #TODO",
    "Eso es TODO lo que hay. TODO EL MUNDO lo sabe, y lo es TODO",
    "a[i][j] and [text][label]\n\n[label]: https://b.example",
    "`[[wiki]]` and `{{< figure >}}`",
    "[[1]](https://b.example)",
]


@pytest.mark.parametrize("text", FALSE_FINDINGS)
def test_what_writers_mean_is_no_finding(text):
    assert findings(text) == []


@pytest.mark.parametrize(
    ("text", "rule", "place"),
    [
        ("see [[lantern]]", "foreign-syntax", (1, 5)),
        ("<!-- [[[end]]] -->\n\nsee [[lantern]]", "foreign-syntax", (3, 5)),
        ("![[lantern.png]]", "foreign-syntax", (1, 1)),
        ("x {{< figure src=x >}}", "foreign-syntax", (1, 3)),
        ("{{% note %}}", "foreign-syntax", (1, 1)),
        ("{% include x %}", "foreign-syntax", (1, 1)),
        ("see [the guide][guide]", "undefined-link", (1, 5)),
        ("see [guide][]", "undefined-link", (1, 5)),
        ("TODO: x", "placeholder", (1, 1)),
        ("- TODO", "placeholder", (1, 3)),
        ("# TODO", "placeholder", (1, 3)),
        ("| TODO | x |", "placeholder", (1, 3)),
        ("TODO add images", "placeholder", (1, 1)),
        ("Trained on: TODO", "placeholder", (1, 13)),
        ("[TODO]", "placeholder", (1, 2)),
        ("{asset:a, model:b}", "bad-reference", (1, 1)),
        (f"${{asset: {ASSET}}}", "bad-reference", (1, 2)),
        ("a\u200bb", "hidden-character", (1, 2)),
        ("a\ufe0fb", "hidden-character", (1, 2)),
        ("a\U000e0100", "hidden-character", (1, 2)),
        ("a\u180b", "hidden-character", (1, 2)),
        ("a\u2800b", "hidden-character", (1, 2)),
        ("a\u2028b", "hidden-character", (1, 2)),
        ("a\ufffab", "hidden-character", (1, 2)),
        ("a\uffffb", "hidden-character", (1, 2)),
        ("a\ufdd0b", "hidden-character", (1, 2)),
        ("a\U0001fffeb", "hidden-character", (1, 2)),
        ("a\U0010ffffb", "hidden-character", (1, 2)),
        ("a\U0001d159b", "hidden-character", (1, 2)),
        ("\u4e2d\ufe00", "hidden-character", (1, 2)),
        ("\u4e2d\U000e01ef", "hidden-character", (1, 2)),
        ("1\ufe0f", "hidden-character", (1, 2)),
    ],
)
def test_what_would_be_shown_otherwise_than_meant_is_found(text, rule, place):
    assert places(text, rule) == [place]


@pytest.mark.parametrize(
    "text",
    [
        "\u2764\ufe0f 1\ufe0f\u20e3",
        "\U0001f9d1\U0001f3fd\u200d\U0001f680",
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "\u1820\u180b",
        "\u845b\U000e0100 \u4fae\ufe00",
        "\u0915\u094d\u200d\u0937 \u0645\u06cc\u200c\u062e",
        "\u2801\u2800\u2802",
    ],
)
def test_characters_that_shape_a_sign_are_none(text):
    assert places(text, "hidden-character") == []


def test_an_address_that_is_none_is_told_with_what_happens():
    (message,) = messages("<lora:name:0.8>", "link-scheme")
    assert message == (
        "<lora:name:0.8> is read as a link, so its angle brackets vanish; put it in code"
    )


PIECES = [
    "{",
    "{ ",
    "{asset",
    "{asset:",
    "{asset: " + " ",
    "{model " + "\t",
    " ",
    "\t",
    "}",
    "[",
    "[[",
    "[a][",
    "]",
    "![",
    "(asset:",
    "<",
    "<a ",
    "<!--",
    "`",
    "*",
    "_",
    "TODO ",
    "lorem ",
    "{% ",
    "{{< ",
    "> ",
    "- ",
    "# a\n",
    "| a ",
    "1. ",
    "\u200d",
    "\ufe0f",
    "\U000e0067",
    "\u0915\u200d",
    "\u2800",
    "\u200f",
    "\U0001f469\u200d",
]


@pytest.mark.parametrize("piece", PIECES, ids=ascii)
def test_time_grows_no_faster_than_the_text(piece):
    def make(size):
        return "{asset" + piece * (size // len(piece)) + "asset}"

    assert grows_with_its_input(findings, make, 4_000)


# --- places --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "place"),
    [
        pytest.param("a\t{asset: x}", (1, 3), id="a tab is a column"),
        pytest.param("😀é {asset: x}", (1, 4), id="astral and accented"),
        pytest.param("a\r\nb\r\n{asset: x}", (3, 1), id="CRLF"),
        pytest.param("a\rb\r{asset: x}", (3, 1), id="CR"),
        pytest.param("\ufeff{asset: x}", (1, 1), id="BOM"),
        pytest.param("\ufeff---\r\nmodel: m\r\n---\r\n\r\n é{asset: x}", (5, 3), id="front matter"),
        pytest.param("---\n- a\n---\n{asset: x}", (4, 1), id="front matter that is text"),
        pytest.param("- a\n  - é {asset: x}", (2, 7), id="a nested list"),
        pytest.param("| é | b |\n|---|---|\n| é | {asset: x} |", (3, 7), id="a table"),
        pytest.param("a\u2028b\n{asset: x}", (2, 1), id="a line separator is no line end"),
    ],
)
def test_places_are_those_of_an_editor(data, place):
    files = {"a.md": data.encode()}
    found = check_files(files, [Aliases("t")], folder="d", levels=RuleLevels(), chosen=files)
    assert [(each.line, each.column) for each in found if each.rule == "bad-reference"] == [place]


# --- files ---------------------------------------------------------------------------------------


def test_all_faults_of_all_files_come_sorted_once_for_all_targets():
    files = {
        "b.md": b"---\nmodle: x\n---\n{asset: x}\n",
        "a.md": b"{asset:@logo} \xff",
        "c.md": b"{asset:@logo} and {asset:@icon}",
        "d.md": b"---\nmodel: c\n---\nd",
        "e.md": b" \n",
        "f.md": b"<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n",
    }
    every_aliases = [Aliases("one", assets={"logo": "asset_l", "icon": "asset_i"}), Aliases("two")]
    found = check_files(files, every_aliases, folder="d", levels=RuleLevels(), chosen=files)
    assert [(each.path, each.line, each.column, each.rule) for each in found] == [
        ("d/a.md", 1, 15, "encoding"),
        ("d/b.md", 2, 1, "front-matter"),
        ("d/b.md", 4, 1, "bad-reference"),
        ("d/c.md", 1, 1, "duplicate-model"),
        ("d/c.md", 1, 1, "unknown-alias"),
        ("d/c.md", 1, 19, "unknown-alias"),
        ("d/d.md", 1, 1, "duplicate-model"),
        ("d/e.md", 1, 1, "empty"),
        ("d/f.md", 1, 1, "conflict"),
    ]


def test_a_missing_colon_is_told_at_the_line_of_its_key():
    files = {"a.md": b"---\nmodel: x\nprotected true\nclear: false\n---\na"}
    found = check_files(files, [Aliases("t")], folder="d", levels=RuleLevels(), chosen=files)
    assert [(each.line, each.rule) for each in found] == [(3, "front-matter")]


def test_a_file_whose_front_matter_is_no_yaml_is_read_on_below_it():
    files = {"a.md": b"---\nmodel: [\n---\n{asset: x}\n"}
    found = check_files(files, [Aliases("t")], folder="d", levels=RuleLevels(), chosen=files)
    assert [(each.line, each.rule) for each in found] == [(3, "front-matter"), (4, "bad-reference")]


def test_a_file_with_faults_counts_as_one_of_two_for_a_model():
    files = {"a.md": b"a", "b.md": b"---\nmodel: a\n---\n"}
    found = check_files(files, [Aliases("t")], folder="d", levels=RuleLevels(), chosen=files)
    assert [(each.path, each.rule) for each in found] == [
        ("d/a.md", "duplicate-model"),
        ("d/b.md", "duplicate-model"),
        ("d/b.md", "empty"),
    ]


def test_a_target_that_there_is_not_is_told_with_its_place():
    files = {
        "a.md": b"---\nmodels:\n  production: x\n  prodution: y\n---\na",
        "b.md": b"---\nmodels: [\n---\nb",
        "c.md": b"---\nmodels: {}\n---\nc",
        "d.md": b"---\nmodel: d\n---\nd",
    }

    def found(rules=None, **told):
        levels = RuleLevels.model_validate(rules or {})
        return [
            each
            for each in check_files(files, [], folder="d", levels=levels, chosen=files, **told)
            if each.rule == "unknown-target"
        ]

    message = '"prodution" is not a target of config.yaml. Did you mean "production"?'
    finding = Finding("d/a.md", 4, 3, "unknown-target", "warning", message)
    assert found(targets=["production", "staging"]) == [finding]
    assert found(targets=["production"], rules={"unknown-target": "off"}) == []
    assert found() == []


def test_only_chosen_files_are_told_of_though_all_are_looked_at():
    files = {"a.md": b"a", "b.md": b"---\nmodel: a\n---\n{asset: x}"}
    found = check_files(files, [Aliases("t")], folder="d", levels=RuleLevels(), chosen={"a.md"})
    assert found == [
        Finding(
            "d/a.md",
            1,
            1,
            "duplicate-model",
            "error",
            "the model a is described by d/b.md too; keep one of them",
        )
    ]


# --- levels --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule", [each.name for each in list_rules() if each.name not in READING_RULES]
)
def test_a_level_is_what_config_says(rule):
    assert RuleLevels.model_validate({rule: "info"}).get_level(rule) == "info"


def test_a_rule_that_is_off_says_nothing():
    assert findings("{asset: x} {a\x00", RuleLevels.model_validate({"bad-reference": "off"})) == [
        Finding(
            "a.md",
            1,
            14,
            "control-character",
            "error",
            "here is the NUL U+0000; delete it",
        )
    ]


@pytest.mark.parametrize("level", ["off", False])
def test_off_is_off_however_yaml_reads_it(level):
    levels = RuleLevels.model_validate({"overlong": level, "raw-html": level})
    assert (levels.get_level("overlong"), levels.get_level("raw-html")) == ("off", "off")


def test_faults_in_reading_are_always_errors():
    assert RuleLevels().get_level("encoding") == "error"


def test_a_level_alone_keeps_the_limits():
    levels = RuleLevels.model_validate({"overlong": "error"})
    assert levels.overlong == LengthRule(level="error")


# --- names of files ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        pytest.param("aux.md", "AUX is a device there", id="device"),
        pytest.param("Con.reef.md", "CON is a device there", id="device with more after it"),
        pytest.param("worlds/com1/reef.md", "COM1 is a device there", id="folder"),
        pytest.param("worlds./reef.md", "do not end in a dot or a blank", id="dot"),
        pytest.param("worlds /reef.md", "do not end in a dot or a blank", id="blank"),
        pytest.param("org:reef.md", "no name there has ':'", id="colon"),
        pytest.param("a\\b.md", "no name there has '\\\\'", id="backslash"),
        pytest.param("what?.md", "no name there has '?'", id="question mark"),
    ],
)
def test_names_that_windows_cannot_have_are_found(path, reason):
    (found,) = check_names(path)
    assert (found.path, found.rule, found.severity) == (f"d/{path}", "file-name", "warning")
    assert reason in found.message


def test_names_that_differ_only_in_case_or_composition_are_found():
    composed, twin = "\u00e9te\u0301.md", "e\u0301t\u00e9.md"
    found = check_names("Reef.md", "reef.md", composed, twin, "oar.md")
    assert [each.path for each in found] == ["d/Reef.md", f"d/{twin}", "d/reef.md", f"d/{composed}"]
    assert "that of reef.md" in found[0].message


def test_other_names_are_not_found():
    assert check_names("console.md", "auxiliary/com10.md", "a b.md", "日本.md", ".x/nul-1.md") == []


def check_names(*paths):
    files = {path: f"---\nmodel: m{at}\n---\nx\n".encode() for at, path in enumerate(paths)}
    found = check_files(files, [], folder="d", levels=RuleLevels(), chosen=files)
    return [each for each in found if each.rule == "file-name"]
