"""A saved plan: exactly that is applied, item by item, or nothing where it is not the plan."""

import json
import stat
from datetime import UTC, datetime, timedelta

import pytest

from sync.model.text import Text
from sync.reports.documents.plan import compute_checksum


@pytest.fixture
def saved(studio):
    """Two updates and a creation, approved and saved."""
    studio.commit({"hero.md": "Old hero\n", "reef.md": "Old reef\n"})
    studio.commit({"hero.md": "Hero\n", "reef.md": "Reef\n", "oar.md": "Oar\n"})
    studio.remote({"hero": "Old hero\n", "reef": "Old reef\n", "oar": None})
    assert studio.plan("--out", "plan.json").code == 0
    studio.serve()
    return studio


def apply(studio, *words):
    return studio.apply("--plan", "plan.json", *words)


def test_is_applied_as_it_was_approved(saved):
    ran = apply(saved)
    assert (ran.code, ran.results) == (0, dict.fromkeys(["hero", "oar", "reef"], "applied"))
    assert saved.texts == {"hero": "Hero\n", "oar": "Oar\n", "reef": "Reef\n"}
    assert saved.requests == {"GET": 3, "PUT": 3}
    assert saved.plan("--exit-code").code == 0


def test_is_readable_by_its_owner_alone_and_is_what_json_shows(saved):
    path = saved.repo.path / "plan.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    ran = saved.plan("--out", "again.json")
    again = saved.repo.path / "again.json"
    assert json.loads(again.read_text()) == ran.json


def test_a_new_commit_elsewhere_does_not_matter(saved):
    saved.commit({"new.md": "New\n"})
    assert apply(saved).code == 0
    assert "new" not in saved.texts


def test_an_item_whose_remote_text_moved_is_refused_on_its_own(saved):
    saved.store.write_text("hero", "Edited in the web app\n")
    ran = apply(saved)
    assert (ran.code, ran.results) == (5, {"hero": "refused", "oar": "applied", "reef": "applied"})
    assert "changed since the plan was made" in ran.reasons["hero"]
    assert saved.texts["hero"] == "Edited in the web app\n"


def test_what_is_protected_since_is_left_alone(saved):
    saved.commit({"hero.md": "---\nprotected: true\n---\nHero\n"})
    ran = apply(saved)
    assert (ran.code, ran.results["hero"]) == (5, "refused")
    assert "protected" in ran.reasons["hero"]
    assert saved.texts["hero"] == "Old hero\n"


def test_nothing_is_deleted_once_the_target_no_longer_prunes(studio):
    studio.commit({"hero.md": "Hero\n", "reef.md": "Reef\n"})
    studio.remote({"hero": "Hero\n", "reef": "Reef\n"})
    studio.configure(prune=True)
    studio.remove("reef.md")
    assert studio.plan("--out", "plan.json").states == {"hero": "in_sync", "reef": "delete"}
    studio.configure(prune=False)
    studio.commit()
    ran = apply(studio)
    assert (ran.code, ran.reasons["reef"]) == (5, "the target no longer has `prune: true`")
    assert studio.texts["reef"] == "Reef\n"


def test_a_deletion_applied_twice_is_not_said_to_be_of_a_file_that_was_never_removed(studio):
    studio.configure(prune=True)
    studio.remote({"hero": "Hero\n", "reef": "Reef\n"})
    studio.commit({"hero.md": "Hero\n", "reef.md": "Reef\n"})
    studio.remove("reef.md")
    studio.plan("--out", "plan.json")
    assert apply(studio).results["reef"] == "applied"
    ran = apply(studio)
    assert ran.results["reef"] == "refused"
    assert "no removed file of this model with a text to delete" in ran.reasons["reef"]


def test_an_item_that_is_there_already_is_left_as_it_is(saved):
    saved.store.write_text("hero", "Hero\n")
    ran = apply(saved)
    assert (ran.code, ran.results["hero"]) == (0, "unchanged")
    assert saved.requests["PUT"] == 2


def test_applied_twice_it_changes_nothing_the_second_time(saved):
    apply(saved)
    saved.serve()
    ran = apply(saved)
    assert (ran.code, set(ran.results.values())) == (0, {"unchanged"})
    assert saved.requests == {"GET": 3}


