"""A text that git has is replaced only where it is an older version, and else git says which."""

import pytest
from repositories import Repo

REEF = "descriptions/reef.md"


@pytest.fixture
def reef(studio):
    studio.remote({"reef": "One\n"})
    studio.commit({"reef.md": "One\n"})
    return studio


def checkout(studio, path, *options):
    """A clone of the studio's repository, in which the next commands run."""
    studio.repo = studio.repo.clone(path, *options)
    studio.repo.git("config", "protocol.file.allow", "always")
    return studio


def told(studio, *words):
    """State, cause and notes of the one model that has a file."""
    change = studio.plan(*words).change("reef")
    return change["state"], change["cause"], " ".join(change["notes"])


def refused(studio, *words):
    """The cause for which apply leaves the text alone."""
    before = studio.texts["reef"]
    ran = studio.apply(*words)
    assert (ran.code, ran.results["reef"], studio.texts["reef"]) == (5, "refused", before)
    return told(studio, *(word for word in words if word != "--allow-dirty"))[1]


# --- behind --------------------------------------------------------------------------------------


@pytest.mark.parametrize("knows_head", [True, False])
def test_a_checkout_behind_the_head_branch_of_its_remote_leaves_the_newer_text_alone(
    reef, tmp_path, knows_head
):
    checkout(reef, tmp_path / "laptop")
    if not knows_head:  # as in the checkout of a CI job
        reef.repo.git("remote", "set-head", "origin", "--delete")
    Repo(tmp_path / "studio").committed({REEF: "Two\n"})
    reef.store.write_text("reef", "Two\n")
    reef.repo.git("fetch", "--quiet")
    state, cause, note = told(reef)
    assert (state, cause) == ("drift", "behind")
    assert "on origin/main" in note
    assert refused(reef, "--on-drift", "overwrite") == "behind"
    reef.configure(on_drift="overwrite")
    assert refused(reef, "--allow-dirty") == "behind"
    assert reef.apply("--allow-older", "--allow-dirty").results == {"reef": "applied"}
    assert reef.texts == {"reef": "One\n"}


def test_a_laptop_that_has_not_fetched_knows_newer_texts_from_shared_snapshots(reef, tmp_path):
    bare = reef.repo.clone(tmp_path / "origin.git", "--bare")
    reef.configure(config={"snapshots": {"push": "origin"}})
    reef.repo.git("remote", "add", "origin", str(bare.path))
    reef.repo.git("config", "protocol.file.allow", "always")
    reef.commit()
    reef.repo.git("push", "--quiet", "origin", "main")
    job = reef.repo
    laptop = bare.clone(tmp_path / "laptop")
    laptop.git("config", "protocol.file.allow", "always")
    reef.repo = job
    reef.commit({"reef.md": "Two\n"})
    assert reef.apply().results == {"reef": "applied"}
    reef.repo = laptop
    assert refused(reef) == "behind"


@pytest.mark.parametrize("deploy_branch", [None, "live"])
def test_a_reverted_text_is_newer_than_the_checkout_that_is_one_commit_behind(
    reef, tmp_path, deploy_branch
):
    reef.configure(**({"deploy_branch": deploy_branch} if deploy_branch else {}))
    reef.commit({"reef.md": "Two\n"})
    reef.commit({"reef.md": "One\n"})
    checkout(reef, tmp_path / "laptop")
    if deploy_branch:
        reef.repo.git("branch", deploy_branch)
        reef.repo.git("tag", deploy_branch, "HEAD~1")  # no branch, whatever its name
    reef.repo.git("reset", "--quiet", "--hard", "HEAD~1")
    assert refused(reef) == "behind"


def test_a_reverted_text_that_a_later_commit_deployed_is_known_from_its_recording(reef):
    reef.commit({"reef.md": "Two\n"})
    reef.apply()
    reef.commit({"reef.md": "One\n"})
    reef.apply()
    reef.repo.git("reset", "--quiet", "--hard", "HEAD~1")
    assert refused(reef) == "behind"


