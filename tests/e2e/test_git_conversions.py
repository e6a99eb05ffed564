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


NAMED = f"---\nmodel: reef\n---\n{TEXT}"  # of such a file, a pointer does not tell the text


def out_of_lfs(studio):
    """Let Scenario have a text that git has only as a pointer, from before LFS was given up."""
    studio.configure(on_drift="overwrite")
    studio.remote({"reef": TEXT})
    studio.repo.write(".gitattributes", "*.md filter=lfs\n")
    studio.commit({"a.md": pointer_to(NAMED)})
    (studio.repo.path / ".gitattributes").unlink()
    studio.commit({"a.md": "---\nmodel: reef\n---\nNewer.\n"})


def test_nobody_can_tell_what_an_earlier_pointer_stood_for(studio):
    out_of_lfs(studio)
    change = studio.plan().change("reef")
    assert (change["state"], change["cause"]) == ("drift", "unknown")
    assert "git lfs fetch --all" in change["notes"][0]
    assert studio.apply().code == 5
    assert studio.texts == {"reef": TEXT}


@pytest.mark.parametrize("storage", ["lfs", "elsewhere"])
def test_an_earlier_pointer_is_followed_once_its_file_was_fetched(studio, storage):
    out_of_lfs(studio)
    oid = hashlib.sha256(NAMED.encode()).hexdigest()
    studio.repo.write(f".git/{storage}/objects/{oid[:2]}/{oid[2:4]}/{oid}", NAMED)
    if storage != "lfs":
        studio.repo.git("config", "lfs.storage", storage)
    assert studio.plan().states == {"reef": "update"}
    studio.repo.write(f".git/{storage}/objects/{oid[:2]}/{oid[2:4]}/{oid}", "Cut off")
    assert studio.plan().change("reef")["cause"] == "unknown"


def test_an_import_takes_no_pointer(studio):
    studio.commit({"hero.md": "Hero\n"})
    studio.repo.write("notes/reef.md", pointer_to(TEXT))
    ran = studio.sync("import", "notes", "--format", "json")
    assert ran.code == 4
    assert not (studio.repo.path / "descriptions/reef.md").exists()


# --- clean and smudge filters ---


def rot(studio, *, config=True):
    """Let git store descriptions with each letter moved on, and check them out as they are."""
    studio.repo.write(".gitattributes", "descriptions/*.md filter=rot\n")
    if config:
        studio.repo.git("config", "filter.rot.clean", "tr a-z b-za")
        studio.repo.git("config", "filter.rot.smudge", "tr b-za a-z")


def test_a_commit_is_sent_as_a_checkout_would_have_it(studio):
    rot(studio)
    studio.remote({"reef": None})
    studio.commit({"reef.md": TEXT})
    assert studio.repo.git("show", "HEAD:descriptions/reef.md") != TEXT
    studio.write({"reef.md": "Not committed\n"})
    assert studio.apply("--commit", "HEAD").code == 0
    assert studio.texts == {"reef": TEXT}


def test_git_knows_an_earlier_text_that_a_filter_converted(studio):
    rot(studio)
    studio.remote({"reef": TEXT})
    studio.commit({"reef.md": TEXT})
    studio.commit({"reef.md": "Newer.\n"})
    assert studio.plan().states == {"reef": "update"}
    assert studio.plan("--commit", "HEAD").states == {"reef": "update"}


def test_a_pull_merges_what_a_filter_converted(studio):
    rot(studio)
    studio.remote({"reef": "One\n\nTwo\n\nthree\n"})
    studio.commit({"reef.md": "One\n\nTwo\n\nthree\n"})
    studio.commit({"reef.md": "One!\n\nTwo\n\nthree\n"})
    studio.store.write_text("reef", "One\n\nTwo\n\nthree?\n")
    assert studio.sync("pull", "--format", "json").code == 0
    assert (studio.repo.path / "descriptions/reef.md").read_text() == "One!\n\nTwo\n\nthree?\n"


def test_a_branch_of_pulled_texts_is_written_as_git_would_store_it(studio):
    rot(studio)
    studio.remote({"reef": TEXT})
    studio.commit({"reef.md": TEXT})
    studio.store.write_text("reef", "Edited\n")
    assert studio.sync("pull", "--branch", "edits").code == 0
    assert studio.repo.git("show", "edits:descriptions/reef.md") == "Eejufe\n"


