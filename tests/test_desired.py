"""What files want of a target: which texts, which files are gone, and which of it is chosen."""

import pytest

from sync.decisions.desired import (
    DesiredState,
    FormerModel,
    SourceFiles,
    make_desired_selection,
)
from sync.descriptions.aliases import Aliases
from sync.descriptions.document import read_documents
from sync.errors import UsageError
from sync.model.known_texts import LastWrite
from sync.model.plan import Source
from sync.model.text import Text

NAMING = Aliases("production", models={"hero": "model_hero"})
EMPTY = Text("").sha256


def intent(contents, removed=None, *, chosen=None, prune=False, recorded=None):
    """The selection of files, and of the models that removed files named, by their paths."""
    given = {path: text.encode() for path, text in contents.items()}
    files = SourceFiles(Source("worktree"), given, chosen, ("a note",))
    return make_desired_selection(
        files,
        read_documents(given, NAMING, folder="d"),
        unread={},
        former={model: FormerModel(path) for path, model in (removed or {}).items()},
        prune=prune,
        last_writes=recorded or {},
    )


def test_documents_and_removed_files_are_wanted_by_their_models():
    wanted = intent({"hero.md": "Hero\n"}, {"old/reef.md": "reef_1"})
    assert [document.model for document in wanted.desired.documents] == ["model_hero"]
    assert wanted.desired.removed == {"reef_1": FormerModel("old/reef.md")}
    assert wanted.models == {"model_hero", "reef_1"}
    assert (wanted.documents, wanted.notes) == (1, ("a note",))


def test_removed_files_count_where_they_may_be_deleted():
    assert intent({"hero.md": "Hero\n"}, {"reef.md": "reef"}, prune=True).documents == 2


def test_a_source_is_sound_while_none_of_its_files_has_faults_chosen_or_not():
    removed = {"reef.md": "reef"}
    assert intent({"hero.md": "Hero\n"}, removed, chosen={"reef.md"}).desired.all_files_valid
    assert not intent(
        {"hero.md": "---\nx: [\n---\n"}, removed, chosen={"reef.md"}
    ).desired.all_files_valid


def test_only_what_the_chosen_files_say_is_wanted_now():
    contents = {"hero.md": "Hero\n", "reef.md": "Reef\n", "bad.md": "", "worse.md": ""}
    wanted = intent(contents, {"gone.md": "gone"}, chosen={"reef.md", "worse.md"})
    assert [document.path for document in wanted.desired.documents] == ["reef.md"]
    assert [file.path for file in wanted.desired.invalid] == ["worse.md"]
    assert wanted.desired.removed == {}
    assert [*intent(contents, {"gone.md": "gone"}, chosen={"gone.md"}).desired.removed] == ["gone"]
    assert wanted.models == {"model_hero", "reef", "bad", "worse", "gone"}
    assert wanted.documents == 4


def test_the_source_is_told_and_faults_have_the_folder_in_their_place():
    wanted = intent({"a.md": "", "b.md": "B\n", "c/b.md": "B\n"})
    assert wanted.source == Source("worktree")
    assert {fault.path for file in wanted.desired.invalid for fault in file.faults} == {
        "d/a.md",
        "d/b.md",
        "d/c/b.md",
    }


def test_what_was_deleted_already_is_wanted_no_more():
    removed = {"reef.md": "reef"}
    emptied, held = LastWrite(EMPTY, EMPTY), LastWrite(EMPTY, Text("back").sha256)
    assert intent({}, removed, recorded={"reef": emptied}).desired.removed == {}
    assert intent({}, removed, recorded={"reef": held}).desired.removed == {
        "reef": FormerModel("reef.md")
    }


def test_models_narrow_it_and_one_that_is_not_there_is_named():
    contents = {"hero.md": "Hero\n", "reef.md": "Reef\n", "bad.md": "", "worse.md": ""}
    wanted = intent(contents, {"gone.md": "gone"})
    assert [file.model for file in wanted.select_models(["reef", "bad"]).desired.invalid] == ["bad"]
    narrow = wanted.select_models(["reef"])
    assert [document.model for document in narrow.desired.documents] == ["reef"]
    assert (narrow.desired.removed, narrow.models) == ({}, wanted.models)
    with pytest.raises(UsageError, match='Did you mean "reef"'):
        wanted.select_models(["reff"])


@pytest.mark.parametrize(
    ("named", "model"),
    [
        ("worlds/reef.md", "reef"),
        ("reef.md", "reef"),
        ("texts/worlds/reef.md", "reef"),
        ("worlds\\reef.md", "reef"),
        ("worlds/reef", "reef"),
        ("hero.md", "model_hero"),
        ("town/reef.md", None),
        ("f.md", None),
    ],
)
def test_a_file_in_place_of_a_model_is_answered_with_its_model(named, model):
    wanted = intent({"hero.md": "Hero\n", "worlds/reef.md": "Reef\n"})
    with pytest.raises(UsageError) as raised:
        wanted.select_models([named])
    path = {"reef": "worlds/reef.md", "model_hero": "hero.md"}.get(model)
    assert raised.value.hint == (
        f"{path} is the file of {model}: pass --model {model}" if model else ""
    )


def test_a_model_of_which_only_the_history_tells_may_be_selected():
    wanted = intent({"hero.md": "Hero\n"}, {"gone.md": "gone"}).select_models(["gone"])
    assert (wanted.desired.documents, wanted.desired.invalid) == ([], [])
    assert wanted.desired.removed == {"gone": FormerModel("gone.md")}


def test_a_source_that_left_a_file_out_is_not_valid_as_a_whole():
    files = SourceFiles(Source("worktree"), {}, is_complete=False)
    nothing = {"unread": {}, "former": {}, "prune": False, "last_writes": {}}
    assert not make_desired_selection(files, ([], []), **nothing).desired.all_files_valid


def test_models_of_files_that_need_not_be_read_are_models_of_the_source():
    files = SourceFiles(Source("worktree"), {})
    wanted = make_desired_selection(
        files, ([], []), unread={"reef.md": "reef"}, former={}, prune=False, last_writes={}
    )
    assert (wanted.models, wanted.documents) == ({"reef"}, 1)


def test_texts_of_removed_files_are_read_only_where_they_may_be_deleted():
    removed = {"gone": FormerModel("gone.md"), "out": FormerModel("out.md", is_excluded=True)}
    wanted = DesiredState(intent({"hero.md": "Hero\n"}).desired.documents, removed=removed)
    assert wanted.list_models_to_read(prune=False) == ["model_hero"]
    assert wanted.list_models_to_read(prune=True) == ["model_hero", "gone"]
