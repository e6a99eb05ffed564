import pytest

from sync.errors import GitError
from sync.git import merge_three_way

LABELS = ("hero.md", "last common text", "production")
BASE = b"one\ntwo\nthree\nfour\nfive\n"


@pytest.mark.parametrize(
    ("ours", "theirs", "merged", "conflicts"),
    [
        pytest.param(
            b"ONE\ntwo\nthree\nfour\nfive\n",
            b"one\ntwo\nthree\nfour\nFIVE\n",
            b"ONE\ntwo\nthree\nfour\nFIVE\n",
            0,
            id="apart",
        ),
        pytest.param(
            b"one\ntwo\nours\nfour\nfive\n",
            b"one\ntwo\ntheirs\nfour\nfive\n",
            b"one\ntwo\n<<<<<<< hero.md\nours\n||||||| last common text\nthree\n=======\n"
            b"theirs\n>>>>>>> production\nfour\nfive\n",
            1,
            id="in the same place",
        ),
    ],
)
def test_edits_are_merged_and_conflicts_marked(ours, theirs, merged, conflicts):
    found = merge_three_way(ours, BASE, theirs=theirs, labels=LABELS)
    assert found == (merged, conflicts)


def test_what_is_no_text_cannot_be_merged():
    with pytest.raises(GitError, match="Cannot merge binary files"):
        merge_three_way(b"\0", BASE, theirs=b"one\n", labels=LABELS)
