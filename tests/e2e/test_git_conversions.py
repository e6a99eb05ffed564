"""What git converts on its way to a checkout: Git LFS, filters, keywords, encodings, line ends."""

import hashlib

import pytest

TEXT = "A shallow reef, seen from above.\n"


def pointer_to(text):
    oid = hashlib.sha256(text.encode()).hexdigest()
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(text)}\n"


# --- Git LFS ---


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_pointer_of_git_lfs_is_never_written(studio, ends):
    studio.remote({"reef": TEXT, "hero": None})
    studio.commit({"reef.md": pointer_to("Another\n").replace("\n", ends), "hero.md": "Hero\n"})
    checked = studio.sync("check", "--format", "json")
    assert (checked.code, [each["rule"] for each in checked.json["findings"]]) == (
        4,
        ["lfs-pointer"],
    )
    for words in ((), ("--commit", "HEAD")):
        assert studio.plan(*words).states == {"": "invalid", "hero": "create"}
    assert studio.apply().code == 5
    assert studio.texts == {"reef": TEXT}


def test_nothing_is_deleted_while_a_file_is_a_pointer(studio):
    studio.configure(prune=True)
    studio.remote({"reef": TEXT, "hero": "Hero\n"})
    studio.commit({"reef.md": TEXT, "hero.md": "Hero\n"})
    studio.remove("hero.md")
    studio.commit({"reef.md": pointer_to(TEXT)})
    studio.apply("--allow-mass-delete")
    assert studio.texts == {"reef": TEXT, "hero": "Hero\n"}


def test_git_knows_a_text_by_the_pointer_to_it(studio):
    studio.remote({"reef": TEXT})
    studio.commit({"reef.md": pointer_to(TEXT)})
    studio.commit({"reef.md": "Out of LFS, and newer.\n"})
    assert studio.plan().states == {"reef": "update"}


def test_an_import_takes_no_pointer(studio):
    studio.commit({"hero.md": "Hero\n"})
    studio.repo.write("notes/reef.md", pointer_to(TEXT))
    ran = studio.sync("import", "notes", "--format", "json")
    assert ran.code == 4
    assert not (studio.repo.path / "descriptions/reef.md").exists()
