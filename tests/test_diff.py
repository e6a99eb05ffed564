import random
import subprocess
from itertools import pairwise

import pytest
import regex
from growth import grows_with_its_input
from hypothesis import example, given
from hypothesis import strategies as st

from sync.diff import lines_and_words
from sync.diff.alterations import describe_alteration
from sync.diff.lines_and_words import classify_difference, diff_lines
from sync.diff.unified import render_unified_diff
from sync.diff.values import (
    AddedText,
    ChangedLine,
    ElidedLines,
    KeptText,
    RemovedText,
    RespacedLine,
    RespacedText,
)
from sync.model.text import Text

EVERYTHING = 1_000_000
# Words, blanks and line ends that meet often enough to be kept, moved and torn apart.
TEXTS = st.lists(
    st.sampled_from(
        [
            "a",
            "fox",
            "the",
            " ",
            "  ",
            "\n",
            "\n\n",
            ", ",
            "光",
            "る",
            "\t",
            "é",
            "e\u0301",
            "- ",
            "1. ",
            "2. ",
            "| ",
            "|---|",
            "```\n",
            "> ",
        ]
    )
    | st.text(max_size=4),
    max_size=30,
).map(lambda parts: Text("".join(parts)))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("same\r\n", "\ufeffsame", (), id="the same in canonical form"),
        pytest.param(
            "A brass lantern, hand-painted, for night scenes.",
            "A brass lantern, lit from within, for night scenes.",
            (
                ChangedLine(
                    (
                        KeptText("A brass lantern, "),
                        RemovedText("hand-painted"),
                        AddedText("lit from within"),
                        KeptText(", for night scenes."),
                    )
                ),
            ),
            id="words of a line",
        ),
        pytest.param(
            "A strength of 1.0 works.",
            "A strength of 0.85 works.",
            (
                ChangedLine(
                    (
                        KeptText("A strength of "),
                        RemovedText("1.0"),
                        AddedText("0.85"),
                        KeptText(" works."),
                    )
                ),
            ),
            id="a number is one word",
        ),
        pytest.param(
            "old words stay\n",
            "new words stay\n\nmore\n",
            (
                ChangedLine((RemovedText("old"), AddedText("new"), KeptText(" words stay"))),
                AddedText(""),
                AddedText("more"),
            ),
            id="a line that changes, and lines that come after it",
        ),
        pytest.param(
            "", "a\n\nb", (AddedText("a"), AddedText(""), AddedText("b")), id="a new text"
        ),
        pytest.param("a\nb", "", (RemovedText("a"), RemovedText("b")), id="a text that goes"),
        pytest.param(
            "old red cat",
            "new blue dog",
            (RemovedText("old red cat"), AddedText("new blue dog")),
            id="nothing kept but blanks",
        ),
        pytest.param(
            "A red fox sat there alone on a mat",
            "The quick dog that ran on a mission to be accomplished",
            (
                RemovedText("A red fox sat there alone on a mat"),
                AddedText("The quick dog that ran on a mission to be accomplished"),
            ),
            id="kept by chance",
        ),
        pytest.param(
            "one  \ntwo",
            "one\ntwo",
            (ChangedLine((KeptText("one"), RemovedText("  "))), KeptText("two")),
            id="blanks at the end of a line",
        ),
        pytest.param(
            "x  y",
            "x y",
            (ChangedLine((KeptText("x"), RemovedText("  "), AddedText(" "), KeptText("y"))),),
            id="blanks",
        ),
        pytest.param(
            "use {asset:asset_a1} here",
            "use {asset:asset_a2} here",
            (
                ChangedLine(
                    (
                        KeptText("use "),
                        RemovedText("{asset:asset_a1}"),
                        AddedText("{asset:asset_a2}"),
                        KeptText(" here"),
                    )
                ),
            ),
            id="a reference is one word",
        ),
        pytest.param(
            "青いランタンが光る。",
            "赤いランタンが光った。",
            (
                ChangedLine(
                    (
                        RemovedText("青"),
                        AddedText("赤"),
                        KeptText("いランタンが光"),
                        RemovedText("る"),
                        AddedText("った"),
                        KeptText("。"),
                    )
                ),
            ),
            id="Japanese by the character",
        ),
        pytest.param(
            "The quick\nbrown fox jumps",
            "The quick brown\nfox jumps",
            (
                ChangedLine(
                    (
                        KeptText("The quick"),
                        RemovedText("\n"),
                        AddedText(" "),
                        KeptText("brown"),
                        RemovedText(" "),
                        AddedText("\n"),
                    )
                ),
                KeptText("fox jumps"),
            ),
            id="a paragraph wrapped anew",
        ),
        pytest.param(
            "b\nb",
            "b \n\nb",
            (
                RespacedLine((KeptText("b"), RespacedText("\n", " \n"))),
                AddedText(""),
                KeptText("b"),
            ),
            id="a line end that now ends a blank line",
        ),
        pytest.param(
            "first x y z w\nend",
            "new\nother x y z w\nend",
            (
                AddedText("new"),
                ChangedLine((RemovedText("first"), AddedText("other"), KeptText(" x y z w"))),
                KeptText("end"),
            ),
            id="a line before a changed one",
        ),
        pytest.param(
            "\n".join("abcdefghijklmnop"),
            "\n".join("abcdefghXjklmnop"),
            (
                ElidedLines(7),
                KeptText("h"),
                RemovedText("i"),
                AddedText("X"),
                KeptText("j"),
                ElidedLines(6),
            ),
            id="what is far from the change is elided",
        ),
        pytest.param(
            "a\nb\nc\nd",
            "a\nb\nX\nd",
            (KeptText("a"), KeptText("b"), RemovedText("c"), AddedText("X"), KeptText("d")),
            id="a single line is not worth eliding",
        ),
    ],
)
def test_shows_what_differs(before, after, expected):
    assert diff_lines(Text(before), Text(after)) == expected