def test_an_item_whose_file_says_something_else_by_now_is_refused_on_its_own(saved):
    saved.commit({"hero.md": "Another hero\n"})
    saved.remove("oar.md")
    ran = apply(saved)
    assert (ran.code, ran.results) == (5, {"hero": "refused", "oar": "refused", "reef": "applied"})
    assert "the text of the file is not the one in the plan" in ran.reasons["hero"]
    assert saved.texts == {"hero": "Old hero\n", "reef": "Reef\n"}


def test_a_plan_of_a_commit_holds_whatever_the_files_say_now(saved):
    saved.plan("--commit", "HEAD", "--out", "plan.json")
    saved.commit({"hero.md": "Another hero\n"})
    assert apply(saved).code == 0
    assert saved.texts["hero"] == "Hero\n"


def test_a_drift_that_was_to_be_overwritten_is_overwritten_only_as_it_was(saved):
    saved.store.write_text("hero", "Edited\n")
    saved.plan("--on-drift", "overwrite", "--out", "plan.json")
    saved.store.write_text("hero", "Edited again\n")
    assert apply(saved, "--on-drift", "overwrite").results["hero"] == "refused"
    saved.store.write_text("hero", "Edited\n")
    assert apply(saved, "--on-drift", "overwrite").results["hero"] == "applied"


def test_can_still_be_shown_when_it_is_stale(saved):
    saved.store.write_text("hero", "Edited in the web app\n")
    ran = saved.sync("apply", "--yes", "--plan", "plan.json")
    assert ran.code == 5
    assert "~ update  hero.md" in ran.out


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        pytest.param({"project_id": "proj_other"}, "is another project or server", id="project"),
        pytest.param(
            {"base_url": "https://api.example/v1"}, "is another project or server", id="server"
        ),
    ],
)
def test_a_plan_for_what_the_target_no_longer_is_is_refused_whole(saved, settings, words):
    saved.configure(**settings)
    ran = apply(saved)
    assert (ran.code, ran.out) == (5, "")
    assert words in ran.err
    assert "Make a new plan." in ran.err
    assert saved.requests == {}


def test_a_plan_for_another_target_is_refused_whole(saved):
    target = {"base_url": saved.url, "requests_per_minute": 0}
    saved.configure(config={"targets": {"production": target, "staging": target}})
    ran = apply(saved, "--target", "staging")
    assert (ran.code, ran.out) == (5, "")
    assert ran.err == (
        'error: the plan is for target "production", not for staging\n'
        "Make a plan for this target.\n"
    )


@pytest.mark.parametrize(
    ("tamper", "code", "words"),
    [
        pytest.param(
            lambda plan: plan["changes"][0].update(after="Something else\n"),
            5,
            "was changed after it was made",
            id="a text",
        ),
        pytest.param(
            lambda plan: plan["changes"].pop(),
            5,
            "was changed after it was made",
            id="an item less",
        ),
        pytest.param(lambda plan: plan.update(version=2), 5, "another version", id="a version"),
        pytest.param(lambda plan: plan.update(kind="apply"), 2, "its kind is not", id="a kind"),
    ],
)
def test_what_is_not_the_plan_as_it_was_made_is_refused_whole(saved, tamper, code, words):
    path = saved.repo.path / "plan.json"
    plan = json.loads(path.read_text())
    tamper(plan)
    path.write_text(json.dumps(plan))
    ran = apply(saved)
    assert (ran.code, ran.out) == (code, "")
    assert words in ran.err
    assert "description-sync plan --out PLAN.json" in ran.err
    assert saved.requests == {}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(None, "plan.json cannot be read: No such file or directory", id="none"),
        pytest.param(b"\xff", "plan.json is not a saved plan: it is not UTF-8", id="bytes"),
        pytest.param(b"hello", "this is not a saved plan", id="words"),
    ],
)
def test_what_is_no_plan_is_told(studio, content, words):
    studio.commit({"hero.md": "Hero\n"})
    if content is not None:
        studio.repo.write("plan.json", content)
    ran = apply(studio)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err


def test_a_plan_and_a_selection_do_not_go_together(saved):
    ran = apply(saved, "hero.md")
    assert (ran.code, ran.err) == (
        2,
        (
            "error: --plan cannot be combined with options that select texts\n"
            "Leave out PATH, --model, --since, --commit and --from-target.\n"
        ),
    )