def test_an_older_commit_is_deployed_only_with_consent(reef):
    reef.commit({"reef.md": "Two\n"})
    reef.store.write_text("reef", "Two\n")
    assert refused(reef, "--commit", "HEAD~1") == "behind"
    assert reef.apply("--commit", "HEAD~1", "--allow-older").results == {"reef": "applied"}


def test_an_alias_that_changed_on_the_deploy_branch_is_read_as_it_is_there(studio, tmp_path):
    studio.remote({"reef": None})
    studio.configure(assets={"cover": "asset_old"})
    studio.commit({"reef.md": "See {asset:@cover}\n"})
    checkout(studio, tmp_path / "laptop")
    later = Repo(tmp_path / "studio")
    config = later.path / "config.yaml"
    later.committed({"config.yaml": config.read_text().replace("asset_old", "asset_new")})
    studio.store.write_text("reef", "See {asset:asset_new}\n")
    studio.repo.git("fetch", "--quiet")
    assert refused(studio, "--on-drift", "overwrite") == "behind"


# --- older, wherever the files were ---------------------------------------------------------------


def configured(studio, folder, **config):
    studio.configure(config={"descriptions": folder, **config})


def copied_then_removed(studio):
    configured(studio, "texts")
    for name, text in (("texts", "One\n"), ("texts", "Two\n")):
        studio.repo.committed({f"{name}/reef.md": text})
    studio.repo.committed({"new/reef.md": "Three, in quite another wording\n"})
    studio.repo.git("rm", "-r", "--quiet", "texts")
    configured(studio, "new")
    studio.repo.commit()


def renamed_with_an_edit(studio):
    configured(studio, "texts")
    studio.repo.committed({"texts/reef.md": "One\n"})
    studio.repo.git("mv", "texts", "new")
    configured(studio, "new")
    studio.repo.committed({"new/reef.md": "Three, in quite another wording\n"})


def moved_with_its_config(studio):
    studio.commit({"reef.md": "One\n"})
    (studio.repo.path / "tools").mkdir()
    studio.repo.git("mv", "config.yaml", "descriptions", "tools")
    studio.repo.committed({"tools/descriptions/reef.md": "Three, in quite another wording\n"})


def added_as_a_subtree(studio):
    other = Repo.create(studio.repo.path.parent / "other")
    other.committed({"reef.md": "One\n", "more.txt": "More\n"})
    other.committed({"reef.md": "Two\n"})
    studio.repo.committed({"unrelated.txt": "x\n"})
    url = other.path.as_uri()
    studio.repo.git("-c", "protocol.file.allow=always", "fetch", "--quiet", url, "main")
    studio.repo.git(
        *("merge", "--quiet", "--strategy=ours", "--no-commit", "--allow-unrelated-histories"),
        "FETCH_HEAD",
    )
    studio.repo.git("read-tree", "--prefix=descriptions/", "-u", "FETCH_HEAD")
    studio.repo.commit("Add the descriptions")
    studio.commit({"reef.md": "Three\n"})


@pytest.mark.parametrize(
    "happened",
    [copied_then_removed, renamed_with_an_edit, moved_with_its_config, added_as_a_subtree],
)
def test_an_older_version_is_known_wherever_the_files_were(studio, happened):
    studio.remote({"reef": "One\n"})
    happened(studio)
    if happened is moved_with_its_config:
        plan = studio.plan("--config", "tools/config.yaml")
        assert plan.states == {"reef": "update"}
    else:
        assert told(studio)[0] == "update"