def side(lines, kind):
    """One of the two texts, from the lines of their difference."""
    return "".join(_side(line, kind) for line in lines)


def _side(line, kind):
    match line:
        case ChangedLine(words=words) | RespacedLine(words=words):
            last = words[-1]
            ended = isinstance(last, AddedText | RespacedText) and last.text.endswith("\n")
            kept = "".join(_word_side(part, kind) for part in words)
            return kept if ended else f"{kept}\n"
        case KeptText() | RemovedText() | AddedText():
            return f"{line.text}\n" if isinstance(line, KeptText | kind) else ""


def _word_side(part, kind):
    if isinstance(part, RespacedText):
        return part.before if kind is RemovedText else part.after
    return part.text if isinstance(part, KeptText | kind) else ""


@given(TEXTS, TEXTS)
def test_holds_both_texts_whole(before, after):
    lines = diff_lines(before, after, context=EVERYTHING)
    if before.is_same_as(after):
        assert lines == ()
    else:
        assert (side(lines, RemovedText), side(lines, AddedText)) == (
            before.canonical,
            after.canonical,
        )


SCRIPTS = st.lists(
    st.sampled_from("\u0915\u094d\u0937\u093f\u0e01\u0e47\u0e33\u1781\u17d2\u1798\u17c2")
    | st.sampled_from(
        "\u05d0\u05b8\u05d1\u0639\u0650\u064a\ud55c\u1112\u1161\u11ab1#aéez🇫🇷🇩👨👩👧🏽"
    )
    | st.sampled_from(["\u200d", "\ufe0f", "\u20e3", "\u0301", " ", "\n", "\u00a0", "{asset:x}"]),
    max_size=24,
).map(lambda parts: Text("".join(parts)))


def list_pieces(lines):
    for line in lines:
        if isinstance(line, ChangedLine | RespacedLine):
            yield from line.words
        else:
            yield line


