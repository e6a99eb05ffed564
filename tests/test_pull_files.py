import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sync.decisions.pull import (
    CreatedFile,
    UntouchedFile,
    UpdatedFile,
    create_file,
    merge_into_file,
)
from sync.descriptions.aliases import Aliases
from sync.descriptions.document import read_document
from sync.descriptions.rewrite import CannotWrite, DescriptionFile, RenderedFile, render_file
from sync.model.document import Document
from sync.model.text import Text

NAMING = Aliases("studio", models={"hero": "model_9fK2"}, assets={"logo": "asset_7Hq"})
LINES = st.sampled_from(
    [
        *(
            "---",
            "--- ",
            "----",
            "model: x",
            "model x",
            "# model: x",
            "clear: true",
            "...",
            "```",
            "<<<<<<< a",
            "=======",
            ">>>>>>> b",
        ),
        *(
            "\ufeff",
            "\u2028",
            "\x85",
            "\x0b",
            "é",
            "e\u0301",
            "  trailing  ",
            "\t",
            "{asset:asset_7Hq}",
        ),
        *("{asset:@logo}", "`{asset:asset_7Hq}`", "{model:model_9fK2}", "# Reef", "\0"),
    ]
)
TEXTS = st.lists(LINES | st.text(st.characters(exclude_categories=["Cs"])), max_size=8).flatmap(
    lambda lines: st.sampled_from(["\n", "\r\n", "\r"]).map(lambda end: end.join(lines))
)
IDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1).filter(
    lambda id_: not set(id_) & set("{} ") and not any(map(str.isspace, id_))
) | st.sampled_from(["true", "null", "1.0", "0x1f", "2026-01-01", "~", "=", "- a", "!x", "&a"])


def place(data=None, path="reef.md", model="reef"):
    return DescriptionFile(path, model, NAMING, "descriptions", data)


@pytest.mark.parametrize(
    ("old", "expected"),
    [
        pytest.param(None, b"---\nmodel: reef\n---\n\nNew.\n", id="none"),
        pytest.param(b"Old.\n", b"New.\n", id="bare"),
        pytest.param(
            b"---\nmodel: reef # mine\n---\nOld.", b"---\nmodel: reef # mine\n---\nNew.\n"
        ),
        pytest.param(
            b"---\nprotected: true\n---\n\n\nOld.\n", b"---\nprotected: true\n---\n\n\nNew.\n"
        ),
        pytest.param(b"\xef\xbb\xbfOld.\r\n", b"\xef\xbb\xbfNew.\r\n", id="as Windows has it"),
        pytest.param(b"---\nnot a mapping\n---\nOld.\n", b"New.\n", id="a look-alike"),
    ],
)
def test_what_stands_above_the_text_is_kept_and_a_new_file_names_its_model(old, expected):
    assert render_file("New.", place(old)) == RenderedFile(expected, Text("New.\n"))


@pytest.mark.parametrize("old", [None, b"Old.\n"], ids=["a new file", "a bare file"])
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("---\nmodel: x\n---\n", id="whole"),
        pytest.param("---\nmodel: x\n\nNever closed.\n", id="never closed"),
        pytest.param("----\nmodel: x\n----\n", id="of four hyphens"),
        pytest.param("---\nmodel x\n---\n", id="without a colon"),
    ],
)
def test_a_text_that_looks_like_front_matter_gets_some(old, text):
    data = f"---\nmodel: reef\n---\n\n{text}".encode()
    assert render_file(text, place(old)) == RenderedFile(data, Text(text))


def test_a_file_named_by_the_config_keeps_its_name_in_front_matter():
    there = place(b"Old.\n", path="hero.md", model="model_9fK2")
    assert render_file("---\na: b\n---\n", there) == RenderedFile(
        b"---\nmodel: hero\n---\n\n---\na: b\n---\n", Text("---\na: b\n---\n")
    )


def test_a_text_under_front_matter_that_says_there_is_none_does_not_fit():
    assert render_file("New.\n", place(b"---\nclear: true\n---\n")) == CannotWrite(
        '"clear: true" stands above a text; remove one'
    )


@given(IDS, TEXTS)
@example("reef", "\ufeff---\nmodel: x\n---\n")
@example("hero", "A model whose id is the name of another.")
@example("- a", "A model whose id no file can name.")
def test_a_new_file_says_the_remote_text_or_is_refused(model, text):
    remote = Text(text)
    file = create_file(remote, place(model=model))
    match file:
        case CreatedFile(data=data):
            read = read_document("reef.md", data, NAMING, folder="descriptions")
            assert isinstance(read, Document)
            assert (read.model, read.text.sha256) == (model, remote.sha256)
        case UntouchedFile(
            result="refused",
        ):
            unfit = model == "hero" or " " in model or remote.is_empty
            assert unfit or any(word in text for word in ("<<<<<<<", ">>>>>>>", "@logo", "no text"))


@given(TEXTS, TEXTS)
def test_a_file_takes_in_any_text_that_a_new_one_could(old, text):
    remote, ours = Text(text), Text("")
    there = place(f"---\nmodel: reef\n---\n{old}".encode())
    file = merge_into_file(remote, there, ours=ours, base=ours, merge=lambda *_: ("", 1))
    assert isinstance(file, UpdatedFile) == isinstance(create_file(remote, place()), CreatedFile)
