"""What is refused before the first write, and the way past each limit."""

import contextlib
import os
import pty
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from processes import LIMIT
from studio import REF


def models(count):
    return [f"m{number}" for number in range(count)]


def refused_whole(studio, ran, *words):
    """Nothing was written anywhere, and every reason names the way past it."""
    assert ran.code == 5
    assert "PUT" not in studio.requests
    assert studio.repo.git("for-each-ref", REF) == ""
    reasons = {reason for reason in ran.reasons.values() if reason}
    for word in words:
        assert all(word in reason for reason in reasons)
    return reasons


def test_a_dirty_folder_is_refused(studio):
    studio.remote({"hero": None})
    studio.commit({"hero.md": "Hero\n"})
    studio.write({"hero.md": "Not committed\n"})
    assert studio.plan().json["source"]["dirty"] is True
    refused_whole(studio, studio.apply(), "--allow-dirty")
    assert studio.apply("--allow-dirty").code == 0
    assert studio.texts == {"hero": "Not committed\n"}


def test_changes_outside_the_folder_do_not_make_it_dirty(studio):
    studio.remote({"hero": None})
    studio.commit({"hero.md": "Hero\n"})
    studio.repo.committed({"notes.txt": "A\n", "other/config.yaml": "version: 1\n"})
    studio.repo.write("notes.txt", "B\n")
    studio.repo.write("other/config.yaml", "version: 2\n")
    assert studio.apply().code == 0


@pytest.fixture
def mass(studio):
    """Ten descriptions, four of which the server has in an older version."""
    studio.commit({f"{model}.md": "Old\n" for model in models(4)})
    studio.commit({f"{model}.md": f"{model}\n" for model in models(10)})
    studio.remote(dict.fromkeys(models(4), "Old\n") | dict.fromkeys(models(10)[4:]))
    return studio


def test_a_mass_change_is_refused(mass):
    reasons = refused_whole(mass, mass.apply(), "--allow-mass-change", "limits.max_change_percent")
    assert all("4 of 10 descriptions" in reason for reason in reasons)
    assert mass.apply("--allow-mass-change").code == 0
    assert mass.texts == {model: f"{model}\n" for model in models(10)}


def test_a_plan_shows_the_limits_that_apply_will_enforce(mass):
    planned = mass.plan()
    assert planned.json["violations"] == [
        {
            "rule": "mass_change",
            "message": mass.apply().json["refusals"][0],
            "count": 4,
            "total": 10,
            "limit": 30,
            "flag": "--allow-mass-change",
        }
    ]
    assert mass.plan("m0.md").json["violations"] == []


def test_a_plan_that_apply_would_refuse_has_exit_code_5(mass):
    assert (mass.plan().code, mass.plan("--exit-code").code) == (0, 5)
    allowed = mass.plan("--exit-code", "--allow-mass-change")
    assert (allowed.code, allowed.json["violations"]) == (3, [])
    assert mass.plan("--exit-code", "--allow-mass-delete").code == 5
    assert mass.plan("--exit-code", "m0.md").code == 3


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_every_report_of_a_plan_says_that_apply_would_refuse_it(mass, form):
    out = " ".join(mass.sync("plan", "--format", form).out.split())
    assert "Blocked" in out
    assert "--allow-mass-change" in out


def test_the_plan_before_a_run_says_that_the_run_will_be_refused(mass):
    assert "Blocked: 4 of 10" in mass.sync("apply", "--yes").out
    allowed = mass.sync("apply", "--yes", "--allow-mass-change")
    assert (allowed.code, "Blocked" in allowed.out) == (0, False)
    assert "Blocked: 10 of 10" in mass.sync("rollback", "--yes").out
    both = ("--allow-mass-change", "--allow-mass-delete")
    assert "Blocked" not in mass.sync("rollback", "--yes", *both).out


def test_a_permit_for_the_plan_is_none_for_the_run(mass):
    mass.plan("--allow-mass-change", "--out", "plan.json")
    assert mass.apply("--plan", "plan.json").code == 5
    assert mass.apply("--plan", "plan.json", "--allow-mass-change").code == 0


