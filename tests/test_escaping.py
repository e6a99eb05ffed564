import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.git.snapshot_names import make_snapshot_file_name, parse_snapshot_file_name
from sync.model.target_identity import make_snapshot_ref

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        pytest.param("flux.1-dev", "flux.1-dev.md", id="as it is"),
        pytest.param("model_9fK2cT", "model_9fK2cT~900.md", id="capitals"),
        pytest.param("minimax/music-01", "minimax%2fmusic-01.md", id="slash"),
        pytest.param("..", "%2e..md", id="dots"),
        pytest.param("con.1", "%63on.1.md", id="device"),
        pytest.param("CON", "%43ON~18.md", id="device in capitals"),
        pytest.param("console", "console.md", id="no device"),
        pytest.param("git~1", "git%7e1.md", id="tilde"),
        pytest.param("a b\n%", "a%20b%0a%25.md", id="blanks"),
        pytest.param("é", "%c3%a9.md", id="beyond ASCII"),
        pytest.param("x" * 201, f"{'x' * 200}~/x.md", id="too long"),
    ],
)
def test_a_model_s_file_has_a_readable_safe_name(model, name):
    assert make_snapshot_file_name(model) == name
    assert parse_snapshot_file_name(name) == model


@given(TEXTS)
def test_a_name_leads_back_to_its_model(model):
    name = make_snapshot_file_name(model)
    assert parse_snapshot_file_name(name) == model
    assert name.isascii()
    assert all(0 < len(part) <= 240 and not part.startswith(".") for part in name.split("/"))


@given(st.text("aAbB_", min_size=1), st.text("aAbB_", min_size=1))
def test_no_two_models_meet_where_case_is_ignored(one, other):
    assert (make_snapshot_file_name(one).lower() == make_snapshot_file_name(other).lower()) == (
        one == other
    )


@pytest.mark.parametrize("target", ["production", "eu.prod", "a/b", "x.lock", "-", "ü ~^:?*[\\@{"])
def test_any_target_makes_a_ref_that_git_accepts(target):
    subprocess.run(["git", "check-ref-format", make_snapshot_ref(target)], check=True)
