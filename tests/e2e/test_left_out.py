"""Nothing is deleted in a run in which a file was left out, or a model is missing."""

import os
from pathlib import Path

import pytest

TEXTS = {"reef": "Reef\n", "hero": "Hero\n"}


@pytest.fixture
def pruned(studio):
    studio.configure(prune=True)
    studio.remote(dict(TEXTS))
    return studio


def name_that_is_not_utf8(studio):
    folder = os.fsencode(studio.repo.path / "descriptions")
    Path(os.fsdecode(folder + b"/caf\xe9.md")).write_bytes(b"---\nmodel: reef\n---\nReef\n")
    studio.repo.commit()


def folder_that_became_a_link(studio):
    studio.commit({"sub/reef.md": "Reef\n"})
    studio.repo.git("mv", "descriptions/sub", "moved")
    (studio.repo.path / "descriptions/sub").symlink_to("../moved")
    studio.repo.commit()


def folder_that_became_a_link_on_disk(studio):
    studio.commit({"sub/reef.md": "Reef\n"})
    (studio.repo.path / "descriptions/sub").rename(studio.repo.path / "moved")
    (studio.repo.path / "descriptions/sub").symlink_to("../nowhere")


def folder_that_became_a_submodule(studio):
    studio.commit({"sub/reef.md": "Reef\n"})
    commit = studio.repo.head()
    studio.repo.git("rm", "-r", "--quiet", "descriptions/sub")
    entry = f"160000,{commit},descriptions/sub"
    studio.repo.git("update-index", "--add", "--cacheinfo", entry)
    studio.repo.git("commit", "--quiet", "-m", "A submodule")


@pytest.mark.parametrize(
    "happened",
    [
        name_that_is_not_utf8,
        folder_that_became_a_link,
        folder_that_became_a_link_on_disk,
        folder_that_became_a_submodule,
    ],
)
def test_what_was_left_out_is_not_removed_and_nothing_else_is_deleted(pruned, happened):
    pruned.commit({"other.md": "---\nmodel: other\n---\nOther\n", "hero.md": "Hero\n"})
    pruned.remote({**TEXTS, "other": "Other\n"})
    happened(pruned)
    (pruned.repo.path / "descriptions/other.md").unlink()
    plan = pruned.plan()
    assert plan.states == {"hero": "in_sync", "other": "retired"}
    assert any("left out" in note for note in plan.json["notes"])
    pruned.apply("--allow-dirty", "--allow-mass-delete")
    assert pruned.texts == {**TEXTS, "other": "Other\n"}


def test_a_folder_of_descriptions_that_is_a_submodule_is_said_to_be_left_out(pruned):
    commit = pruned.commit({"reef.md": "Reef\n"})
    pruned.repo.git("rm", "-r", "--quiet", "descriptions")
    pruned.repo.git("update-index", "--add", "--cacheinfo", f"160000,{commit},descriptions")
    pruned.repo.git("commit", "--quiet", "-m", "A submodule")
    ran = pruned.apply()
    assert (ran.code, pruned.texts) == (2, TEXTS)
    assert "descriptions: not a file; it was left out" in ran.err


def test_a_file_renamed_to_an_unknown_model_deletes_nothing_and_is_explained(pruned):
    pruned.commit({"reef.md": "Reef\n", "hero.md": "Hero\n"})
    pruned.repo.git("mv", "descriptions/reef.md", "descriptions/coral.md")
    pruned.repo.commit()
    plan = pruned.plan()
    assert plan.states == {"coral": "missing", "hero": "in_sync", "reef": "retired"}
    assert "looks like reef.md renamed: add `model: reef`" in plan.change("coral")["notes"]
    pruned.apply("--allow-mass-delete")
    assert pruned.texts == TEXTS