def test_a_limit_that_was_changed_after_the_plan_was_saved_counts(mass):
    mass.plan("--out", "plan.json")
    path = mass.repo.path / "config.yaml"
    path.write_text(path.read_text() + "limits: {max_change_percent: 100}\n")
    mass.repo.git("commit", "--quiet", "--message", "Allow more", "config.yaml")
    assert mass.apply("--plan", "plan.json").code == 0


def test_creations_are_no_mass_change(mass):
    assert mass.apply(*(f"{model}.md" for model in models(10)[4:])).code == 0


def test_a_selection_is_measured_against_all_descriptions(mass):
    assert mass.apply(*(f"{model}.md" for model in models(3))).code == 0


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        pytest.param({"max_change_percent": 40}, 0, id="exactly as many as allowed"),
        pytest.param({"max_change_percent": 39.9}, 5, id="one too many"),
        pytest.param({"min_documents": 11}, 0, id="too few documents for a share"),
        pytest.param({"max_change_percent": 0, "min_documents": 0}, 5, id="none at all"),
    ],
)
def test_the_limits_are_those_of_the_config(mass, limits, code):
    mass.configure(config={"limits": limits})
    assert mass.apply("--allow-dirty").code == code


def test_a_mass_deletion_is_refused(studio):
    studio.configure(prune=True)
    studio.commit({f"{model}.md": "Old\n" for model in [*models(6), "kept"]})
    studio.remote(dict.fromkeys([*models(6), "kept"], "Old\n"))
    for model in models(6):
        studio.remove(f"{model}.md")
    reasons = refused_whole(studio, studio.apply(), "--allow-mass-delete", "limits.max_deletes")
    assert all("6 descriptions would be deleted" in reason for reason in reasons)
    assert studio.apply("--allow-mass-delete").code == 0
    assert studio.texts == {"kept": "Old\n"}
    assert studio.plan("--exit-code").states == {"kept": "in_sync"}


def test_nothing_is_deleted_in_a_run_in_which_something_could_not_be_read(studio):
    studio.configure(prune=True)
    studio.commit({"gone.md": "Old\n", "hero.md": "Hero\n"})
    studio.remote({"gone": "Old\n", "hero": "Hero\n"})
    studio.remove("gone.md")
    studio.serve("GET:500@hero")
    plan = studio.plan()
    assert plan.states == {"gone": "retired", "hero": "failed"}
    assert studio.apply().code == 4
    assert studio.texts["gone"] == "Old\n"


def test_a_file_with_faults_keeps_all_others_from_being_written(studio):
    studio.remote({"hero": None, "reef": None})
    studio.commit({"hero.md": "---\nmodle: x\n---\nHero\n", "reef.md": "Reef\n"})
    plan = studio.plan()
    assert plan.code == 4
    (invalid,) = [each for each in plan.json["changes"] if each["state"] == "invalid"]
    assert invalid["notes"] == [
        'descriptions/hero.md:2:1: unknown key "modle". Did you mean "model"?'
    ]
    refused_whole(studio, studio.apply())
    assert studio.apply("reef.md").code == 0
    assert studio.texts == {"reef": "Reef\n"}


def test_two_files_for_one_model_are_both_named(studio):
    studio.remote({"hero": None})
    studio.commit({"a.md": "---\nmodel: hero\n---\nA\n", "hero.md": "B\n"})
    notes = [note for each in studio.plan().json["changes"] for note in each["notes"]]
    assert notes == [
        (
            "descriptions/a.md:1:1: the model hero is described by descriptions/hero.md too; "
            "keep one of them"
        ),
        (
            "descriptions/hero.md:1:1: the model hero is described by descriptions/a.md too; "
            "keep one of them"
        ),
    ]


# --- the question --------------------------------------------------------------------------------


@pytest.fixture
def one(studio):
    studio.remote({"hero": None})
    studio.commit({"hero.md": "Hero\n"})
    return studio


def test_nothing_is_written_where_nobody_can_say_yes(one):
    ran = one.sync("apply")
    assert ran.code == 2
    assert ran.err == (
        "error: the command asks a question, and there is no terminal\n"
        "Pass --yes to apply without being asked.\n"
    )
    assert "+ create" in ran.out
    assert one.texts == {}


