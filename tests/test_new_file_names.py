import re
from pathlib import PureWindowsPath
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.descriptions.file_filter import FileFilter
from sync.descriptions.new_file_names import ModelWithoutFile, choose_file_names

RULES = FileFilter(["**/README.md"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
MODELS = st.lists(
    st.builds(ModelWithoutFile, TEXTS.filter(bool), st.none() | TEXTS, st.none() | TEXTS),
    unique_by=lambda model: model.id,
    max_size=8,
)


def name(model, *taken):
    return choose_file_names([model], taken_paths=taken, is_description=RULES.accepts)[model.id]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        pytest.param(
            ModelWithoutFile("model_9fK2", "The Shallow Reef!"), "the-shallow-reef.md", id="slug"
        ),
        pytest.param(ModelWithoutFile("model_9fK2"), "model_9fK2.md", id="no name"),
        pytest.param(
            ModelWithoutFile("flux.1-dev", "FLUX.1 [dev]"), "flux.1-dev.md", id="says no more"
        ),
        pytest.param(
            ModelWithoutFile("model_9fK2", "Maren", "hero"), "hero.md", id="named in config"
        ),
        pytest.param(ModelWithoutFile("model_9fK2", "Maren", "a/b"), "maren.md", id="unsafe alias"),
        pytest.param(ModelWithoutFile("minimax/music-01"), "minimax-music-01.md", id="slash"),
        pytest.param(ModelWithoutFile("../evil"), "evil.md", id="outside"),
        pytest.param(ModelWithoutFile("..", "💡"), "model.md", id="nothing to go by"),
        pytest.param(ModelWithoutFile("con"), "model-con.md", id="device"),
        pytest.param(ModelWithoutFile("x", "NUL"), "model-nul.md", id="device's name"),
        pytest.param(ModelWithoutFile("x", "Readme"), "model-readme.md", id="excluded"),
        pytest.param(ModelWithoutFile("_x"), "x.md", id="underscore"),
        pytest.param(ModelWithoutFile("-x"), "x.md", id="dash"),
        pytest.param(
            ModelWithoutFile("x", "Café 海 हिन्दी"), "café-海-हिन्दी.md", id="other scripts"
        ),
        pytest.param(ModelWithoutFile("x", "a" * 100), f"{'a' * 60}.md", id="long"),
    ],
)
def test_a_model_s_file_has_a_name_that_people_like(model, expected):
    assert name(model) == expected


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        pytest.param("CAFÉ.md", "café-2.md", id="case"),
        pytest.param(normalize("NFD", "café.md"), "café-2.md", id="composition"),
        pytest.param("deep/café.md", "café.md", id="elsewhere"),
    ],
)
def test_a_name_is_not_one_that_some_file_system_takes_for_another(taken, expected):
    assert name(ModelWithoutFile("x", "Café"), taken) == expected


def test_a_model_for_which_no_name_counts_is_left_out():
    assert (
        choose_file_names([ModelWithoutFile("x")], taken_paths=[], is_description=lambda _: False)
        == {}
    )


@given(MODELS, st.lists(st.sampled_from(["a.md", "A-2.md", "model.md", "0.md"])))
def test_names_are_safe_distinct_and_the_same_in_any_order(models, taken):
    names = choose_file_names(models, taken_paths=taken, is_description=RULES.accepts)
    assert names == choose_file_names(models[::-1], taken_paths=taken, is_description=RULES.accepts)
    assert names.keys() == {model.id for model in models}
    folded = [normalize("NFC", each).casefold() for each in [*names.values(), *set(taken)]]
    assert len(set(folded)) == len(folded)
    for each in names.values():
        assert RULES.accepts(each)
        assert not re.search(r'[\\/:*?"<>|\x00-\x1f]', each)
        assert not PureWindowsPath(each).is_reserved()
        assert len(each.encode()) <= 255
