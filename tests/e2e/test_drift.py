"""Drift is told from git alone, and a text that git has is never called one."""

import pytest
from studio import REF

EDITED = "Edited in the web app\n"


def drifted(studio, *words):
    """The note of the one model, which must be drift."""
    change = studio.plan(*words).change("reef")
    assert change["state"] == "drift"
    return " ".join(change["notes"])


@pytest.fixture
def reef(studio):
    studio.remote({"reef": None})
    studio.commit({"reef.md": "Reef\n"})
    return studio


# --- where a text may be known from --------------------------------------------------------------


def renamed(repo):
    repo.git("mv", "descriptions/reef.md", "descriptions/coral.md")
    repo.write("descriptions/coral.md", "---\nmodel: reef\n---\nNew\n")
    repo.commit()


def merged(repo):
    repo.git("switch", "--quiet", "-c", "side")
    repo.committed({"descriptions/reef.md": "Side\n"})
    repo.git("switch", "--quiet", "main")
    repo.committed({"descriptions/reef.md": "Main\n"})
    repo.merge("side", "--strategy=ours")


def moved_to_another_file(repo):
    repo.committed({"descriptions/other.md": "Text of another\n"})
    repo.committed({"descriptions/other.md": "Other\n"})


@pytest.mark.parametrize(
    ("remote", "happened"),
    [
        pytest.param("Reef\n", renamed, id="a file that had another name"),
        pytest.param("Side\n", merged, id="a side branch whose text did not win"),
        pytest.param("Text of another\n", moved_to_another_file, id="another model's file"),
        pytest.param("Reef\r\n\r\n", renamed, id="a text in another form"),
    ],
)
def test_a_text_that_git_ever_had_is_no_drift(reef, remote, happened):
    happened(reef.repo)
    reef.store.write_text("reef", remote)
    assert reef.plan("--model", "reef").states == {"reef": "update"}


def test_a_text_only_ever_in_the_snapshots_is_no_drift(reef):
    reef.store.write_text("reef", EDITED)
    reef.apply("--on-drift", "overwrite")
    reef.store.write_text("reef", EDITED)
    change = reef.plan().change("reef")
    assert change["state"] == "update"


def test_a_text_that_the_server_did_not_keep_is_not_said_to_be_changed_elsewhere(reef):
    reef.apply()
    reef.commit({"reef.md": "Newer\n"})
    reef.apply()
    reef.store.write_text("reef", "Reef\n")
    (note,) = reef.plan().change("reef")["notes"]
    assert note.startswith("the server did not keep it, or somebody undid it")


def test_a_text_that_differs_from_the_one_before_the_last_run_was_changed_elsewhere(reef):
    reef.commit({"reef.md": "Second\n"})
    reef.apply()
    reef.commit({"reef.md": "Third\n"})
    reef.apply()
    reef.store.write_text("reef", "Reef\n")
    (note,) = reef.plan().change("reef")["notes"]
    assert note == "changed elsewhere since the last run recorded here, to a text that git has"


def test_a_text_that_was_emptied_elsewhere_is_noted(reef):
    reef.apply()
    reef.commit({"reef.md": "Newer\n"})
    reef.apply()
    reef.store.write_text("reef", None)
    change = reef.plan().change("reef")
    assert (change["state"], change["notes"]) == (
        "create",
        ["Scenario has no text, although the last run recorded here left one"],
    )


def test_an_uncommitted_text_is_not_known(reef):
    reef.write({"reef.md": "Never committed\n"})
    reef.store.write_text("reef", "Never committed\n")
    reef.write({"reef.md": "Reef\n"})
    assert "in no Markdown file" in drifted(reef)


# --- what becomes of it --------------------------------------------------------------------------


def test_an_overwritten_text_is_kept_to_the_byte_before_it_goes(reef):
    reef.store.write_text("reef", "Edited,\r\nwithout an end")
    assert reef.apply("--on-drift", "overwrite").code == 0
    assert reef.texts == {"reef": "Reef\n"}
    assert reef.snapshot("reef", commit=f"{REF}~1") == b"Edited,\r\nwithout an end"


def test_the_message_leads_to_both_ways_out(reef):
    reef.store.write_text("reef", EDITED)
    out = reef.sync("plan").out
    assert "! drift  reef.md" in out
    assert "description-sync pull" in out
    assert "--on-drift overwrite" in out
    assert REF in out


def test_a_first_run_against_existing_texts_leads_to_pulling_them_all(studio):
    names = [f"m{number}" for number in range(6)]
    studio.remote(dict.fromkeys(names, EDITED))
    studio.commit({f"{name}.md": "Ours\n" for name in names})
    ran = studio.sync("plan")
    assert "description-sync pull --all --target production" in ran.out


def test_the_others_are_written_though_one_drifted(studio):
    studio.remote({"reef": EDITED, "hero": None})
    studio.commit({"reef.md": "Reef\n", "hero.md": "Hero\n"})
    ran = studio.apply()
    assert (ran.code, ran.results) == (5, {"hero": "applied", "reef": "refused"})
    assert studio.texts == {"reef": EDITED, "hero": "Hero\n"}


def test_the_line_of_the_command_wins_over_the_config(reef):
    reef.configure(on_drift="overwrite")
    reef.store.write_text("reef", EDITED)
    assert reef.plan("--on-drift", "block").change("reef")["policy"] == "block"
    assert reef.plan().change("reef")["policy"] == "overwrite"