def test_guards_hold_for_a_saved_plan_too(saved):
    saved.write({"hero.md": "Not committed\n"})
    ran = apply(saved)
    assert (ran.code, set(ran.results.values())) == (5, {"refused"})
    assert "PUT" not in saved.requests


# --- a plan that was changed by somebody who can compute a checksum ------------------------------


def forge(studio, change):
    """Change the saved plan, and give it the checksum of what it says then."""
    path = studio.repo.path / "plan.json"
    plan = json.loads(path.read_text())
    change(plan)
    plan["checksum"] = compute_checksum(plan)
    path.write_text(json.dumps(plan))


def get_change(plan, model):
    return next(each for each in plan["changes"] if each["model"] == model)


def set_text(plan, model, text, field="after"):
    get_change(plan, model).update({field: text, f"{field}_sha256": Text(text).sha256})


@pytest.mark.parametrize(
    ("change", "claim"),
    [
        pytest.param(
            lambda plan: set_text(plan, "hero", "Anything\n"),
            "is not the one in the plan",
            id="a text",
        ),
        pytest.param(
            lambda plan: get_change(plan, "hero").update(state="create"), "create", id="a state"
        ),
        pytest.param(
            lambda plan: get_change(plan, "hero").update(path="reef.md"), "reef.md", id="a path"
        ),
        pytest.param(
            lambda plan: get_change(plan, "hero").update(
                state="delete", after=None, after_sha256=None
            ),
            "is not the one in the plan",
            id="a deletion",
        ),
        pytest.param(
            lambda plan: plan["changes"].append(dict(get_change(plan, "hero"))),
            "more than one",
            id="twice",
        ),
    ],
)
def test_a_forged_change_is_refused_on_its_own(saved, change, claim):
    forge(saved, change)
    ran = apply(saved)
    assert ran.code == 5
    assert ran.results == {"hero": "refused", "oar": "applied", "reef": "applied"}
    assert claim in ran.reasons["hero"]
    assert saved.texts == {"hero": "Old hero\n", "oar": "Oar\n", "reef": "Reef\n"}


def test_a_change_with_the_id_of_another_model_is_refused(saved):
    saved.store.write_text("hero", "Old hero\n")
    forge(saved, lambda plan: get_change(plan, "hero").update(model="oar"))
    ran = apply(saved)
    assert (ran.code, ran.results) == (5, {"oar": "refused", "reef": "applied"})
    assert saved.texts == {"hero": "Old hero\n", "reef": "Reef\n"}


def test_drift_that_a_plan_calls_an_update_is_refused(saved):
    saved.store.write_text("hero", "Edited in the web app\n")
    forge(saved, lambda plan: set_text(plan, "hero", "Edited in the web app\n", "before"))
    ran = apply(saved)
    assert (ran.code, ran.results["hero"]) == (5, "refused")
    assert "says `update`, but it is `drift`" in ran.reasons["hero"]
    assert saved.texts["hero"] == "Edited in the web app\n"


@pytest.mark.parametrize(
    "option", [None, "overwrite"], ids=["with the policy alone", "with the option, too"]
)
def test_drift_is_overwritten_only_if_the_command_line_of_apply_says_so(saved, option):
    saved.store.write_text("hero", "Edited\n")
    saved.plan("--out", "plan.json")

    def allow(plan):
        get_change(plan, "hero").update(policy="overwrite")
        plan.update(on_drift=option)

    forge(saved, allow)
    ran = apply(saved)
    assert (ran.code, ran.results["hero"]) == (5, "refused")
    assert "the policy is block" in ran.reasons["hero"]
    assert saved.texts["hero"] == "Edited\n"


def test_the_option_that_a_plan_was_made_with_is_named_and_counts_if_apply_gets_it(saved):
    saved.store.write_text("hero", "Edited\n")
    saved.plan("--on-drift", "overwrite", "--out", "plan.json")
    ran = apply(saved)
    assert (ran.code, ran.results["hero"]) == (5, "refused")
    assert "give apply --on-drift overwrite too" in ran.reasons["hero"]
    ran = apply(saved, "--on-drift", "overwrite")
    assert (ran.code, ran.results["hero"]) == (0, "applied")
    assert "with --on-drift overwrite" in ran.err