@given(SCRIPTS, SCRIPTS)
@example(Text("{asset:x}"), Text("{asset:x}\u0e33"))  # a Thai vowel that joins any sign before it
@example(Text("1.5"), Text("1.5\u0eb3"))
@example(Text("{asset:x}"), Text("{asset:x}\U0001f3fd"))
def test_cuts_no_letter(before, after):
    lines = diff_lines(before, after, context=EVERYTHING)
    for kind, text in ((RemovedText, before), (AddedText, after)):
        pieces = [_word_side(piece, kind) for piece in list_pieces(lines)]
        clusters = [regex.findall(r"\X", piece) for piece in pieces]
        if lines:
            expected = [each for each in regex.findall(r"\X", text.canonical) if each != "\n"]
            assert [each for part in clusters for each in part if each != "\n"] == expected


@given(TEXTS, TEXTS)
def test_is_never_longer_than_the_two_texts(before, after):
    lines = diff_lines(before, after, context=EVERYTHING)
    shown = sum(
        len(piece.before) + len(piece.after) if isinstance(piece, RespacedText) else len(piece.text)
        for piece in list_pieces(lines)
    )
    assert shown <= len(before.canonical) + len(after.canonical)


@given(TEXTS, TEXTS)
def test_shows_what_was_removed_before_what_was_added(before, after):
    for line in diff_lines(before, after):
        if isinstance(line, ChangedLine):
            kinds = [type(part) for part in line.words]
            assert (AddedText, RemovedText) not in set(pairwise(kinds))


@given(TEXTS, TEXTS)
def test_a_difference_of_layout_has_the_same_words(before, after):
    if classify_difference(before, after) not in {"words", "none"}:
        words = [text.canonical.replace("-", "").split() for text in (before, after)]
        assert "".join(words[0]) == "".join(words[1])


LAYOUTS = [
    ("A brass lantern\nfor night scenes.", "A brass\nlantern for night scenes.", "line breaks"),
    ("- A brass lantern\n  for night.", "- A brass lantern for night.", "line breaks"),
    ("> a\n> b", "> a b", "words"),
    ("A lantern.  ", "A lantern.", "blanks"),
    ("A  lantern  \nof brass", "A lantern\nof brass", "blanks"),
    ("| a | b |\n|---|---|", "| a  | b  |\n|---|---|", "blanks"),
    ("|a|b|\n|-|-|\n", "| a | b |\n| --- | --- |", "table padding"),
    ("A lantern\n\nof brass", "A lantern\nof brass", "words"),
    ("- a\n- b", "- a - b", "words"),
    ("- a\n  - b", "- a\n- b", "words"),
    ("a\n# b", "a # b", "words"),
    ("a  \nb", "a b", "words"),
    ("```\na\nb\n```", "```\na b\n```", "words"),
    ("```\na  b\n```", "```\na b\n```", "words"),
    ("    a\n    b", "    a b", "words"),
    ("a\u00a0b", "a b", "words"),
    ("a\nb", "ab", "words"),
]


@pytest.mark.parametrize(("before", "after", "kind"), LAYOUTS)
def test_tells_layout_from_words(before, after, kind):
    assert classify_difference(Text(before), Text(after)) == kind
    assert classify_difference(Text(after), Text(before)) == kind


def test_marks_no_moved_line_break_beside_a_changed_word():
    lines = diff_lines(
        Text("The quick brown fox\njumps over the dog."),
        Text("The quick red fox jumps\nover the dog."),
    )
    marks = [part for part in list_pieces(lines) if isinstance(part, RemovedText | AddedText)]
    assert marks == [RemovedText("brown"), AddedText("red")]


def test_an_inserted_list_item_renumbers_nothing():
    before = "".join(f"{n}. item {n * n}\n" for n in range(1, 30))
    after = "1. item 1\n2. new\n" + "".join(f"{n + 1}. item {n * n}\n" for n in range(2, 30))
    lines = diff_lines(Text(before), Text(after))
    assert [line for line in lines if isinstance(line, ChangedLine | RemovedText | AddedText)] == [
        AddedText("2. new")
    ]
    assert lines[-1] == ElidedLines(27, is_same=False)


def test_other_numbers_alone_are_a_change():
    assert diff_lines(Text("1. a\n2. b"), Text("1. a\n1. b"), context=0) == (
        KeptText("1. a"),
        ChangedLine((RemovedText("2"), AddedText("1"), KeptText(". b"))),
    )