def test_a_removed_file_is_read_as_it_was_checked_out(studio):
    rot(studio)
    studio.configure(prune=True)
    studio.remote({"reef": TEXT, "hero": "Hero\n"})
    studio.commit({"reef.md": TEXT, "hero.md": "Hero\n"})
    studio.remove("reef.md")
    assert studio.plan().states == {"reef": "delete", "hero": "in_sync"}


def test_the_attributes_of_a_commit_are_those_of_its_time(studio):
    studio.remote({"reef": None})
    old = studio.commit({"reef.md": TEXT})
    rot(studio)
    studio.commit({"reef.md": "Newer.\n"})
    assert studio.apply("--commit", old).code == 0
    assert studio.texts == {"reef": TEXT}


@pytest.mark.parametrize("words", [(), ("--commit", "HEAD")])
def test_a_filter_that_this_clone_lacks_is_named_and_nothing_is_written(studio, words):
    rot(studio)
    studio.remote({"reef": None})
    studio.commit({"reef.md": TEXT})
    studio.repo.git("config", "--remove-section", "filter.rot")
    plan = studio.plan(*words)
    assert (plan.code, plan.states) == (4, {"reef": "invalid"})
    assert "filter=rot" in plan.change("reef")["notes"][0]
    assert studio.apply(*words).code == 5
    assert studio.texts == {}


@pytest.mark.parametrize("required", ["true", "false"])
def test_a_filter_that_fails_is_named_and_nothing_is_written(studio, required):
    rot(studio)
    studio.remote({"reef": None})
    studio.commit({"reef.md": TEXT})
    studio.repo.git("config", "filter.rot.smudge", "false")
    studio.repo.git("config", "filter.rot.required", required)
    plan = studio.plan("--commit", "HEAD")
    assert (plan.code, plan.states) == (4, {"reef": "invalid"})
    assert "filter=rot" in plan.change("reef")["notes"][0]


def test_nobody_can_tell_what_a_missing_filter_made_of_earlier_texts(studio):
    rot(studio)
    studio.remote({"reef": TEXT})
    studio.commit({"reef.md": TEXT})
    studio.commit({"reef.md": "Newer.\n"})
    studio.repo.git("config", "filter.rot.smudge", "false")
    change = studio.plan().change("reef")
    assert (change["state"], change["cause"]) == ("drift", "unknown")


def without_filter(studio, attributes):
    """Let git keep an earlier text as a filter stored it, and Scenario have that text."""
    studio.remote({"reef": TEXT})
    rot(studio)
    studio.repo.write(".gitattributes", attributes)
    studio.commit({"reef.md": TEXT})
    (studio.repo.path / ".gitattributes").unlink()
    studio.commit({"reef.md": "Newer.\n"})


@pytest.mark.parametrize(
    "attributes", ["*.md filter=rot\n", "[attr]kept filter=rot\n/descriptions/reef.md kept\n"]
)
def test_git_knows_a_text_that_a_former_filter_converted(studio, attributes):
    without_filter(studio, attributes)
    assert studio.plan().states == {"reef": "update"}


def test_nobody_can_tell_what_a_former_filter_made_if_this_clone_lacks_it(studio):
    without_filter(studio, "*.md filter=rot\n")
    studio.configure(on_drift="overwrite")
    studio.repo.git("config", "--remove-section", "filter.rot")
    change = studio.plan().change("reef")
    assert (change["state"], change["cause"]) == ("drift", "unknown")
    assert "filter rot" in change["notes"][0]
    assert studio.apply().code == 5
    assert studio.texts == {"reef": TEXT}


def test_git_knows_a_text_that_only_another_branch_filtered(studio):
    rot(studio)
    studio.remote({"reef": TEXT})
    studio.commit({"reef.md": TEXT})
    studio.repo.git("branch", "--quiet", "filtered")
    studio.repo.git("update-ref", "-d", "HEAD")
    studio.repo.git("rm", "-r", "--quiet", "--cached", ".")
    (studio.repo.path / ".gitattributes").unlink()
    studio.commit({"reef.md": "Newer.\n"})
    change = studio.plan().change("reef")
    assert (change["state"], change["cause"]) == ("drift", "elsewhere")