def test_a_drift_policy_of_config_yaml_counts_as_it_is_now(saved):
    saved.store.write_text("hero", "Edited\n")
    saved.configure(on_drift="overwrite")
    saved.plan("--out", "plan.json")
    for policy in ("block", "overwrite"):
        saved.configure(on_drift=policy)
        saved.repo.git("commit", "--quiet", "--message", "Change the policy", "config.yaml")
        if policy == "block":
            assert apply(saved).results["hero"] == "refused"
    assert apply(saved).results["hero"] == "applied"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        pytest.param({"kind": "target", "label": "staging"}, "staging", id="no such target"),
        pytest.param({"kind": "snapshot", "label": "1999"}, "1999", id="no such run"),
        pytest.param({"kind": "commit", "commit": "f" * 40}, "f" * 40, id="no such commit"),
        pytest.param({"kind": "worktree", "commit": "f" * 40}, "f" * 40, id="made elsewhere"),
    ],
)
def test_a_plan_whose_texts_come_from_nowhere_is_refused_whole(saved, source, words):
    forge(saved, lambda plan: plan["source"].update(source))
    ran = apply(saved)
    assert (ran.code, ran.out) == (5, "")
    assert "the plan does not hold" in ran.err
    assert words in ran.err
    assert "PUT" not in saved.requests


def test_a_text_that_the_named_target_does_not_have_is_refused(saved):
    production = {"base_url": saved.url, "requests_per_minute": 0}
    staging = {**production, "models": {"hero": "hero-s", "oar": "oar-s", "reef": "reef-s"}}
    named = {**production, "models": {"hero": "hero", "oar": "oar", "reef": "reef"}}
    saved.configure(config={"targets": {"production": named, "staging": staging}})
    for model in ("hero", "oar", "reef"):
        saved.store.write_text(model, f"Old {model}\n")
    saved.remote(
        {"hero": "Old hero\n", "reef": "Old reef\n", "oar": None}
        | {"hero-s": "Staged hero\n", "reef-s": "Staged reef\n", "oar-s": None}
    )
    assert (
        saved.plan("--from-target", "staging", "--target", "production", "--out", "plan.json").code
        == 0
    )
    forge(saved, lambda plan: set_text(plan, "hero", "Any text\n"))
    ran = apply(saved)
    assert (ran.code, ran.results) == (5, {"hero": "refused", "reef": "applied"})
    assert "the text of staging is not the one in the plan" in ran.reasons["hero"]
    assert saved.texts["hero"] == "Old hero\n"


def test_the_limits_count_the_descriptions_that_there_are(studio):
    texts = {f"m{number}": f"Old {number}\n" for number in range(20)}
    studio.commit({f"{model}.md": text for model, text in texts.items()})
    studio.commit({f"{model}.md": text.replace("Old", "New") for model, text in texts.items()})
    studio.remote(texts)
    studio.plan("--out", "plan.json")
    forge(studio, lambda plan: plan.update(documents=1_000_000, violations=[]))
    ran = apply(studio)
    assert (ran.code, set(ran.results.values())) == (5, {"refused"})
    assert "limits.max_change_percent" in ran.json["refusals"][0]
    assert apply(studio, "--allow-mass-change").code == 0


def test_faults_of_a_file_refuse_a_saved_plan_as_they_refuse_every_run(saved):
    saved.commit({"hero.md": "---\nmodle: hero\n---\nHero\n"})
    ran = apply(saved)
    assert (ran.code, set(ran.results.values())) == (5, {"refused"})
    assert "PUT" not in saved.requests


def test_the_age_and_the_maker_of_a_plan_are_shown(saved):
    def make_old(plan):
        made = datetime.now(UTC) - timedelta(hours=3, minutes=5)
        plan.update(created_at=made.isoformat(), made_by="Ada \x1b[31mLovelace")

    forge(saved, make_old)
    ran = apply(saved)
    assert ran.code == 0
    assert "The plan says that it was made 3 hours ago by Ada \\x1b[31mLovelace." in ran.err


def test_a_plan_names_its_maker(saved, monkeypatch):
    saved.repo.git("config", "user.name", "Grace Hopper")
    assert saved.plan().json["made_by"] == "Grace Hopper"
    monkeypatch.setenv("GITHUB_ACTOR", "octocat")
    monkeypatch.setenv("GITHUB_RUN_ID", "4711")
    assert saved.plan().json["made_by"] == "octocat (run 4711 of GitHub Actions)"
