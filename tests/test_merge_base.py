"""Which text a pull takes for what the file and the remote text were both made from."""

import pytest

from sync.decisions.merge_base import choose_merge_base
from sync.model.text import Text

FIRST = Text("A reef.\n\nSeen from above.\n")
WITH = Text("A reef.\n\nSeen from above.\n\nBest at dawn.\n")
NOW = Text("A reef in the south.\n\nSeen from above.\n")
EDIT_OF_WITH = Text("A reef.\n\nSeen from far above.\n\nBest at dawn.\n")
EDIT_OF_FIRST = Text("A reef.\n\nSeen from far above.\n")
ELSEWHERE = Text("A reef, as another machine wrote it.\n")


@pytest.mark.parametrize(
    ("remote", "versions", "recorded", "base"),
    [
        pytest.param(EDIT_OF_FIRST, [NOW, FIRST], FIRST, FIRST, id="what was recorded"),
        pytest.param(
            EDIT_OF_WITH, [NOW, WITH, FIRST], FIRST, WITH, id="a newer version that is nearer"
        ),
        pytest.param(
            EDIT_OF_FIRST, [NOW, WITH, FIRST], FIRST, FIRST, id="a newer version that is not nearer"
        ),
        pytest.param(
            EDIT_OF_FIRST, [NOW, FIRST, WITH], NOW, NOW, id="older versions count for nothing"
        ),
        pytest.param(EDIT_OF_WITH, [NOW, WITH, FIRST], None, WITH, id="no record"),
        pytest.param(NOW, [NOW, FIRST], None, FIRST, id="never the file's own text by guess"),
        pytest.param(EDIT_OF_FIRST, [NOW], None, NOW, id="the only text the file ever had"),
        pytest.param(EDIT_OF_FIRST, [], None, None, id="nothing is known"),
        pytest.param(EDIT_OF_FIRST, [], FIRST, FIRST, id="a record alone"),
        pytest.param(ELSEWHERE, [NOW, FIRST], ELSEWHERE, ELSEWHERE, id="a record not in git"),
    ],
)
def test_a_merge_base_is_what_both_were_made_from(remote, versions, recorded, base):
    assert choose_merge_base(remote, versions, recorded=recorded, current=NOW) == base
