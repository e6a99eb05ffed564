"""What becomes of a file that both sides changed."""

from dataclasses import replace

import pytest
from growth import grows_with_its_input

from sync.decisions.merge_base import find_nearest_version
from sync.decisions.pull import (
    AlreadyMerged,
    ConflictedFile,
    CreatedFile,
    MergedFile,
    UntouchedFile,
    UpdatedFile,
    create_file,
    merge_into_file,
)
from sync.descriptions.aliases import Aliases
from sync.descriptions.rewrite import DescriptionFile
from sync.model.text import Text

BASE, OURS, THEIRS, BOTH = (Text(f"{text}\n") for text in ("base", "ours", "theirs", "both"))


def place(text=OURS):
    return DescriptionFile("reef.md", "reef", Aliases("t"), "descriptions", text.raw.encode())


def outcome(remote, *, merged, conflicts=0, ours=OURS, base=BASE):
    return merge_into_file(
        remote, place(ours), ours=ours, base=base, merge=lambda *_: (merged, conflicts)
    )


@pytest.mark.parametrize(
    ("merged", "conflicts", "expected"),
    [
        pytest.param(
            "both\n",
            0,
            MergedFile(
                model="reef",
                path="reef.md",
                data=b"both\n",
                remote=THEIRS,
                ours=OURS,
                text=BOTH,
                theirs=b"theirs\n",
            ),
            id="in different places",
        ),
        pytest.param(
            "ours\n",
            0,
            AlreadyMerged(
                model="reef",
                path="reef.md",
                reason="the file already has this edit",
                data=b"ours\n",
                remote=THEIRS,
                ours=OURS,
            ),
            id="the same",
        ),
        pytest.param(
            "marks\n",
            1,
            ConflictedFile(
                theirs=b"theirs\n",
                model="reef",
                path="reef.md",
                reason="1 conflict",
                data=b"marks\n",
                remote=THEIRS,
                ours=OURS,
                conflict_text="marks\n",
            ),
            id="in one place",
        ),
        pytest.param(
            "marks\n",
            2,
            ConflictedFile(
                theirs=b"theirs\n",
                model="reef",
                path="reef.md",
                reason="2 conflicts",
                data=b"marks\n",
                remote=THEIRS,
                ours=OURS,
                conflict_text="marks\n",
            ),
            id="in two places",
        ),
        pytest.param(
            "\n",
            0,
            UntouchedFile(
                result="refused",
                model="reef",
                path="reef.md",
                reason=(
                    "a file cannot have the merged text unchanged: no text; write one, or say "
                    '"clear: true" in the front matter to empty the description'
                ),
            ),
            id="so that nothing is left",
        ),
    ],
)
def test_what_both_changed_is_merged(merged, conflicts, expected):
    assert outcome(THEIRS, merged=merged, conflicts=conflicts) == expected


def test_a_file_that_did_not_change_takes_the_edit_as_it_is():
    assert outcome(THEIRS, merged="never asked for", base=OURS) == UpdatedFile(
        model="reef", path="reef.md", data=b"theirs\n", remote=THEIRS, ours=OURS
    )


@pytest.mark.parametrize(
    ("ours", "remote", "base"),
    [
        (Text("a\0b\n"), THEIRS, BASE),
        (OURS, Text("a\0b\n"), BASE),
        (OURS, THEIRS, Text("a\0b\n")),
    ],
    ids=["in the file", "in the edit", "in what both were made from"],
)
def test_what_git_does_not_merge_is_left_alone(ours, remote, base):
    assert outcome(remote, merged="never asked for", ours=ours, base=base) == UntouchedFile(
        result="refused",
        model="reef",
        path="reef.md",
        reason="both texts changed, and git cannot merge a text with a NUL character: remove it "
        "from the file or from the text in Scenario and pull again, or replace the text in "
        "Scenario with `apply --on-drift overwrite`",
    )


@pytest.mark.parametrize("model", ["a b", "{x}", "a\nb", " lead", "\x7f"])
def test_an_id_that_front_matter_cannot_name_is_said_to_be_the_reason(model):
    new = DescriptionFile("a-b.md", model, Aliases("t"), "descriptions")
    assert create_file(THEIRS, new) == UntouchedFile(
        result="refused",
        model=model,
        path="a-b.md",
        reason="front matter cannot name this model, because its id has a blank, a brace or a "
        "control character; create a file with exactly this name yourself",
    )


def test_a_new_file_has_the_remote_text_under_the_name_of_its_model():
    new = DescriptionFile("a-b.md", "a", Aliases("t"), "descriptions")
    assert create_file(THEIRS, new) == CreatedFile(
        model="a", path="a-b.md", data=b"---\nmodel: a\n---\n\ntheirs\n", remote=THEIRS
    )


def refused(reason):
    return UntouchedFile(
        result="refused",
        model="reef",
        path="reef.md",
        reason=f"a file cannot have the remote text unchanged: {reason}",
    )


@pytest.mark.parametrize(
    ("remote", "reason"),
    [
        pytest.param(
            Text(""),
            'no text; write one, or say "clear: true" in the front matter to empty the description',
            id="none",
        ),
        pytest.param(
            Text("{asset:@logo}\n"),
            "the text contains {asset:@…} or {model:@…}, and a file would replace it by an id",
            id="one that a file would say otherwise",
        ),
    ],
)
def test_a_text_that_no_file_can_say_is_refused_with_the_reason(remote, reason):
    aliases = Aliases("t", assets={"logo": "asset_1"})
    new = DescriptionFile("reef.md", "reef", aliases, "descriptions")
    assert create_file(remote, new) == refused(reason)
    there = replace(new, data=b"ours\n")
    answer = merge_into_file(
        remote, there, ours=OURS, base=BASE, merge=lambda *_: pytest.fail("nothing to merge")
    )
    assert answer == refused(reason)


def test_a_file_of_its_very_name_is_about_any_model():
    named = DescriptionFile("a b.md", "a b", Aliases("t"), "descriptions")
    assert isinstance(create_file(THEIRS, named), CreatedFile)


def test_the_nearest_version_is_the_one_most_alike_and_of_equals_the_first():
    versions = [Text("A lamp."), Text("A brass lamp."), Text("A brass lamp.\n\n")]
    assert find_nearest_version(Text("A brass lantern."), versions) is versions[1]


@pytest.mark.parametrize(
    "part", [pytest.param("A lamp of brass.\n", id="lines"), pytest.param("<!--", id="one line")]
)
def test_the_nearest_version_of_a_long_text_is_found_in_a_time_like_its_length(part):
    def find(text):
        half = len(text) // 2
        others = [Text(text[:half]), Text(text[:-9] + "B" + text[half:])]
        edited = Text(f"{text[:half]}!{text[half:]}")
        near = Text(f"{text}end\n")
        assert find_nearest_version(edited, [*others, near]) is near

    assert grows_with_its_input(find, lambda size: part * (size // len(part)), 30_000)


def test_where_there_is_no_version_none_is_near():
    assert find_nearest_version(THEIRS, []) is None