def test_a_text_that_a_squashed_subtree_left_out_is_said_to_be_perhaps_there(studio):
    """As `git subtree add --squash` makes it; its own repository has the earlier text."""
    studio.remote({"reef": "One\n"})
    other = Repo.create(studio.repo.path.parent / "other")
    other.committed({"reef.md": "One\n"})
    split = other.committed({"reef.md": "Two\n"})
    studio.repo.committed({"unrelated.txt": "x\n"})
    fetch = ("-c", "protocol.file.allow=always", "fetch", "--quiet", other.path.as_uri())
    studio.repo.git(*fetch, "main")
    told_of = f"Squash\n\ngit-subtree-dir: descriptions\ngit-subtree-split: {split}"
    squashed = studio.repo.git("commit-tree", f"{split}^{{tree}}", "-m", told_of).strip()
    studio.repo.git("merge", "--quiet", "-s", "ours", "--allow-unrelated-histories", squashed)
    studio.repo.git("read-tree", "--prefix=descriptions/", "-u", squashed)
    studio.repo.commit("Add the descriptions")
    change = studio.plan().change("reef")
    assert change["cause"] == "edited"
    assert "descriptions was merged with `git subtree --squash`" in change["notes"][1]
    studio.repo.git(*fetch, "main:refs/remotes/subtree/main")
    assert told(studio)[0] == "drift"
    change = studio.plan().change("reef")
    assert (change["cause"], len(change["notes"])) == ("elsewhere", 1)


def test_an_alias_of_a_target_that_was_renamed_is_still_read(studio):
    studio.remote({"reef": "See {asset:asset_old}\n"})
    studio.configure(assets={"cover": "asset_old"})
    studio.commit({"reef.md": "See {asset:@cover}\n"})
    config = studio.repo.path / "config.yaml"
    renamed = config.read_text().replace("production", "live").replace("asset_old", "asset_new")
    studio.repo.committed({"config.yaml": renamed})
    assert told(studio)[0] == "update"


def test_replacement_objects_and_grafts_hide_no_text(reef):
    reef.commit({"reef.md": "Two\n"})
    reef.repo.git("replace", "--graft", "HEAD")
    assert told(reef)[0] == "update"


# --- elsewhere -----------------------------------------------------------------------------------


def on_a_branch(repo):
    repo.git("switch", "--quiet", "-c", "side")
    repo.committed({REEF: "Aside\n"})
    repo.git("switch", "--quiet", "main")
    return "on side", REEF


def on_a_tag(repo):
    repo.git("switch", "--quiet", "--detach")
    repo.committed({REEF: "Aside\n"})
    repo.git("tag", "v9")
    repo.git("switch", "--quiet", "main")
    return "on v9", REEF


def in_a_stash(repo):
    repo.write(REEF, "Aside\n")
    repo.git("stash", "push", "--quiet")
    return "on stash", REEF


def in_an_older_stash(repo):
    in_a_stash(repo)
    repo.write(REEF, "Another\n")
    repo.git("stash", "push", "--quiet")
    return "on a stash", REEF


def in_another_folder(repo):
    repo.committed({"drafts/idea.MD": "---\nmodel: x\n---\nAside\n"})
    return "on main", "drafts/idea.MD"


@pytest.mark.parametrize(
    "happened", [on_a_branch, on_a_tag, in_a_stash, in_an_older_stash, in_another_folder]
)
def test_a_text_of_another_ref_or_path_is_named_and_left_alone(reef, happened):
    reef.commit({"reef.md": "Two\n"})
    ref, path = happened(reef.repo)
    reef.store.write_text("reef", "Aside\n")
    reef.configure(on_drift="overwrite")
    state, cause, note = told(reef)
    assert (state, cause) == ("drift", "elsewhere")
    assert path in note
    assert note.endswith(ref)
    assert refused(reef, "--allow-dirty", "--allow-older") == "elsewhere"
    ran = reef.apply("--on-drift", "overwrite", "--allow-dirty")
    assert ran.results == {"reef": "applied"}


# --- unknown -------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["--depth=1", "--filter=blob:none", "--filter=tree:0"])
def test_what_nobody_can_tell_is_not_lifted_by_the_config(reef, tmp_path, option):
    reef.commit({"reef.md": "Two\n"})
    reef.repo.git("config", "uploadpack.allowFilter", "true")
    checkout(reef, tmp_path / "clone", option)
    reef.configure(on_drift="overwrite")
    assert refused(reef, "--allow-dirty") == "unknown"
    ran = reef.apply("--allow-dirty", "--on-drift", "overwrite", "--allow-unshared")
    assert ran.results == {"reef": "applied"}
