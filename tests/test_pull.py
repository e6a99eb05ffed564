"""`pull`, through the command, in a real repository, from a sandbox."""

import json

import pytest
from repositories import Repo, make_hermetic
from sandbox_files import SandboxFile

from sync.cli import main

CONFIG = """\
version: 1
targets:
  studio:
    sandbox: .description-sync/sandbox.sqlite3
    models: {hero: model_9fK2}
    assets: {logo: asset_7Hq}
"""
REEF = "# Reef\n\nCoral gardens in clear water.\n\nSeen from above.\n\nBest at dawn.\n"


@pytest.fixture
def repo(tmp_path, monkeypatch):
    make_hermetic(monkeypatch)
    monkeypatch.chdir(tmp_path)
    repo = Repo.create(tmp_path)
    repo.committed({"config.yaml": CONFIG, ".gitignore": ".description-sync/\n"})
    return repo


def hold(repo, models):
    """Fill the sandbox that the repository's target is."""
    return SandboxFile(repo.path / ".description-sync/sandbox.sqlite3").fill(models)


@pytest.fixture
def sync(capsys):
    """Runs a command; gives its exit code and its report, from JSON."""

    def run(*words):
        capsys.readouterr()
        code = main([*words, "--format", "json"])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else None

    return run


def results(report):
    return {file["path"]: file["result"] for file in report["files"]}


def states(report):
    return {change["path"]: change["state"] for change in report["changes"]}


def files(repo):
    folder = repo.path / "descriptions"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes().decode()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# --- what drifted --------------------------------------------------------------------------------


def test_an_edit_made_elsewhere_replaces_the_text_of_its_file(repo, sync):
    repo.committed({"descriptions/reef.md": REEF})
    edited = REEF.replace("clear", "clear, shallow")
    hold(repo, {"reef": edited})
    code, report = sync("pull")
    assert (code, results(report)) == (0, {"reef.md": "updated"})
    assert files(repo) == {"reef.md": edited}
    repo.commit()
    assert states(sync("plan")[1]) == {"reef.md": "in_sync"}


@pytest.mark.parametrize(
    ("report_format", "start"),
    [("markdown", "<!-- description-sync:pull-studio:"), ("html", "<!doctype html>")],
)
def test_a_pull_is_told_in_every_format(repo, capsys, report_format, start):
    repo.committed({"descriptions/reef.md": "One\n"})
    hold(repo, {"reef": "Edited elsewhere\n"})
    assert main(["pull", "--format", report_format]) == 0
    out = capsys.readouterr().out
    assert out.startswith(start)
    assert "reef.md" in out


def test_a_pull_that_cannot_be_recorded_says_what_it_wrote(repo, sync):
    repo.committed({"descriptions/reef.md": REEF})
    edited = REEF.replace("clear", "clear, shallow")
    hold(repo, {"reef": edited})
    repo.write(".git/refs/description-sync/studio.lock", "")  # fails as a full disk does
    code, report = sync("pull")
    assert (code, results(report)) == (1, {"reef.md": "updated"})
    assert "could not be recorded" in report["notes"][0]
    assert files(repo) == {"reef.md": edited}


def test_a_file_that_the_disk_does_not_take_has_failed_and_the_next_pull_writes_it(repo, sync):
    repo.committed({"descriptions/reef.md": REEF})
    edited = REEF + "A clear reef. " * 20_000 + "\n"
    hold(repo, {"reef": edited})
    import resource  # noqa: PLC0415 - Windows has none

    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limit[1]))  # fails as a full disk does
    try:
        code, report = sync("pull")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert (code, results(report)) == (1, {"reef.md": "failed"})
    assert files(repo) == {"reef.md": REEF}
    code, report = sync("pull")
    assert (code, results(report)) == (0, {"reef.md": "updated"})
    assert files(repo) == {"reef.md": edited}


