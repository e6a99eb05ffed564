import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.text import Text, canonical

TEXTS = st.text(alphabet=st.sampled_from("ab \t\r\n\ufeff#é😀"), max_size=40)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param("\n \t\n\r\n", "", id="blank lines alone are nothing"),
        pytest.param("a", "a\n", id="a final newline is added"),
        pytest.param("a\n\n\n", "a\n", id="only one is kept"),
        pytest.param("\n \n  code\n", "  code\n", id="the first line keeps its indentation"),
        pytest.param("a  \n", "a  \n", id="blanks that end the last line stay"),
        pytest.param("a\r\nb\rc", "a\nb\nc\n", id="line ends are LF"),
        pytest.param("\ufeffa\n", "a\n", id="no byte order mark"),
        pytest.param("a\n\n\nb\n", "a\n\n\nb\n", id="blank lines within stay"),
        pytest.param("\ufeff\na\n\ufeff\n", "a\n", id="a byte order mark alone is a blank line"),
        pytest.param("a\u2028b\x0bc", "a\u2028b\x0bc\n", id="other separators are no line ends"),
        pytest.param("\u2028\na\n\x0b\n", "\u2028\na\n\x0b\n", id="nor blanks"),
    ],
)
def test_canonical_form(text, form):
    assert canonical(text) == form


@given(TEXTS)
def test_the_canonical_form_is_its_own(text):
    assert canonical(canonical(text)) == canonical(text)


@given(TEXTS, st.sampled_from(["\n", "\r\n", "\r"]))
def test_line_ends_and_blank_lines_around_make_no_other_text(text, end):
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert Text(end.join(["", " \t", *lines, ""])).is_same_as(Text(text))


def test_the_hash_is_that_of_the_canonical_utf8():
    assert Text("é\r\n").sha256 == (
        # printf 'é\n' | sha256sum
        "edd3a863872a04239eb29ad4bc12fc892b3d4ae57cc7e786a3697816f8e141c2"
    )


def test_a_canonical_text_is_kept_once():
    raw = "a\n"
    assert Text(raw).canonical is raw


def test_a_text_keeps_both_of_its_forms():
    text = Text("\r\na\r\n")
    assert (text.raw, text.canonical) == ("\r\na\r\n", "a\n")


@pytest.mark.parametrize(("raw", "empty"), [("", True), (" \r\n\t", True), ("a", False)])
def test_a_text_of_blank_lines_is_empty(raw, empty):
    assert Text(raw).is_empty is empty
