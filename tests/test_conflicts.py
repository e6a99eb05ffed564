"""What ties a text to the resolution of a conflict, and what does not."""

import pytest

from sync.decisions.conflicts import is_conflict_resolved
from sync.git import merge_three_way

BASE = "# Reef\n\nAt dawn.\nIn clear water.\n\nSeen from above.\n\nEnd.\n"
OURS = BASE.replace("dawn", "dusk")
THEIRS = BASE.replace("dawn", "noon")
LABELS = ("reef.md", "last common text", "production")


def settled(text, *, ours=OURS, base=BASE, theirs=THEIRS):
    marked, conflicts = merge_three_way(
        ours.encode(), base.encode(), theirs=theirs.encode(), labels=LABELS
    )
    assert conflicts
    return is_conflict_resolved(text, conflict_text=marked.decode(), ours=ours)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(OURS, False, id="thrown away"),
        pytest.param(OURS.replace("End.", "The end."), False, id="an edit elsewhere"),
        pytest.param(OURS.replace("In clear", "In shallow"), False, id="an edit of the next line"),
        pytest.param(OURS + "\nMore.\n", False, id="a paragraph at the end"),
        pytest.param(
            OURS.replace("# Reef\n", "# Reef\n\nBy Jo.\n"), False, id="a paragraph before it"
        ),
        pytest.param(OURS.replace("above.\n", "above.\nAt noon.\n"), False, id="theirs, elsewhere"),
        pytest.param(THEIRS, True, id="theirs"),
        pytest.param(OURS.replace("dusk", "dusk or noon"), True, id="a mixture"),
        pytest.param(OURS.replace("dusk.", "dusk.\nAt noon."), True, id="both"),
        pytest.param(OURS.replace("At dusk.\n", "At dusk.\nOr so.\n"), True, id="ours and more"),
        pytest.param(OURS.replace("At dusk.\n", "By day.\nAt dusk.\n"), True, id="more and ours"),
        pytest.param(OURS.replace("At dusk.\n", ""), True, id="neither"),
        pytest.param(
            OURS.replace("# Reef\n", "# Reef\n\nAt noon.\n"), True, id="theirs as a paragraph"
        ),
        pytest.param(THEIRS.replace("End.", "The end."), True, id="theirs, and an edit elsewhere"),
        pytest.param("Another text.\n", True, id="something else altogether"),
    ],
)
def test_one_conflict(text, expected):
    assert settled(text) is expected


LAST = "# Reef\n\nAt {}.\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("# Reef\n\nAt dusk.\n\nMore.\n", False, id="a new paragraph"),
        pytest.param("# Reef\n\nAt dusk.\n\nAt noon.\n", True, id="theirs as a paragraph"),
    ],
)
def test_a_conflict_in_the_last_line(text, expected):
    ours, base, theirs = (LAST.format(time) for time in ("dusk", "dawn", "noon"))
    assert settled(text, ours=ours, base=base, theirs=theirs) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(OURS.replace("above", "below"), True, id="ours, and what was merged with it"),
        pytest.param(
            OURS.replace("above", "below").replace("End.", "The end."), True, id="edited below it"
        ),
        pytest.param(
            OURS.replace("above", "below").replace("clear", "dark"), True, id="edited above it"
        ),
        pytest.param(OURS.replace("above", "afar"), False, id="an edit where one was merged"),
        pytest.param(OURS + "Seen from below.\n", False, id="the same words at another place"),
        pytest.param(OURS, False, id="thrown away"),
    ],
)
def test_an_edit_beside_the_conflict(text, expected):
    assert settled(text, theirs=THEIRS.replace("above", "below")) is expected


def test_an_edit_of_the_first_line_beside_the_conflict():
    theirs = THEIRS.replace("# Reef", "# The reef")
    assert settled(OURS.replace("# Reef", "# The reef"), theirs=theirs)
    assert not settled(OURS.replace("# Reef", "# A reef"), theirs=theirs)


def test_what_was_taken_out_beside_the_conflict_tells_nothing():
    def short(text):
        return text.replace("Seen from above.\n\n", "")

    assert not settled(short(OURS), theirs=short(THEIRS))


def test_where_ours_had_taken_the_line_out():
    gone = BASE.replace("At dawn.\n", "")
    assert not settled(gone.replace("End.", "The end."), ours=gone)
    assert settled(gone.replace("In clear", "At noon.\nIn clear"), ours=gone)


@pytest.mark.parametrize("line", ["<<<<<<< a line", "||||||| a line", ">>>>>>> a line"])
def test_beside_a_line_like_a_marker_nobody_can_tell(line):
    ours, base, theirs = (f"{line}\n{text}" for text in (OURS, BASE, THEIRS))
    assert not settled(theirs, ours=ours, base=base, theirs=theirs)


def test_a_line_like_the_middle_of_a_conflict_is_text():
    theirs = THEIRS.replace("At noon.\n", "Noon\n=======\nAt noon.\n")
    assert not settled(OURS.replace("End.", "The end."), theirs=theirs)
    assert settled(theirs, theirs=theirs)