def test_what_is_merely_old_is_left_to_apply(repo, sync):
    repo.committed({"descriptions/reef.md": "Old.\n"})
    repo.committed({"descriptions/reef.md": "New.\n"})
    hold(repo, {"reef": "Old.\n"})
    assert results(sync("pull")[1]) == {}
    assert files(repo) == {"reef.md": "New.\n"}


def merged_edit(repo, sync):
    """A file and its remote text that have both changed since they were the same."""
    repo.committed({"descriptions/reef.md": REEF})
    scenario = hold(repo, {"reef": None})
    assert sync("apply", "--yes")[0] == 0
    repo.committed({"descriptions/reef.md": REEF.replace("dawn", "dusk")})
    scenario.write("reef", REEF.replace("clear", "clear, shallow"))
    return scenario


MERGED = REEF.replace("clear", "clear, shallow").replace("dawn", "dusk")


def test_a_file_that_changed_too_is_merged_and_may_then_be_applied(repo, sync):
    scenario = merged_edit(repo, sync)
    assert states(sync("plan")[1]) == {"reef.md": "drift"}
    code, report = sync("pull")
    assert (code, results(report)) == (0, {"reef.md": "merged"})
    assert files(repo) == {"reef.md": MERGED}
    repo.commit()
    assert states(sync("plan")[1]) == {"reef.md": "update"}
    assert sync("apply", "--yes")[0] == 0
    assert scenario.texts["reef"] == MERGED


def test_a_merge_that_was_thrown_away_leaves_the_edit_protected(repo, sync):
    merged_edit(repo, sync)
    sync("pull")
    repo.git("checkout", "--", "descriptions")
    assert states(sync("plan")[1]) == {"reef.md": "drift"}


def test_a_merge_that_is_not_committed_yet_is_not_asked_for_again(repo, sync):
    merged_edit(repo, sync)
    sync("pull")
    code, report = sync("pull")
    assert (code, results(report)) == (0, {"reef.md": "unchanged"})
    assert files(repo) == {"reef.md": MERGED}


def test_an_edit_on_top_of_a_merged_one_is_merged_with_that_as_base(repo, sync):
    scenario = merged_edit(repo, sync)
    sync("pull")
    repo.commit()
    scenario.write("reef", REEF.replace("clear", "clear, shallow").replace("Coral", "Kelp"))
    assert results(sync("pull")[1]) == {"reef.md": "merged"}
    assert files(repo) == {"reef.md": MERGED.replace("Coral", "Kelp")}


def test_a_conflict_leaves_markers_and_is_settled_by_a_commit(repo, sync):
    scenario = merged_edit(repo, sync)
    scenario.write("reef", REEF.replace("dawn", "noon"))
    code, report = sync("pull")
    assert (code, results(report)) == (5, {"reef.md": "conflict"})
    marked = files(repo)["reef.md"]
    assert marked == REEF.replace(
        "Best at dawn.\n",
        "<<<<<<< reef.md\nBest at dusk.\n||||||| last common text\nBest at dawn.\n=======\n"
        "Best at noon.\n>>>>>>> studio\n",
    )
    assert results(sync("pull")[1]) == {"reef.md": "refused"}
    repo.committed({"descriptions/reef.md": REEF.replace("dawn", "dusk or noon")})
    assert states(sync("plan")[1]) == {"reef.md": "update"}


def test_a_conflict_that_was_thrown_away_leaves_the_edit_protected(repo, sync):
    scenario = merged_edit(repo, sync)
    scenario.write("reef", REEF.replace("dawn", "noon"))
    sync("pull")
    repo.git("checkout", "--", "descriptions")
    assert states(sync("plan")[1]) == {"reef.md": "drift"}
    assert results(sync("pull")[1]) == {"reef.md": "conflict"}