def test_former_attributes_of_other_files_leave_no_doubt(studio):
    studio.remote({"reef": "Edited in the web app\n"})
    studio.repo.write(".gitattributes", "* filter=lfs\n*.md !filter\n*.md text\n")
    studio.repo.write("descriptions/.gitattributes", "*.png ident working-tree-encoding=utf-16\n")
    studio.repo.write("other/.gitattributes", "*.md filter=gone\n")
    studio.commit({"reef.md": TEXT})
    for path in (".gitattributes", "descriptions/.gitattributes", "other/.gitattributes"):
        (studio.repo.path / path).unlink()
    studio.commit({"reef.md": "Newer.\n"})
    assert studio.plan().change("reef")["cause"] == "edited"


# --- keywords, encodings, line ends ---


@pytest.mark.parametrize("keyword", ["$Id$", "$Id: 0123456789abcdef $"])
@pytest.mark.parametrize("words", [(), ("--commit", "HEAD")])
def test_a_keyword_that_git_expands_differently_in_each_clone_is_refused(studio, words, keyword):
    studio.remote({"reef": None, "hero": None})
    studio.repo.write(".gitattributes", "*.md ident\n")
    studio.commit({"reef.md": f"{keyword}\nReef\n", "hero.md": "Hero\n"})
    plan = studio.plan(*words)
    assert plan.states == {"reef": "invalid", "hero": "create"}
    assert "ident" in plan.change("reef")["notes"][0]


def test_a_keyword_without_the_attribute_is_text(studio):
    studio.remote({"reef": None})
    studio.commit({"reef.md": "$Id$\n"})
    assert studio.plan().states == {"reef": "create"}


def test_git_knows_a_text_with_a_keyword_that_checkouts_once_expanded(studio):
    studio.repo.write(".gitattributes", "*.md ident\n")
    studio.commit({"reef.md": "$Id$\nReef\n"})
    blob = studio.repo.git("rev-parse", "HEAD:descriptions/reef.md").strip()
    studio.remote({"reef": f"$Id: {blob} $\nReef\n"})
    (studio.repo.path / ".gitattributes").unlink()
    studio.commit({"reef.md": "Newer.\n"})
    assert studio.plan().states == {"reef": "update"}


@pytest.mark.parametrize("words", [(), ("--commit", "HEAD")])
def test_another_encoding_is_refused_with_its_attribute(studio, words):
    studio.remote({"reef": None, "hero": None})
    studio.commit({"hero.md": "Hero\n"})
    attributes = "reef.md working-tree-encoding=UTF-16\nhero.md working-tree-encoding=utf-8\n"
    studio.repo.write(".gitattributes", attributes)
    studio.commit({"reef.md": TEXT.encode("utf-16")})
    plan = studio.plan(*words)
    assert sorted(plan.states.values()) == ["create", "invalid"]
    assert "working-tree-encoding=UTF-16" in plan.json["changes"][-1]["notes"][0]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_git_knows_an_earlier_text_that_was_not_in_utf8(studio, encoding):
    studio.remote({"reef": "The café of the reef\n"})
    studio.commit({"reef.md": "The café of the reef\n".encode(encoding)})
    studio.commit({"reef.md": "Newer.\n"})
    assert studio.plan().states == {"reef": "update"}


@pytest.mark.parametrize("attributes", ["*.md text=auto eol=crlf\n", "*.md text eol=lf\n"])
def test_line_ends_make_no_difference(studio, attributes):
    studio.remote({"reef": "One\nTwo\n"})
    studio.repo.write(".gitattributes", attributes)
    studio.commit({"reef.md": "One\r\nTwo\r\n"})
    assert studio.plan().states == {"reef": "in_sync"}
    assert studio.plan("--commit", "HEAD").states == {"reef": "in_sync"}
    studio.commit({"reef.md": "Newer\r\n"})
    assert studio.plan().states == {"reef": "update"}


def test_what_other_files_have_for_attributes_costs_no_text(studio):
    """Attributes above the folder, in it, and of this clone alone count as git counts them."""
    studio.remote({"reef": None, "hero": None, "lamp": None})
    studio.repo.write(".gitattributes", "*.png filter=lfs\n*.md filter=lfs\n")
    studio.repo.write("descriptions/.gitattributes", "hero.md -filter\n")
    studio.repo.write(".git/info/attributes", "lamp.md filter=gone\n")
    studio.commit({"reef.md": "Reef\n", "hero.md": "Hero\n", "lamp.md": "Lamp\n"})
    states = {"reef": "create", "hero": "create", "lamp": "invalid"}
    assert studio.plan().states == states
    assert studio.plan("--commit", "HEAD").states == states
