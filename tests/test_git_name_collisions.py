"""Two names that differ only in case, on a disk that has one file for both."""

import pytest

from sync.git.name_collisions import find_name_collisions


@pytest.mark.parametrize(
    ("tracked", "on_disk", "collided"),
    [
        pytest.param(["Hero.md", "hero.md"], ["Hero.md", "hero.md"], set(), id="a disk with case"),
        pytest.param(["Hero.md", "hero.md"], ["hero.md"], {"Hero.md", "hero.md"}, id="one file"),
        pytest.param(["A/x.md", "a/x.md"], ["a/x.md"], {"A/x.md", "a/x.md"}, id="one folder"),
        pytest.param(["A/x.md", "a/y.md"], ["a/x.md", "a/y.md"], set(), id="two files of a folder"),
        pytest.param(["e\u0301.md", "é.md"], ["é.md"], {"e\u0301.md", "é.md"}, id="composition"),
        pytest.param(["Hero.md"], ["hero.md"], set(), id="one name in another case"),
    ],
)
def test_files_that_a_disk_takes_for_one_are_found(tmp_path, tracked, on_disk, collided):
    for path in on_disk:
        (tmp_path / "texts" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "texts" / path).touch()
    assert find_name_collisions(str(tmp_path), "texts", tracked).keys() == collided


def test_the_way_out_is_ready_to_copy(tmp_path):
    (tmp_path / "hero.md").touch()
    found = find_name_collisions(str(tmp_path), ".", ["Hero.md", "hero.md"])
    assert "./hero.md" in found["Hero.md"]
    assert "`git mv ./Hero.md ./NEW-NAME.md`" in found["Hero.md"]
    assert "`git checkout -- .`" in found["Hero.md"]