def test_nobody_is_asked_where_there_is_nothing_to_do(one):
    one.store.write_text("hero", "Hero\n")
    assert one.sync("apply").code == 0


@pytest.mark.parametrize(
    ("answer", "code", "texts"),
    [
        pytest.param(b"y\n", 0, {"hero": "Hero\n"}, id="yes"),
        pytest.param(b"n\n", 1, {}, id="no"),
        pytest.param(b"\n", 1, {}, id="no answer"),
        pytest.param(b"\x04", 130, {}, id="the end of the input"),
    ],
)
def test_a_person_on_a_terminal_is_asked(one, answer, code, texts):
    with on_a_terminal(one, "apply") as (process, terminal):
        os.write(terminal, answer)
    assert process.wait(timeout=LIMIT) == code
    assert one.texts == texts


def test_an_edit_made_while_the_question_stands_is_left_alone(one):
    with on_a_terminal(one, "apply") as (process, terminal):
        one.store.write_text("hero", "Edited while the question stood\n")
        os.write(terminal, b"y\n")
    assert process.wait(timeout=LIMIT) == 5
    assert one.texts == {"hero": "Edited while the question stood\n"}


def test_ctrl_c_at_the_question_ends_at_once(one):
    with on_a_terminal(one, "apply") as (process, _):
        until_it_listens(process)
        process.send_signal(signal.SIGINT)
    assert process.wait(timeout=LIMIT) == 130
    assert one.texts == {}


def until_it_listens(process):
    """Until it sleeps: just before, Python takes a signal and goes to sleep all the same."""
    status = Path(f"/proc/{process.pid}/stat")
    while status.read_text().rpartition(") ")[2][0] != "S":
        time.sleep(0.01)


@contextlib.contextmanager
def on_a_terminal(studio, *words):
    """The command on a terminal that shows its question, and the hand that types there."""
    outer, inner = pty.openpty()
    terminal = {"stdin": inner, "stdout": inner, "stderr": inner}
    with studio.running(*words, **terminal) as process, os.fdopen(outer, "rb", 0) as screen:
        os.close(inner)
        shown = b""
        while b"[y/N]" not in shown:
            shown += screen.read(1024)
        yield process, outer
        with contextlib.suppress(OSError):  # how Linux says that the other end is closed
            while screen.read(1024):
                pass
        process.wait(timeout=LIMIT)


def test_an_emptied_folder_is_an_error_and_deletes_nothing(studio):
    studio.configure(prune=True)
    studio.commit({"hero.md": "Hero\n"})
    studio.remote({"hero": "Hero\n"})
    studio.remove("hero.md")
    assert studio.apply().code == 2
    assert studio.texts == {"hero": "Hero\n"}


def test_deletions_count_as_changes_of_what_was_there(studio):
    studio.configure(prune=True)
    names = [f"m{number}" for number in range(12)]
    studio.commit({f"{name}.md": f"{name}\n" for name in names})
    studio.remote({name: f"{name}\n" for name in names})
    for name in names[:5]:
        studio.remove(f"{name}.md")
    assert studio.apply().code == 5
    assert len(studio.texts) == 12
    assert studio.apply("--allow-mass-change").code == 0
    assert len(studio.texts) == 7


def test_a_file_that_moved_and_has_a_fault_deletes_nothing_by_its_old_path(studio):
    studio.configure(prune=True)
    studio.remote({"reef": "Reef\n"})
    studio.commit({"old/reef.md": "Reef\n"})
    studio.remove("old/reef.md")
    studio.commit({"new/reef.md": "{asset:@nobody}\n"})
    ran = studio.apply("new")
    assert (ran.code, ran.results) == (5, {"reef": "refused"})
    assert studio.apply("old").results == {}
    assert studio.texts == {"reef": "Reef\n"}


@pytest.fixture
def silent(studio):
    """Twenty texts that a run wrote, and that Scenario no longer has."""
    names = models(20)
    studio.remote(dict.fromkeys(names))
    studio.commit({f"{name}.md": f"First {name}\n" for name in names})
    assert studio.apply().code == 0
    studio.remote(dict.fromkeys(names))
    return studio