def conflict_thrown_away(repo, sync):
    """A pull with a conflict at "dusk" or "noon", after which the file is as it was."""
    scenario = merged_edit(repo, sync)
    scenario.write("reef", REEF.replace("dawn", "noon"))
    assert results(sync("pull")[1]) == {"reef.md": "conflict"}
    repo.git("checkout", "--", "descriptions")
    return scenario


@pytest.mark.parametrize(
    ("text", "state"),
    [
        pytest.param("dusk", "drift", id="ours as it was"),
        pytest.param("dusk.\n\nAs ever", "drift", id="a paragraph more"),
        pytest.param("noon", "in_sync", id="theirs"),
        pytest.param("dusk or noon", "update", id="a mixture"),
        pytest.param("dusk.\nOr later", "update", id="ours and more"),
    ],
)
def test_only_a_change_at_its_place_settles_a_conflict(repo, sync, text, state):
    conflict_thrown_away(repo, sync)
    repo.committed({"descriptions/reef.md": REEF.replace("dawn", text)})
    assert states(sync("plan")[1]) == {"reef.md": state}


def test_a_conflict_thrown_away_stays_so_whatever_else_is_edited(repo, sync):
    scenario = conflict_thrown_away(repo, sync)
    repo.committed({"descriptions/reef.md": REEF.replace("dawn", "dusk").replace("Coral", "Kelp")})
    assert states(sync("plan")[1]) == {"reef.md": "drift"}
    assert sync("apply", "--yes")[0] == 5
    assert scenario.texts["reef"] == REEF.replace("dawn", "noon")


def test_a_conflict_once_settled_stays_so_whatever_else_is_edited(repo, sync):
    conflict_thrown_away(repo, sync)
    settled = REEF.replace("dawn", "dusk or noon")
    repo.committed({"descriptions/reef.md": settled})
    repo.committed({"descriptions/reef.md": "Rewritten.\n"})
    assert states(sync("plan")[1]) == {"reef.md": "update"}


def test_a_file_that_moved_after_a_conflict_is_followed(repo, sync):
    conflict_thrown_away(repo, sync)
    repo.git("mv", "descriptions/reef.md", "descriptions/deep.md")
    repo.committed(
        {"descriptions/deep.md": f"---\nmodel: reef\n---\n{REEF.replace('dawn', 'dusk')}"}
    )
    assert states(sync("plan")[1]) == {"deep.md": "drift"}
    settled = REEF.replace("dawn", "dusk or noon")
    repo.committed({"descriptions/deep.md": f"---\nmodel: reef\n---\n{settled}"})
    assert states(sync("plan")[1]) == {"deep.md": "update"}


def draft_taken_in(repo, sync):
    """A file that took an edit made elsewhere into its history."""
    repo.committed({"descriptions/reef.md": REEF, "descriptions/lamp.md": "Lamp.\n"})
    scenario = hold(repo, {"reef": None, "lamp": None})
    sync("apply", "--yes")
    scenario.write("reef", DRAFT)
    assert results(sync("pull")[1]) == {"reef.md": "updated"}
    repo.commit()
    return scenario


DRAFT = REEF.replace("clear", "DRAFT")


def discarded(repo, sync, scenario):
    scenario.write("reef", DRAFT.replace("dawn", "noon"))
    sync("pull")
    repo.git("checkout", "--", "descriptions")


def branch_deleted(repo, sync, scenario):
    scenario.write("reef", DRAFT.replace("dawn", "noon"))
    sync("pull", "--branch", "edits")
    repo.git("branch", "-D", "edits")


def branch_refused(repo, sync, scenario):
    repo.committed({"descriptions/lamp.md": "Our lamp.\n"})
    scenario.write("lamp", "Their lamp.\n")
    scenario.write("reef", DRAFT.replace("dawn", "noon"))
    assert sync("pull", "--branch", "edits")[0] == 5