@given(TEXTS, TEXTS)
def test_is_empty_only_where_nothing_differs(before, after):
    changed = any(
        isinstance(line, RemovedText | AddedText | ChangedLine)
        for line in diff_lines(before, after)
    )
    assert changed == bool(render_unified_diff(before, after)) == (not before.is_same_as(after))


@given(TEXTS, TEXTS)
def test_a_unified_diff_holds_both_texts_whole(before, after):
    body = render_unified_diff(before, after, context=EVERYTHING).split("\n")[3:-1]
    if not before.is_same_as(after):
        assert "".join(f"{line[1:]}\n" for line in body if line[0] in " -") == before.canonical
        assert "".join(f"{line[1:]}\n" for line in body if line[0] in " +") == after.canonical


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("".join(f"{n}\n" for n in range(40)), "0\n" * 3, id="one hunk"),
        pytest.param(
            "".join(f"{n}\n" for n in range(60)),
            "".join("" if n in {3, 57} else f"{n}\n" * (1 + (n == 30)) for n in range(60)),
            id="three hunks",
        ),
        pytest.param("a\nb\n", "\x0c\u2028\na\nb\n", id="separators that are no line ends"),
    ],
)
def test_git_applies_a_unified_diff(tmp_path, before, after):
    (tmp_path / "text").write_text(before, encoding="utf-8")
    patch = render_unified_diff(Text(before), Text(after)).replace(
        "--- before\n+++ after", "--- text\n+++ text"
    )
    subprocess.run(
        ["git", "apply", "-p0", "--whitespace=nowarn", "-"],
        cwd=tmp_path,
        input=patch.encode(),
        check=True,
    )
    assert (tmp_path / "text").read_text(encoding="utf-8") == after


def test_a_unified_diff_reads_as_usual():
    assert render_unified_diff(Text("a\nb\nc\nd\ne\nf\ng\n"), Text("a\nb\nc\nd\nE\nf\ng\n")) == (
        "--- before\n+++ after\n@@ -2,6 +2,6 @@\n b\n c\n d\n-e\n+E\n f\n g\n"
    )
    assert (
        render_unified_diff(Text(""), Text("a")) == "--- before\n+++ after\n@@ -0,0 +1,1 @@\n+a\n"
    )


CHANCE = random.Random(1)  # noqa: S311 - for texts, not for secrets


def take_words(words, joint):
    """Join some 300 kB of words taken by chance."""
    return joint.join(CHANCE.choices(words, k=300_000 // (len(words[0]) + 1)))


FEW = [letter * 19 for letter in "abcdef"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "\n".join(f"old {n}" for n in range(40_000)),
            "\n".join(f"new {n}" for n in range(40_000)),
            id="unlike lines",
        ),
        pytest.param(
            "\n".join(f"line {n}" for n in range(40_000)),
            "\n".join(f"line {n}" for n in reversed(range(40_000))),
            id="lines in reverse",
        ),
        pytest.param(take_words(FEW, "\n"), take_words(FEW, "\n"), id="few kinds of line"),
        pytest.param(
            take_words(["alpha", "omega"], " "), take_words(["alpha", "omega"], " "), id="one line"
        ),
        pytest.param("x" * 1_000_000, "x" * 999_999, id="one word"),
        pytest.param(
            " ".join(f"w{n}" for n in range(30_000)),
            " ".join(f"w{n}" if n % 2 else f"x{n}" for n in range(30_000)),
            id="every second word",
        ),
    ],
)
@pytest.mark.usefixtures("unmeasured")
def test_long_texts_come_to_an_end(before, after):
    assert diff_lines(Text(before), Text(after))  # unbounded ways outlast the limit of each test
    assert render_unified_diff(Text(before), Text(after))