# --- clones that do not have it all --------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "cure"),
    [
        pytest.param(["--depth=1"], "`git fetch --unshallow`", id="shallow"),
        pytest.param(["--filter=blob:none"], "git fetch --refetch --no-filter", id="partial"),
    ],
)
def test_a_clone_without_the_whole_history_cannot_tell_and_names_the_cure(
    reef, tmp_path, options, cure
):
    reef.commit({"reef.md": "New\n"})
    reef.repo.git("config", "uploadpack.allowFilter", "true")
    reef.store.write_text("reef", "Reef\n")
    assert reef.plan().states == {"reef": "update"}
    reef.repo = reef.repo.clone(tmp_path / "clone", *options)
    note = drifted(reef)
    assert note.startswith("nobody can tell: the history is not complete here.")
    assert cure in note
    assert reef.apply().code == 5
    assert reef.texts == {"reef": "Reef\n"}


def test_a_shallow_clone_can_tell_once_it_is_cured(reef, tmp_path):
    reef.commit({"reef.md": "New\n"})
    reef.store.write_text("reef", "Reef\n")
    reef.repo = reef.repo.clone(tmp_path / "clone", "--depth=1")
    drifted(reef)
    reef.repo.git("-c", "protocol.file.allow=always", "fetch", "--quiet", "--unshallow")
    assert reef.plan().states == {"reef": "update"}


@pytest.fixture(params=["blob:none", "tree:0"])
def partial(request, reef, tmp_path):
    """A partial clone; Scenario has the older text of one file, and an edit of the other."""
    reef.commit({"reef.md": "New\n", "hero.md": "Hero\n"})
    reef.commit({"hero.md": "Hero, on a shallow reef.\n\nWith a long text.\n"})
    reef.remote({"reef": "Reef\n", "hero": "Hero, on a deep reef.\n\nWith a long text.\n"})
    reef.repo.git("config", "uploadpack.allowFilter", "true")
    reef.repo = reef.repo.clone(tmp_path / "clone", f"--filter={request.param}")
    reef.repo.git("config", "protocol.file.allow", "always")
    return reef


def judge_history(studio):
    verdicts = studio.sync("doctor", "--format", "json").json["checks"]
    return next(each["level"] for each in verdicts if each["subject"] == "history")


def test_a_partial_clone_can_tell_and_pull_once_it_is_cured(partial):
    assert set(partial.plan().states.values()) == {"drift"}
    assert judge_history(partial) == "warn"
    partial.repo.git("fetch", "--quiet", "--refetch", "--no-filter")
    assert judge_history(partial) == "ok"
    assert partial.plan().states == {"reef": "update", "hero": "drift"}
    assert partial.plan().change("hero")["cause"] == "edited"
    (pulled,) = partial.sync("pull", "--format", "json").json["files"]
    assert (pulled["model"], pulled["result"]) == ("hero", "conflict")  # as in a whole clone


# --- a sparse checkout without the folder --------------------------------------------------------


def sparse(studio, path, *options):
    studio.repo.git("config", "uploadpack.allowFilter", "true")
    studio.repo = studio.repo.clone(path, "--sparse", *options)
    studio.repo.git("config", "protocol.file.allow", "always")
    assert not (studio.repo.path / "descriptions").exists()


def test_a_sparse_checkout_is_planned_for_as_git_has_it(reef, tmp_path):
    reef.store.write_text("reef", EDITED)
    sparse(reef, tmp_path / "clone")
    assert reef.plan().states == {"reef": "drift"}
    pulled = reef.sync("pull", "--format", "json").json["files"]
    assert [each["result"] for each in pulled] == ["refused"]
    assert "git sparse-checkout add" in pulled[0]["reason"]
    checked = reef.sync("check", "--format", "json")
    assert (checked.code, len(checked.json["findings"])) == (2, 1)
    assert "`git sparse-checkout add descriptions`" in checked.json["findings"][0]["message"]
    reef.repo.git("sparse-checkout", "add", "descriptions")
    assert reef.sync("check").code == 0
    assert reef.sync("pull").code == 0


def test_a_sparse_and_partial_clone_says_what_brings_the_texts(reef, tmp_path):
    sparse(reef, tmp_path / "clone", "--filter=blob:none")
    ran = reef.sync("plan")
    assert (ran.code, ran.out) == (1, "")
    assert "`git sparse-checkout add descriptions`" in ran.err
    reef.repo.git("sparse-checkout", "add", "descriptions")
    assert reef.plan().code == 0


def test_a_shallow_clone_in_which_nothing_differs_says_nothing(reef, tmp_path):
    reef.commit({"reef.md": "New\n"})
    reef.store.write_text("reef", "New\n")
    reef.repo = reef.repo.clone(tmp_path / "clone", "--depth=1")
    assert reef.plan("--exit-code").code == 0


# --- the deploy branch ---------------------------------------------------------------------------


def test_a_checkout_that_is_behind_the_deploy_branch_is_refused(reef):
    reef.configure(deploy_branch="live")
    reef.commit()
    reef.repo.git("switch", "--quiet", "-c", "live")
    reef.commit({"reef.md": "Deployed\n"})
    reef.repo.git("switch", "--quiet", "main")
    reef.store.write_text("reef", "Deployed\n")
    assert "this checkout is behind" in drifted(reef)
    assert reef.apply().code == 5
    assert reef.texts == {"reef": "Deployed\n"}
    reef.repo.git("merge", "--quiet", "live")
    assert reef.plan().states == {"reef": "in_sync"}


def test_a_deploy_branch_that_is_not_there_is_told(reef):
    reef.configure(deploy_branch="origin/main")
    reef.store.write_text("reef", EDITED)
    ran = reef.sync("plan")
    assert (ran.code, ran.out) == (2, "")
    assert 'deploy_branch: "origin/main" is no branch of' in ran.err
    assert "fetch-depth: 0" in ran.err