@pytest.mark.parametrize("given_up", [discarded, branch_deleted, branch_refused])
def test_a_pull_that_was_given_up_takes_nothing_from_the_one_before(repo, sync, given_up):
    scenario = draft_taken_in(repo, sync)
    given_up(repo, sync, scenario)
    repo.committed({"descriptions/reef.md": DRAFT.replace("above", "afar")})
    scenario.write("reef", REEF.replace("Coral", "Kelp"))
    assert sync("pull", "--model", "reef")[0] == 0
    assert files(repo)["reef.md"] == REEF.replace("above", "afar").replace("Coral", "Kelp")


def test_what_a_branch_was_refused_is_not_recorded_as_pulled(repo, sync):
    scenario = draft_taken_in(repo, sync)
    ref = "refs/description-sync/studio"
    before = repo.git("rev-parse", ref)
    branch_refused(repo, sync, scenario)
    assert repo.git("rev-parse", ref) == before


def test_an_edit_that_is_not_committed_is_left_alone_and_the_others_go_on(repo, sync):
    repo.committed({"descriptions/reef.md": REEF, "descriptions/hero.md": "Hero.\n"})
    repo.write("descriptions/reef.md", "Half a thought")
    hold(repo, {"reef": "Edited.\n", "model_9fK2": "Bold hero.\n"})
    code, report = sync("pull")
    assert (code, results(report)) == (5, {"hero.md": "updated", "reef.md": "refused"})
    assert files(repo) == {"hero.md": "Bold hero.\n", "reef.md": "Half a thought"}


def test_only_the_files_named_are_pulled(repo, sync):
    repo.committed({"descriptions/reef.md": REEF, "descriptions/hero.md": "Hero.\n"})
    hold(repo, {"reef": "Edited.\n", "model_9fK2": "Bold hero.\n"})
    assert results(sync("pull", "descriptions/hero.md")[1]) == {"hero.md": "updated"}
    assert results(sync("pull", "--model", "reef")[1]) == {"reef.md": "updated"}


def test_front_matter_line_ends_and_aliases_stay_as_they_are(repo, sync):
    before = "\ufeff---\r\n# Ask Jo.\r\nmodel: hero  # of the harbour\r\n---\r\n\r\n"
    repo.committed({"descriptions/a.md": f"{before}See {{asset:@logo}}.\r\n"})
    hold(repo, {"model_9fK2": "See {asset:asset_7Hq}, {asset:asset_2}.\nAnd `{asset:asset_7Hq}`."})
    assert results(sync("pull")[1]) == {"a.md": "updated"}
    assert files(repo) == {
        "a.md": f"{before}See {{asset:@logo}}, {{asset:asset_2}}.\r\nAnd `{{asset:asset_7Hq}}`.\r\n"
    }


@pytest.mark.parametrize(
    ("edited", "reason"),
    [
        pytest.param("x\n<<<<<<< a\n=======\n>>>>>>> b\n", "a merge conflict", id="markers"),
        pytest.param("See {asset:@logo}.\n", "a file would replace it by an id", id="an alias"),
        pytest.param("See {asset:@unknown}.\n", "is not one of the assets", id="unknown alias"),
    ],
)
def test_a_text_that_no_file_can_hold_is_named(repo, sync, edited, reason):
    repo.committed({"descriptions/reef.md": REEF})
    hold(repo, {"reef": edited})
    code, report = sync("pull")
    assert (code, results(report)) == (5, {"reef.md": "refused"})
    assert reason in report["files"][0]["reason"]
    assert files(repo) == {"reef.md": REEF}


def test_in_a_shallow_clone_nothing_is_taken_for_newer_than_it_is(
    repo, sync, tmp_path, monkeypatch
):
    repo.committed({"descriptions/reef.md": "Old.\n"})
    repo.committed({"descriptions/reef.md": "New.\n"})
    clone = repo.clone(tmp_path / "clone", "--depth=1")
    monkeypatch.chdir(clone.path)
    hold(clone, {"reef": "Old.\n"})
    code, report = sync("pull")
    assert (code, results(report)) == (5, {"reef.md": "refused"})
    assert "git fetch --unshallow" in report["files"][0]["reason"]
    assert files(clone) == {"reef.md": "New.\n"}


