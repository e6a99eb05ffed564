"""The sandbox's memory, in real files."""

import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing

import pytest
from processes import LIMIT, started

from sync.errors import SyncError
from sync.sandbox.seed import Seed
from sync.sandbox.store import Store


@pytest.fixture
def seed():
    return Seed.model_validate(
        {
            "project": "proj_a",
            "models": {
                "model_a": {"name": "A", "description": "The first\n"},
                "minimax/music-01": {"privacy": "public"},
            },
            "assets": {"asset_a": {}, "asset_b": {"kind": "3d"}},
        }
    )


@pytest.fixture
def open_store():
    with ExitStack() as stores:
        yield lambda path, **kwargs: stores.enter_context(closing(Store(path, **kwargs)))


def test_a_fresh_file_begins_with_the_seed(open_store, tmp_path, seed):
    store = open_store(tmp_path / "folders" / "that are new" / "store.sqlite3", seed=seed)
    assert store.project == "proj_a"
    assert [model.id for _, model in store.list_models_after(0)] == ["model_a", "minimax/music-01"]
    assert store.list_descriptions() == {"model_a": "The first\n"}


def test_a_file_that_is_there_keeps_what_it_holds(open_store, tmp_path, seed):
    path = tmp_path / "store.sqlite3"
    open_store(path, seed=seed).write_text("model_a", "Edited\r\n")
    assert open_store(path).list_descriptions() == {"model_a": "Edited\r\n"}


def test_finds_shapes_in_the_order_asked_for_and_leaves_out_unknown_ones(open_store, seed):
    store = open_store(":memory:", seed=seed)
    assert [
        each.id for each in store.find_assets(["asset_b", "asset_x", "asset_a", "asset_b"])
    ] == [
        "asset_b",
        "asset_a",
    ]
    assert [each.name for each in store.find_models(["model_a"])] == ["A"]


def test_keeps_description_and_prompt_guide_apart(open_store, seed):
    store = open_store(":memory:", seed=seed)
    store.write_text("minimax/music-01", "Hum it first", field="prompt_guide")
    assert store.read_text("minimax/music-01") is None
    assert store.read_text("minimax/music-01", "prompt_guide") == "Hum it first"


def test_a_reset_begins_again_for_everyone_who_has_the_file_open(open_store, tmp_path, seed):
    path = tmp_path / "store.sqlite3"
    mine, theirs = Store(path, seed=seed), open_store(path)
    theirs.write_text("model_a", None)
    mine.reset(seed)
    assert theirs.list_descriptions() == {"model_a": "The first\n"}


def test_processes_that_start_at_once_share_one_seeded_file(open_store, tmp_path):
    path = tmp_path / "store.sqlite3"
    code = (
        "import sys; from sync.sandbox.store import Store; s = Store(sys.argv[1]);"
        "s.write_text('flux.1-dev', sys.argv[2]); print(len(list(s.list_models_after(0))))"
    )
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                started([sys.executable, "-c", code, path, text], stdout=subprocess.PIPE)
            )
            for text in "abcd"
        ]
        assert [each.communicate(timeout=LIMIT)[0] for each in processes] == [b"13\n"] * 4
    assert open_store(path).read_text("flux.1-dev") in set("abcd")


def test_says_that_a_file_is_no_store(open_store, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("Buy oil for the lamp. " * 50)
    with pytest.raises(SyncError, match=r"notes\.txt: the sandbox's store cannot be opened"):
        open_store(path)


def test_says_that_a_store_is_of_another_version(open_store, tmp_path):
    path = tmp_path / "store.sqlite3"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 7")
    db.close()
    with pytest.raises(SyncError, match="made by another version") as caught:
        open_store(path)
    assert caught.value.hint == f"Delete {path}: the next run makes a fresh one."


def test_a_database_of_something_else_is_left_as_it_is(tmp_path):
    path = tmp_path / "other.sqlite3"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE theirs (x)")
    before = path.read_bytes()
    with pytest.raises(SyncError, match="is a database of something else"):
        Store(path)
    assert path.read_bytes() == before