@pytest.mark.parametrize("shape", ["404", "null", "empty", "absent"])
def test_many_texts_that_a_run_wrote_and_that_are_gone_at_once_stop_the_run(silent, shape):
    silent.serve(f"GET:unset={shape}")
    rules = {each["rule"] for each in silent.plan().json["violations"]}
    assert rules == {"mass_absence", "mass_change"}
    ran = silent.apply()
    assert (ran.code, silent.texts) == (5, {})
    assert "PUT" not in silent.requests


class SilentApp:
    """An app that says of each model, after it was read `reads` times, that it has no text."""

    def __init__(self, studio, *, reads, answer):
        self.served, self.reads, self.answer = studio.app, reads, answer
        self.counts = Counter()
        studio.stage.app = self

    async def __call__(self, scope, receive, send):
        path = scope["path"]
        is_read = scope["method"] == "GET" and path.endswith("/description")
        self.counts[path] += is_read
        if not is_read or self.counts[path] <= self.reads:
            await self.served(scope, receive, send)
            return
        status, body = self.answer
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body})


@pytest.mark.parametrize("answer", [(404, b'{"message": "none"}'), (200, b"{}")])
def test_many_texts_that_a_pull_took_and_that_are_gone_at_once_stop_the_run(studio, answer):
    """Nothing was ever applied: only the pull can have seen a text."""
    names = models(20)
    studio.remote({name: f"First {name}\n" for name in names})
    assert studio.sync("pull", "--all").code == 0
    studio.commit()
    edited = {name: f"Edited {name}\n" for name in names}
    studio.remote(edited)
    SilentApp(studio, reads=0, answer=answer)
    rules = {each["rule"] for each in studio.plan().json["violations"]}
    assert rules == {"mass_absence", "mass_change"}
    assert studio.apply().code == 5
    assert studio.texts == edited


@pytest.fixture
def outdated(studio):
    """Nine texts in their older version, and another one that was never written."""
    names = models(9)
    studio.commit({f"{name}.md": "Old\n" for name in names})
    studio.commit({f"{name}.md": "New\n" for name in [*names, "z"]})
    studio.remote({**dict.fromkeys(names, "Old\n"), "z": None})
    studio.configure(concurrency=1)
    return studio


@pytest.mark.parametrize("answer", [(404, b'{"message": "none"}'), (200, b"{}")])
def test_texts_that_are_gone_only_just_before_their_write_are_counted_together(outdated, answer):
    SilentApp(outdated, reads=1, answer=answer)
    ran = outdated.apply("--allow-mass-change", "m0.md", "m1.md", "z.md")
    assert ran.results == {"m0": "refused", "m1": "refused", "z": "applied"}
    outdated.store.write_text("z", None)
    SilentApp(outdated, reads=1, answer=answer)
    outdated.configure(concurrency=1, config={"limits": {"max_change_percent": 100}})
    ran = outdated.apply()
    results = Counter(ran.results.values())
    assert results == {"refused": 5, "not_attempted": 5}  # z had a text, too
    assert "no text for 6 models that had one" in ran.reasons["z"]
    assert ran.code == 1
    assert outdated.texts == dict.fromkeys(models(9), "Old\n")


def test_a_rollback_counts_the_texts_that_are_gone(outdated):
    assert outdated.apply("--allow-mass-change").code == 0
    written = outdated.texts
    SilentApp(outdated, reads=0, answer=(200, b"{}"))
    ran = outdated.rollback()
    assert ran.code == 5
    assert "Scenario has no text for 9 models" in ran.json["refusals"][0]
    assert outdated.texts == written
    outdated.remote({**dict.fromkeys(models(9)), "z": None})
    assert outdated.rollback("--allow-mass-change").code == 0
    assert outdated.texts == dict.fromkeys(models(9), "Old\n")


def test_many_texts_that_git_had_and_that_are_gone_at_once_stop_the_run_and_its_saved_plan(studio):
    studio.commit({f"{name}.md": f"First {name}\n" for name in models(20)})
    studio.commit({f"{name}.md": f"Second {name}\n" for name in models(20)})
    studio.remote(dict.fromkeys(models(20)))
    planned = studio.plan("--out", "plan.json")
    assert {each["rule"] for each in planned.json["violations"]} == {"mass_absence", "mass_change"}
    assert studio.apply("--plan", "plan.json").code == 5
    assert studio.texts == {}
    assert studio.apply("--plan", "plan.json", "--allow-mass-change").code == 0
    assert len(studio.texts) == 20


