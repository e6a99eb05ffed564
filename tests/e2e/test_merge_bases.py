"""A pull merges only from a text that both sides had; if none is certain, a person chooses."""

import re

V1 = "A brass lantern.\n\nIt burns whale oil.\n\nFor night scenes.\n"
V2 = "A brass lantern.\n\nFor night scenes.\n"
EDITED = "A brass lantern.\n\nFor night scenes, and for caves.\n"


def read(studio):
    """Return the text of the file; where a person has to choose, that of our side."""
    text = (studio.repo.path / "descriptions/lantern.md").read_text()
    return re.sub(r"<{7}.*\n((?:.*\n)*?)\|{7}(?:.*\n)*?>{7}.*\n", r"\1", text)


def test_a_stale_recording_brings_back_no_removed_paragraph(studio):
    studio.remote({"lantern": None})
    studio.commit({"lantern.md": V1})
    assert studio.apply().code == 0
    studio.commit({"lantern.md": V2})
    studio.store.write_text("lantern", V2)  # another machine applied it, and shared no recording
    studio.store.write_text("lantern", EDITED)
    ran = studio.sync("pull", "--format", "json")
    assert (ran.code, ran.json["summary"]) == (5, {"conflict": 1})
    assert read(studio) == V2


def test_the_changes_of_a_reviewer_outlive_a_squash_merge(studio):
    studio.remote({"lantern": None})
    studio.commit({"lantern.md": V2})
    assert studio.apply().code == 0
    studio.store.write_text("lantern", EDITED)
    assert studio.sync("pull", "--branch", "edits").code == 0
    reviewed = EDITED.replace("caves", "deep caves")
    studio.repo.git("switch", "--quiet", "edits")
    studio.commit({"lantern.md": reviewed})
    studio.repo.git("switch", "--quiet", "main")
    studio.repo.git("merge", "--quiet", "--squash", "edits")
    studio.repo.commit("Edits, reviewed")
    studio.repo.git("branch", "--quiet", "-D", "edits")
    ran = studio.sync("pull", "--format", "json")
    assert (ran.code, ran.json["summary"]) == (5, {"conflict": 1})
    assert read(studio) == reviewed


def test_the_changes_of_a_reviewer_outlive_a_squash_merge_on_a_machine_without_recordings(studio):
    studio.remote({"lantern": V2})
    studio.commit({"lantern.md": V2})
    reviewed = EDITED.replace("caves", "deep caves")
    studio.store.write_text("lantern", EDITED)
    studio.commit({"lantern.md": reviewed})
    studio.sync("pull")
    assert read(studio) == reviewed