def test_what_could_not_be_read_is_named(repo, sync):
    repo.committed({"descriptions/reef.md": REEF, "descriptions/gone.md": "Gone.\n"})
    hold(repo, {"reef": "Edited.\n"})
    code, report = sync("pull")
    assert (code, results(report)) == (4, {"gone.md": "failed", "reef.md": "updated"})


# --- what has no file ----------------------------------------------------------------------------


def test_a_whole_project_comes_into_an_empty_folder(repo, sync):
    texts = {
        "model_9fK2": "Hero.\n",
        "model_77aB": "---\nmodel: look-alike\n---\nReef.",
        "flux.1-dev": "Flux.\r\n",
        "minimax/music-01": "Music.\n",
        "../evil": "Evil.\n",
        "con": "Device.\n",
        "AbC": "One.\n",
        "aBc": "Two.\n",
        "empty": None,
        "blank": " \n\n",
    }
    names = {"model_9fK2": "Maren", "model_77aB": "The Shallow Reef!", "minimax/music-01": "Music"}
    named = {id_: {"name": name, "description": texts[id_]} for id_, name in names.items()}
    hold(repo, texts | named)
    code, report = sync("pull", "--all")
    assert code == 0
    assert files(repo) == {
        "hero.md": "---\nmodel: hero\n---\n\nHero.\n",
        "the-shallow-reef.md": (
            "---\nmodel: model_77aB\n---\n\n---\nmodel: look-alike\n---\nReef.\n"
        ),
        "flux.1-dev.md": "---\nmodel: flux.1-dev\n---\n\nFlux.\n",
        "music.md": "---\nmodel: minimax/music-01\n---\n\nMusic.\n",
        "evil.md": "---\nmodel: ../evil\n---\n\nEvil.\n",
        "model-con.md": "---\nmodel: con\n---\n\nDevice.\n",
        "AbC.md": "---\nmodel: AbC\n---\n\nOne.\n",
        "aBc-2.md": "---\nmodel: aBc\n---\n\nTwo.\n",
    }
    assert report["summary"] == {"created": 8}
    repo.commit()
    code, plan = sync("plan", "--unmanaged")
    assert plan["summary"] == {"in_sync": 8}
    assert sync("pull", "--all")[1]["files"] == []


def test_a_name_that_is_taken_or_excluded_is_not_used(repo, sync):
    repo.committed({"descriptions/README.md": "Read me.\n", "descriptions/Reef.md": REEF})
    named = {
        "model_1": {"name": "Reef", "description": "Other reef.\n"},
        "model_2": {"name": "ReadMe", "description": "Read.\n"},
        "model_3": {"name": "_draft", "description": "Draft.\n"},
    }
    hold(repo, {"Reef": REEF} | named)
    assert sorted(results(sync("pull", "--all")[1])) == ["draft.md", "model-readme.md", "reef-2.md"]


def test_a_file_that_git_does_not_track_is_not_overwritten(repo, sync):
    repo.write("descriptions/reef.md", "A draft of mine.\n")
    repo.write("descriptions/keeper.md", "Keeper.\n")
    hold(repo, {"reef": REEF, "keeper": "Keeper.\n", "lamp": "Lamp.\n"})
    code, report = sync("pull", "--all")
    assert code == 5
    assert results(report) == {
        "keeper.md": "unchanged",
        "lamp.md": "created",
        "reef.md": "refused",
    }
    assert files(repo)["reef.md"] == "A draft of mine.\n"