def test_a_saved_plan_of_many_creations_can_be_applied_twice(studio):
    studio.commit({f"{name}.md": f"First {name}\n" for name in models(20)})
    studio.remote(dict.fromkeys(models(20)))
    studio.plan("--out", "plan.json")
    assert studio.apply("--plan", "plan.json").code == 0
    again = studio.apply("--plan", "plan.json")
    assert (again.code, set(again.results.values())) == (0, {"unchanged"})


DENIALS = [(404, b'{"message": "none"}'), (200, b"{}"), (200, b'{"description": null}')]


@pytest.fixture
def unseen(studio):
    """Nine texts that nobody took into git, and files that were never applied."""
    names = models(9)
    studio.commit({f"{name}.md": f"Ours {name}\n" for name in names})
    studio.remote({name: f"Theirs {name}\n" for name in names})
    return studio


@pytest.mark.parametrize("answer", DENIALS)
def test_if_scenario_denies_each_text_one_creation_is_tried_and_the_others_wait(unseen, answer):
    SilentApp(unseen, reads=0, answer=answer)
    ran = unseen.apply()
    assert Counter(ran.results.values()) == {"failed": 1, "not_attempted": 8}
    assert "still says that there is no text" in ran.reasons["m0"]
    assert "Scenario took the text of m0, and does not have it" in ran.reasons["m1"]
    assert ran.code == 1
    assert sum(text.startswith("Theirs") for text in unseen.texts.values()) == 8
    assert unseen.sync("history").out.count("1 possibly written") == 1


def test_after_three_creations_that_failed_the_others_are_read_back_each(unseen):
    unseen.configure(concurrency=1)
    unseen.serve(*(f"PUT:403@{name}" for name in models(3)))
    SilentApp(unseen, reads=0, answer=(200, b"{}"))
    ran = unseen.apply()
    assert Counter(ran.results.values()) == {"failed": 4, "not_attempted": 5}
    assert "Scenario took the text of m3, and does not have it" in ran.reasons["m4"]
    assert sum(text.startswith("Theirs") for text in unseen.texts.values()) == 8


@pytest.mark.parametrize("answer", DENIALS)
def test_a_denial_that_git_contradicts_is_tried_on_one_creation_first(unseen, answer):
    known, others = models(3), models(9)[3:]
    unseen.remote({name: f"Ours {name}\n" for name in models(9)})
    assert unseen.apply().code == 0
    unseen.commit({f"{name}.md": f"New {name}\n" for name in known})
    for name in known:
        unseen.store.write_text(name, f"Theirs {name}\n")

    async def deny(scope, receive, send):
        denied = scope["method"] == "GET" and scope["path"].split("/")[-2] in known
        await (silent if denied else unseen.app)(scope, receive, send)

    silent = SilentApp(unseen, reads=0, answer=answer)
    unseen.stage.app = deny
    ran = unseen.apply()
    assert Counter(ran.results.values()) == {"failed": 1, "not_attempted": 2, "unchanged": 6}
    assert {unseen.texts[name] for name in known[1:]} == {"Theirs m1\n", "Theirs m2\n"}
    assert {unseen.texts[name] for name in others} == {f"Ours {name}\n" for name in others}


@pytest.mark.parametrize(("shape", "more"), [("empty", 0), ("null", 1), ("404", 19)])
def test_a_first_deployment_reads_one_text_back_if_scenario_denies_them(studio, shape, more):
    """A 404 costs one more request each time, for the model itself."""
    studio.commit({f"{name}.md": f"Ours {name}\n" for name in models(9)})
    studio.remote(dict.fromkeys(models(9)))
    studio.serve(f"GET:unset={shape}")
    assert studio.apply().code == 0
    assert studio.requests == {"GET": 2 * 9 + more, "PUT": 9}


def test_a_first_deployment_of_many_files_is_no_mass_change(studio):
    studio.commit({f"{name}.md": f"First {name}\n" for name in models(20)})
    studio.remote(dict.fromkeys(models(20)))
    assert studio.plan().json["violations"] == []
    assert studio.apply().code == 0