@pytest.mark.parametrize(
    "piece",
    ["a ", "- a\n", "| a ", "| - ", "1. a\n", "a\n", "  ", "\u0915\u200d", "\U0001f1eb", "*"],
)
def test_time_grows_no_faster_than_the_text(piece):
    def diff(text):
        return diff_lines(Text(f"x {text} y"), Text(f"z {text} w\n{text}"))

    assert grows_with_its_input(diff, lambda size: piece * (size // len(piece)), 10_000)


@pytest.mark.parametrize(
    ("sent", "held", "name"),
    [
        pytest.param("A lantern.", "", "emptied", id="emptied"),
        pytest.param("A lantern.\n", "A lantern.", "line endings", id="the last line end"),
        pytest.param("A  \nlantern.\t\n", "A\nlantern.", "trimmed", id="ends of lines"),
        pytest.param("    code", "code", "trimmed", id="the start"),
        pytest.param("a\r\nb\r\n", "a\nb\n", "line endings", id="CRLF"),
        pytest.param("a\u2028b", "a\nb", "line endings", id="line separators"),
        pytest.param("cafe\u0301", "caf\u00e9", "Unicode normalised (NFC)", id="composed"),
        pytest.param("caf\u00e9", "cafe\u0301", "Unicode normalised (NFD)", id="decomposed"),
        pytest.param("\ufb01re", "fire", "Unicode normalised (NFKC)", id="ligatures"),
        pytest.param("A <b>big</b>gish<br>one", "A biggish one", "HTML removed", id="tags"),
        pytest.param("A <!-- x -->\n<p>y</p>", "A\n<p>y</p>", "HTML removed", id="some of it"),
        pytest.param("A<script>x()</script> b", "A b", "HTML removed", id="with its content"),
        pytest.param("a\n\n\n\nb", "a\n\nb", "blank lines folded", id="blank lines folded"),
        pytest.param("a\tb", "a    b", "blanks changed", id="a tab"),
        pytest.param("not able", "notable", "blanks changed", id="two words joined"),
        pytest.param("# A", "#A", "blanks changed", id="a heading joined"),
        pytest.param("a\nb", "a\n\nb", "blanks changed", id="a blank line more"),
        pytest.param("<b>x</b> y", "<b>x</b y", "text changed", id="a tag that was broken"),
        pytest.param("x", "By us: x", "text added at the beginning", id="words in front"),
        pytest.param("x", "x <!-- new -->", "text added at the end", id="a comment that was added"),
        pytest.param("not able<b>", "notable", "text changed", id="a tag and a blank elsewhere"),
        pytest.param("<b>x</b>", "<i>x</i>", "text changed", id="another tag"),
        pytest.param(
            "*a*\n\n* b",
            "_a_\n\n- b",
            "Markdown rewritten (same rendered text)",
            id="Markdown",
        ),
        pytest.param("**a** b", "a b", "text changed", id="emphasis removed"),
        pytest.param("x {asset:a} y", "x y", "references changed", id="a reference removed"),
        pytest.param("x {asset:a}", "x {asset:b}", "references changed", id="another reference"),
        pytest.param(
            "x {asset:a} <b>y</b>", "x y", "references changed, HTML removed", id="both removed"
        ),
        pytest.param(
            "x {model:a} y",
            "z",
            "references changed, text changed",
            id="a reference among other words",
        ),
        pytest.param("A brass lantern", "A brass", "cut at 7 characters", id="cut"),
        pytest.param("A brass lantern", "A brass ", "cut at 8 characters", id="cut at a blank"),
        pytest.param("A brass lantern", "A tin lantern", "text changed", id="other words"),
        pytest.param("", "A lantern", "text added at the end", id="a text from nowhere"),
    ],
)
def test_names_what_a_server_made_of_a_text(sent, held, name):
    assert describe_alteration(Text(sent), Text(held)) == name


@given(TEXTS, TEXTS)
def test_what_differs_in_more_than_signs_of_layout_differs_in_words(before, after):
    if lines_and_words._has_other_signs(before, after):
        old, new = map(lines_and_words._read_lines, (before, after))
        assert lines_and_words._classify_lines(old, new) == "words"


@pytest.mark.parametrize("text", ["| a | b |\n|--|--|\n", "a\nb\n- c\n", "a  \nb\tc\n"])
def test_a_change_of_layout_has_no_other_signs(text):
    for other in (
        text.replace("|--", "|----"),
        text.replace("a\n", "a "),
        text.replace("\t", "  "),
    ):
        assert not lines_and_words._has_other_signs(Text(text), Text(other))