def test_a_name_that_git_ignores_is_not_used(repo, sync):
    repo.committed({".gitignore": ".description-sync/\nreef.md\nreef-2.md\nlamp*\n"})
    hold(repo, {"reef": REEF, "lamp": "Lamp.\n", "keeper": "Keeper.\n"})
    for summary in ({"created": 2, "refused": 1}, {"unchanged": 2, "refused": 1}):
        code, report = sync("pull", "--all")
        assert (code, report["summary"]) == (5, summary)
    (refused,) = [file for file in report["files"] if file["result"] == "refused"]
    assert refused["model"] == "lamp"
    assert "or ignored by git" in refused["reason"]
    assert list(files(repo)) == ["keeper.md", "reef-3.md"]


def test_a_removed_file_that_git_would_ignore_by_now_comes_back_by_another_name(repo, sync):
    repo.committed({"descriptions/worlds/reef.md": REEF, "descriptions/lamp.md": "Lamp.\n"})
    repo.git("rm", "--quiet", "descriptions/worlds/reef.md")
    repo.committed({".gitignore": ".description-sync/\nworlds/\n"})
    hold(repo, {"reef": REEF, "lamp": "Lamp.\n"})
    assert results(sync("pull", "--all")[1]) == {"reef.md": "created"}


@pytest.mark.parametrize("line", ["descriptions/", "/descriptions", "desc*"])
def test_a_folder_that_git_ignores_is_not_filled(repo, capsys, line):
    repo.committed({".gitignore": f".description-sync/\n{line}\n"})
    hold(repo, {"reef": REEF})
    assert main(["pull", "--all"]) == 2
    assert "git ignores descriptions/, so that it would never track" in capsys.readouterr().err
    assert files(repo) == {}


def test_a_removed_file_comes_back_where_it_stood(repo, sync):
    repo.committed({"descriptions/worlds/reef.md": REEF, "descriptions/lamp.md": "Lamp.\n"})
    repo.git("rm", "--quiet", "descriptions/worlds/reef.md")
    repo.commit()
    hold(repo, {"reef": REEF, "lamp": "Lamp.\n"})
    assert results(sync("pull")[1]) == {}
    assert results(sync("pull", "--all")[1]) == {"worlds/reef.md": "created"}


def test_a_model_can_be_asked_for_alone(repo, sync):
    hold(repo, {"model_1": {"name": "First", "description": "One.\n"}, "model_2": "Two.\n"})
    assert results(sync("pull", "--all", "--model", "model_1")[1]) == {"first.md": "created"}
    assert sync("pull", "--model", "model_2")[0] == 2


def test_nothing_is_written_through_a_link(repo, sync, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (repo.path / "descriptions").symlink_to(outside, target_is_directory=True)
    hold(repo, {"reef": REEF})
    code, report = sync("pull", "--all")
    assert (code, results(report)) == (5, {"reef.md": "refused"})
    assert list(outside.iterdir()) == []


# --- onto a branch -------------------------------------------------------------------------------


def test_a_branch_gets_the_edits_and_the_working_tree_stays(repo, sync):
    scenario = merged_edit(repo, sync)
    scenario.write("model_9fK2", None)
    head, status = repo.head(), repo.git("status", "--porcelain")
    code, report = sync("pull", "--branch", "edits/today", "--all")
    assert (code, results(report)) == (0, {"reef.md": "merged"})
    assert (repo.head(), repo.git("status", "--porcelain")) == (head, status)
    assert repo.git("show", "edits/today:descriptions/reef.md") == MERGED
    assert repo.git("log", "--format=%s%n%b", "main..edits/today") == (
        "Merge edits of 1 description made on studio\n"
        "merged reef.md (reef)\n\nTarget: studio\n"
        "Server: sandbox:.description-sync/sandbox.sqlite3\n\n"
        "Take 1 description as edited on studio\n"
        "merged reef.md (reef)\n\nTarget: studio\n"
        "Server: sandbox:.description-sync/sandbox.sqlite3\n\n"
    )
    assert states(sync("plan")[1]) == {"reef.md": "drift"}
    repo.git("merge", "--quiet", "edits/today")
    assert states(sync("plan")[1]) == {"reef.md": "update"}


def test_with_a_conflict_there_is_no_branch(repo, sync):
    scenario = merged_edit(repo, sync)
    scenario.write("reef", REEF.replace("dawn", "noon"))
    code, report = sync("pull", "--branch", "edits")
    assert (code, results(report), report["commit"]) == (5, {"reef.md": "conflict"}, None)
    assert repo.git("branch", "--format=%(refname:short)") == "main\n"


@pytest.mark.parametrize("name", ["main", "-x", "a..b", "@{-1}"])
def test_a_branch_is_a_new_one_with_a_proper_name(repo, sync, name):
    repo.committed({"descriptions/reef.md": REEF})
    hold(repo, {"reef": "Edited.\n"})
    assert sync("pull", f"--branch={name}")[0] == 2


def test_with_a_conflict_and_no_branch_the_edit_stays_protected(repo, sync):
    scenario = merged_edit(repo, sync)
    scenario.write("reef", REEF.replace("dawn", "noon"))
    sync("pull", "--branch", "edits")
    repo.committed({"descriptions/reef.md": "Something else.\n"})
    assert states(sync("plan")[1]) == {"reef.md": "drift"}


def test_a_branch_takes_any_file_name(repo, sync):
    repo.committed({'descriptions/"é" \\.md': "---\nmodel: reef\n---\nOld.\n"})
    hold(repo, {"reef": "Edited.\n"})
    assert sync("pull", "--branch", "edits")[0] == 0
    assert repo.git("show", 'edits:descriptions/"é" \\.md') == "---\nmodel: reef\n---\nEdited.\n"


# --- both ways -----------------------------------------------------------------------------------

ODD = [
    "---\nmodel: x\n---\nText.",
    "---\n",
    "---\r\nnot: closed",
    "\ufeff---\na: [\n---\n",
    "```\n---\n{asset:@logo}\n```",
    "a  \nb\t\n\n\n",
    "\r\ra\rb\r\nc",
    "\u2028a\x85b\x0bc\x0cd",
    "e\u0301 é ﬁ 海 👩‍🚀",
    "<<<<<<< only a start",
    "=======\n",
    "\x1b[31m::error::x",
    "a\0b",
    "`{asset:@logo}` {model:model_9fK2}",
    "...\n%YAML 1.2\n---\n- a",
    "\n\n    indented\n",
]


def test_any_text_is_in_sync_after_a_pull_and_a_commit(repo, sync):
    texts = {f"model_{at}": text for at, text in enumerate(ODD)}
    hold(repo, texts)
    assert sync("pull", "--all")[0] == 0
    repo.commit()
    assert sync("plan", "--exit-code")[1]["summary"] == {"in_sync": len(ODD)}


def test_any_edit_is_in_sync_after_a_pull_and_a_commit(repo, sync):
    texts = {f"model_{at}": text for at, text in enumerate(ODD)}
    repo.committed({f"descriptions/{model}.md": f"Text {model}.\n" for model in texts})
    hold(repo, texts)
    code, report = sync("pull")
    assert (code, report["summary"]) == (0, {"updated": len(ODD)})
    repo.commit()
    assert sync("plan", "--exit-code")[1]["summary"] == {"in_sync": len(ODD)}


def test_a_text_that_only_the_deploy_branch_has_is_to_be_merged_there(repo, sync):
    target = "    deploy_branch: ahead\n    models"
    repo.committed({"config.yaml": CONFIG.replace("    models", target)})
    repo.committed({"descriptions/reef.md": REEF})
    repo.git("checkout", "--quiet", "-b", "ahead")
    repo.committed({"descriptions/reef.md": "Newer.\n"})
    repo.git("checkout", "--quiet", "main")
    hold(repo, {"reef": "Newer.\n"})
    code, report = sync("pull")
    assert (code, results(report)) == (5, {"reef.md": "refused"})
    assert "merge or rebase first" in report["files"][0]["reason"]
