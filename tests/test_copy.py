import pytest
from hypothesis import given
from hypothesis import strategies as st
from request_counter import counted
from serving import serving

from sync.decisions.copy import (
    ModelPair,
    find_untranslated_targets,
    make_copy,
    make_counterpart_table,
)
from sync.descriptions.aliases import Aliases
from sync.descriptions.references import find_references
from sync.model.changes import Failed, Invalid
from sync.model.document import Document
from sync.model.remote_text import NoSuchModel, RemoteText, UnreadableModel
from sync.model.text import Text
from sync.sandbox.app import create_app
from sync.sandbox.seed import Seed
from sync.sandbox.store import Store

COPY = ("--from-target", "staging", "--target", "production")

STAGING = {"models": {"hero": "s_hero", "reef": "s_reef"}, "assets": {"logo": "s_logo"}}
PRODUCTION = {"models": {"hero": "p_hero", "reef": "p_reef"}, "assets": {"logo": "p_logo"}}

HERO = "# Maren\n\n{asset:s_logo} on top of {model:flux.1-dev}, beside {model:s_reef}.\n"
HERO_THERE = "# Maren\n\n{asset:p_logo} on top of {model:flux.1-dev}, beside {model:p_reef}.\n"
REEF = "A shallow reef. `{asset:s_logo}` is how it is written.\n"


@pytest.fixture
def projects(projects):
    projects.configure(staging=STAGING, production=PRODUCTION)
    projects.repo.commit()
    projects.seed(
        "staging",
        models={"s_hero": HERO, "s_reef": REEF, "flux.1-dev": None},
        assets=("s_logo", "s_sketch"),
    )
    projects.seed(
        "production",
        models={"p_hero": None, "p_reef": None, "flux.1-dev": None},
        assets=("p_logo",),
    )
    return projects


def states(answer):
    return {change["model"]: change["state"] for change in answer.json["changes"]}


def results(answer):
    return {outcome["model"]: outcome["result"] for outcome in answer.json["outcomes"]}


# --- the command ---------------------------------------------------------------------------------


def test_copies_the_texts_with_the_other_targets_references(projects):
    answer = projects.run("apply", *COPY, "--yes", "--format", "json")
    assert (answer.code, results(answer)) == (0, {"p_hero": "applied", "p_reef": "applied"})
    assert projects.texts("production") == {"p_hero": HERO_THERE, "p_reef": REEF}
    assert projects.texts("staging") == {"s_hero": HERO, "s_reef": REEF}


def test_a_plan_names_its_source_and_writes_nothing(projects):
    answer = projects.run("plan", *COPY, "--format", "json")
    commit = projects.repo.head()
    assert answer.json["source"] == {
        "kind": "target",
        "commit": commit,
        "dirty": False,
        "label": "staging",
    }
    assert states(answer) == {"p_hero": "create", "p_reef": "create"}
    assert projects.texts("production") == {}
    assert "from staging, at " in projects.run("plan", *COPY).out


def test_a_second_copy_finds_nothing_to_do(projects):
    projects.run("apply", *COPY, "--yes")
    assert states(projects.run("plan", *COPY, "--format", "json")) == {
        "p_hero": "in_sync",
        "p_reef": "in_sync",
    }


def test_copying_back_gives_back_the_original(projects):
    projects.run("apply", *COPY, "--yes")
    answer = projects.run(
        "plan", "--from-target", "production", "--target", "staging", "--format", "json"
    )
    assert states(answer) == {"s_hero": "in_sync", "s_reef": "in_sync"}


def test_a_text_that_cannot_be_translated_is_refused_alone_with_every_reference(projects):
    projects.write(
        "staging", "s_reef", "See {asset:s_sketch}\nand {model:s_gone}, {asset:s_logo}.\n"
    )
    plan = projects.run("plan", *COPY, "--format", "json")
    (invalid,) = [each for each in plan.json["changes"] if each["state"] == "invalid"]
    notes = [
        f"staging/s_reef:{place}: {{{kind}:{id_}}} has no counterpart in production; "
        f"give both a name in the {kind}s of staging and production"
        for place, kind, id_ in (("1:5", "asset", "s_sketch"), ("2:5", "model", "s_gone"))
    ]
    assert (plan.code, plan.json["violations"]) == (4, [])
    assert (invalid["model"], invalid["cause"], invalid["notes"]) == (
        "p_reef",
        "untranslatable",
        notes,
    )
    assert "`description-sync map staging production`" in projects.run("plan", *COPY).out
    applied = projects.run("apply", *COPY, "--yes", "--format", "json")
    assert applied.code == 5
    assert results(applied) == {"p_hero": "applied", "p_reef": "refused"}
    assert projects.texts("production") == {"p_hero": HERO_THERE}


def test_texts_that_cannot_be_translated_become_notes_if_they_may_be_skipped(projects):
    projects.write("staging", "s_reef", "See {asset:s_sketch}.\n")
    answer = projects.run("apply", *COPY, "--skip-untranslatable", "--yes", "--format", "json")
    assert (answer.code, results(answer)) == (0, {"p_hero": "applied"})
    (note,) = projects.run("plan", *COPY, "--skip-untranslatable", "--format", "json").json["notes"]
    assert note.startswith("p_reef left out: staging/s_reef:1:5: {asset:s_sketch} has no")


def test_a_saved_copy_remembers_what_could_not_be_translated(projects):
    projects.write("staging", "s_reef", "See {asset:s_sketch}.\n")
    projects.run("plan", *COPY, "--out", "plan.json")
    answer = projects.run("apply", "--plan", "plan.json", "--yes", "--format", "json")
    assert (answer.code, results(answer)) == (5, {"p_hero": "applied", "p_reef": "refused"})


def test_a_file_that_uses_a_name_of_another_target_alone_is_refused_alone(projects):
    projects.configure(staging=STAGING, production={**PRODUCTION, "assets": {}})
    projects.repo.committed(
        {"descriptions/hero.md": "{asset:@logo}\n", "descriptions/reef.md": REEF}
    )
    answer = projects.run("apply", "--yes", "--format", "json")
    assert (answer.code, results(answer)) == (5, {"p_hero": "refused", "p_reef": "applied"})
    assert "hero.md:1:1: {asset:@logo} has no counterpart in production" in answer.out
    answer = projects.run("apply", "--yes", "--skip-untranslatable", "--format", "json")
    assert (answer.code, results(answer)) == (0, {"p_reef": "unchanged"})


def test_a_name_that_no_target_has_is_a_fault_of_its_file_and_stops_the_run(projects):
    projects.repo.committed(
        {"descriptions/hero.md": "{asset:@lgo}\n", "descriptions/reef.md": REEF}
    )
    answer = projects.run("apply", "--yes", "--skip-untranslatable")
    assert (answer.code, projects.texts("production")) == (5, {})


def test_the_rest_can_be_copied_by_name(projects):
    projects.write("staging", "s_reef", "{asset:s_sketch}")
    answer = projects.run("apply", *COPY, "--model", "hero", "--yes", "--format", "json")
    assert (answer.code, results(answer)) == (0, {"p_hero": "applied"})


def test_what_the_config_names_is_taken_at_its_word(projects):
    projects.configure(
        staging=STAGING, production={**PRODUCTION, "assets": {"logo": "p_elsewhere"}}
    )
    answer = projects.run("plan", *COPY, "--model", "p_hero", "--format", "json")
    (change,) = answer.json["changes"]
    assert "{asset:p_elsewhere}" in change["after"]


def test_a_text_there_can_be_taken_in_as_advised(projects):
    projects.write("production", "p_reef", "Written there.\n")
    answer = projects.run("plan", *COPY)
    advised = "pull --all --model p_reef --target production"
    assert f"description-sync {advised}" in " ".join(answer.out.split())
    assert projects.run(*advised.split()).code == 0
    assert projects.repo.git("status", "--short", "descriptions").strip() == "?? descriptions/"
    assert (projects.repo.path / "descriptions/reef.md").read_text() == (
        "---\nmodel: reef\n---\n\nWritten there.\n"
    )


def test_a_text_edited_there_is_drift_and_kept(projects):
    projects.write("production", "p_hero", "Edited in the web app.\n")
    answer = projects.run("apply", *COPY, "--yes", "--format", "json")
    assert (answer.code, results(answer)) == (5, {"p_hero": "refused", "p_reef": "applied"})
    assert projects.texts("production") == {"p_hero": "Edited in the web app.\n", "p_reef": REEF}


def test_a_text_that_git_has_is_replaced(projects):
    projects.repo.committed({"descriptions/hero.md": "The first text. {asset:@logo}\n"})
    projects.write("production", "p_hero", "The first text. {asset:p_logo}")
    answer = projects.run("plan", *COPY, "--format", "json")
    assert [(each["model"], each["path"], each["state"]) for each in answer.json["changes"]] == [
        ("p_hero", "hero.md", "update"),
        ("p_reef", None, "create"),
    ]


def test_what_a_copy_wrote_is_replaced_by_the_next_one_and_put_back_by_a_rollback(projects):
    projects.run("apply", *COPY, "--yes")
    projects.write("staging", "s_reef", "A deep reef.\n")
    answer = projects.run("apply", *COPY, "--yes", "--format", "json")
    assert results(answer) == {"p_hero": "unchanged", "p_reef": "applied"}
    assert projects.texts("production")["p_reef"] == "A deep reef.\n"
    assert projects.run("rollback", "--target", "production", "--yes").code == 0
    assert projects.texts("production")["p_reef"] == REEF


def test_a_model_without_a_text_is_nothing_to_copy_and_no_deletion(projects):
    projects.write("staging", "s_reef", " \n")
    projects.write("production", "p_reef", "Stays.\n")
    answer = projects.run("plan", *COPY, "--format", "json")
    assert states(answer) == {"p_hero": "create"}
    assert answer.json["notes"] == ["staging has no text for s_reef: nothing to copy"]


def test_a_model_that_the_source_does_not_have_fails_alone(projects):
    projects.configure(
        staging={**STAGING, "models": {"hero": "s_hero", "reef": "s_gone"}}, production=PRODUCTION
    )
    projects.write("staging", "s_hero", "Maren.\n")
    answer = projects.run("apply", *COPY, "--yes", "--format", "json")
    assert (answer.code, results(answer)) == (4, {"p_hero": "applied", "p_reef": "failed"})
    assert "staging has no model s_gone" in answer.json["outcomes"][1]["reason"]


def test_files_for_both_targets_pair_their_models(projects):
    projects.configure(staging={"models": {}}, production={"models": {}})
    projects.repo.committed(
        {
            "descriptions/hero.md": "---\nmodels: {staging: s_hero, production: p_hero}\n---\nx\n",
            "descriptions/reef.md": "---\nmodels: {staging: s_reef, production: p_reef}\n---\nx\n",
            "descriptions/only.md": "---\nmodels: {staging: s_only}\n---\nx\n",
        }
    )
    projects.write("staging", "s_hero", "Maren, beside {model:s_reef}.\n")
    answer = projects.run("apply", *COPY, "descriptions/hero.md", "--yes", "--format", "json")
    assert results(answer) == {"p_hero": "applied"}
    assert projects.texts("production") == {"p_hero": "Maren, beside {model:p_reef}.\n"}


def test_a_protected_file_protects_its_model_from_copies_too(projects):
    projects.repo.committed({"descriptions/hero.md": "---\nprotected: true\n---\nx\n"})
    assert states(projects.run("plan", *COPY, "--format", "json")) == {
        "p_hero": "protected",
        "p_reef": "create",
    }


def test_a_file_with_faults_keeps_its_model_from_being_written(projects):
    projects.repo.committed({"descriptions/hero.md": "---\nprotect: true\nmodel: hero\n---\nx\n"})
    answer = projects.run("plan", *COPY, "--format", "json")
    assert answer.code == 4
    assert "unknown key" in answer.json["changes"][0]["notes"][0]


def test_a_saved_copy_is_applied_as_it_was_shown_except_where_the_source_has_moved(projects):
    projects.run("plan", *COPY, "--out", "plan.json")
    projects.write("staging", "s_reef", "Written after the plan.\n")
    answer = projects.run("apply", "--plan", "plan.json", "--yes", "--format", "json")
    assert (answer.code, results(answer)) == (5, {"p_hero": "applied", "p_reef": "refused"})
    assert projects.texts("production") == {"p_hero": HERO_THERE}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(
            ["--from-target", "production"], "production cannot be copied to itself", id="itself"
        ),
        pytest.param(
            ["--from-target", "stagin"], 'no target "stagin". Did you mean "staging"?', id="unknown"
        ),
        pytest.param(
            ["--from-target", "staging", "--commit", "HEAD"],
            "--commit and --from-target both say where the texts come from",
            id="two sources",
        ),
        pytest.param(
            ["--from-target", "staging", "--model", "heero"],
            "staging and production do not share the model heero",
            id="a model that is not shared",
        ),
    ],
)
def test_refuses_what_makes_no_sense(projects, words, message):
    answer = projects.run("plan", "--target", "production", *words)
    assert answer.code == 2
    assert message in answer.err


def test_two_targets_with_nothing_in_common_lead_to_map(projects):
    projects.configure(staging={}, production={})
    answer = projects.run("plan", *COPY)
    assert answer.code == 2
    assert answer.err == (
        "error: staging and production have no model in common\n"
        "`description-sync map staging production` proposes names for both.\n"
    )


def test_names_that_contradict_each_other_are_refused_all_at_once(projects):
    projects.configure(
        staging={"models": {"a": "s_1", "b": "s_1", "c": "s_2"}, "assets": {"x": "1", "y": "2"}},
        production={"models": {"a": "p_1", "b": "p_2", "c": "p_3"}, "assets": {"x": "3", "y": "3"}},
    )
    answer = projects.run("plan", *COPY)
    assert answer.code == 2
    assert answer.err == (
        "error: config.yaml: a and b are one model in staging, s_1, "
        "and different ones in production\n"
        "config.yaml: x and y are one asset in production, 3, and different ones in staging\n"
        "Give each name the same meaning in every target.\n"
    )


def test_a_copy_of_what_has_names_costs_a_read_of_each_side_and_the_writes(projects, monkeypatch):
    monkeypatch.setenv("SCENARIO_SDK_API_KEY", "key")
    monkeypatch.setenv("SCENARIO_SDK_API_SECRET", "secret")
    ids = [f"m{number}" for number in range(12)]

    def app(prefix, text):
        models = {f"{prefix}_{each}": {"description": text} for each in ids}
        assets = {f"{prefix}_logo": None}
        seed = Seed.model_validate({"models": models, "assets": assets})
        return counted(create_app(Store(":memory:", seed=seed)))

    staging, production = app("s", "{asset:s_logo} {model:s_m1}"), app("p", None)
    with serving(staging) as there, serving(production) as here:
        projects.configure(
            **{
                name: {
                    "base_url": url,
                    "requests_per_minute": 0,
                    "models": {each: f"{name[0]}_{each}" for each in ids},
                    "assets": {"logo": f"{name[0]}_logo"},
                }
                for name, url in (("staging", there), ("production", here))
            }
        )
        assert projects.run("apply", *COPY, "--yes").code == 0
    assert staging.state.requests.by_method == {"GET": 12}
    assert production.state.requests.by_method == {"GET": 24, "PUT": 12}


NO_COUNTERPART = (
    "has no counterpart in production; give both a name in the models of staging and production"
)


# --- what a file tells of a model ----------------------------------------------------------------


@pytest.fixture
def files_of_staging(projects):
    """The files name the ids of staging, as a pull from it wrote them."""
    projects.repo.committed(
        {
            "descriptions/maren.md": f"---\nmodel: s_hero\n---\n{HERO}",
            "descriptions/old-reef.md": f"---\nmodel: s_reef\n---\n{REEF}",
        }
    )
    return projects


def test_an_id_in_a_file_is_a_model_of_the_targets_that_have_it_and_no_other(files_of_staging):
    projects = files_of_staging
    projects.configure(
        staging={**STAGING, "models": {"hero": "s_hero"}},
        production={**PRODUCTION, "models": {"hero": "p_hero"}},
    )
    answer = projects.run("plan", *COPY, "--format", "json")
    assert states(answer) == {"p_hero": "invalid"}
    assert answer.json["changes"][0]["notes"] == [
        f"staging/s_hero:3:53: {{model:s_reef}} {NO_COUNTERPART}"
    ]
    assert answer.json["notes"] == [
        "production has no model of the id that these files name, so left out: old-reef.md"
    ]
    projects.run("apply", *COPY, "--yes")
    assert projects.texts("production") == {}


def test_a_name_that_only_the_source_knows_is_no_model_of_the_target(projects):
    projects.configure(staging=STAGING, production={**PRODUCTION, "models": {"hero": "p_hero"}})
    projects.repo.committed({"descriptions/reef.md": REEF})
    answer = projects.run("plan", *COPY, "--format", "json")
    assert states(answer) == {"p_hero": "invalid"}
    missing = projects.run("map", "staging", "production", "--format", "json").json["missing"]
    assert [(each["kind"], each["id"], each["models"]) for each in missing] == [
        ("model", "s_reef", ["s_hero"])
    ]


def test_a_model_of_the_target_alone_is_not_read_from_the_source(projects):
    projects.configure(
        staging={**STAGING, "models": {"hero": "s_hero"}},
        production={**PRODUCTION, "models": {"hero": "p_hero"}},
    )
    projects.write("staging", "s_hero", "Maren.\n")
    projects.repo.committed({"descriptions/reef.md": "---\nmodel: p_reef\n---\nx\n"})
    answer = projects.run("plan", *COPY, "--format", "json")
    assert (answer.code, states(answer)) == (0, {"p_hero": "create"})
    assert answer.json["notes"] == [
        "staging has no model of the id that these files name, so left out: reef.md"
    ]


def test_a_model_that_both_have_under_one_id_is_copied(projects):
    projects.write("staging", "flux.1-dev", "A base model.\n")
    projects.repo.committed({"descriptions/flux.1-dev.md": "x\n"})
    answer = projects.run("plan", *COPY, "descriptions/flux.1-dev.md", "--format", "json")
    assert states(answer) == {"flux.1-dev": "create"}


def test_a_file_with_names_for_each_target_is_taken_at_its_word(projects):
    front = "---\nmodels: {staging: s_reef, production: p_gone}\n---\nx\n"
    projects.configure(staging={**STAGING, "models": {}}, production={**PRODUCTION, "models": {}})
    projects.repo.committed({"descriptions/reef.md": front})
    assert states(projects.run("plan", *COPY, "--format", "json")) == {"p_gone": "missing"}


def test_the_advice_on_a_drifted_copy_works_where_the_file_names_the_other_targets_id(
    files_of_staging,
):
    projects = files_of_staging
    projects.write("production", "p_reef", "Written there.\n")
    answer = projects.run("plan", *COPY)
    advised = "pull --all --model p_reef --target production"
    assert f"description-sync {advised}" in " ".join(answer.out.split())
    assert projects.run(*advised.split()).code == 0
    assert (projects.repo.path / "descriptions/reef.md").read_text() == (
        "---\nmodel: reef\n---\n\nWritten there.\n"
    )


# --- the table, and texts ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("models", "files", "expected"),
    [
        pytest.param(
            ({"hero": "s"}, {"hero": "p"}),
            {"a/hero.md": ("s", "p")},
            (ModelPair("s", "p", "a/hero.md"),),
            id="a name, with the file it is in",
        ),
        pytest.param(
            ({"hero": "s"}, {"hero": "p"}),
            {"hero-of-staging.md": ("s", "s")},
            (ModelPair("s", "p", "hero-of-staging.md"),),
            id="a name goes before a file that was written for one side",
        ),
        pytest.param(
            ({"one": "s"}, {"other": "p"}), {}, (), id="a name that only one has is no pair"
        ),
        pytest.param(
            ({}, {}),
            {"flux.md": ("flux.1-dev", "flux.1-dev"), "b.md": ("s", "p")},
            (ModelPair("s", "p", "b.md"), ModelPair("flux.1-dev", "flux.1-dev", "flux.md")),
            id="files alone",
        ),
    ],
)
def test_which_models_are_paired(models, files, expected):
    theirs, ours = models
    assert (
        make_counterpart_table(Aliases("a", theirs), Aliases("b", ours), files=files).models
        == expected
    )


TABLE = make_counterpart_table(
    Aliases("staging", {"reef": "s_reef"}, {"logo": "s_logo"}),
    Aliases("production", {"reef": "p_reef"}, {"logo": "p_logo"}),
    files={},
)
PAIR = ModelPair("s_hero", "p_hero", "hero.md")
ALIAS = "is an alias, which only a file may have; in staging, write the id instead"
GONE = (
    "staging has no model s_hero, and each copy will fail until its id is corrected, or its name "
    "taken out of the models of staging"
)
BACKWARDS = "is what production has for s_logo; write s_logo in staging"
THERE = {("asset", "p_logo"), ("model", "p_reef"), ("model", "flux.1-dev"), ("asset", "s_logo")}


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        pytest.param(
            RemoteText(Text("\n{asset:s_logo}\r\n")),
            Document(
                "p_hero",
                "hero.md",
                Text("{asset:p_logo}\n"),
                references=find_references("{asset:p_logo}"),
            ),
            id="in canonical form",
        ),
        pytest.param(RemoteText(Text("")), None, id="no text"),
        pytest.param(
            RemoteText(Text("{asset:p_logo}")),
            Invalid(
                model="p_hero",
                path="hero.md",
                notes=(f"staging/s_hero:1:1: {{asset:p_logo}} {BACKWARDS}",),
                cause="untranslatable",
            ),
            id="a reference that could not be led back",
        ),
        pytest.param(
            RemoteText(Text("{asset:@logo}")),
            Invalid(
                model="p_hero",
                path="hero.md",
                notes=(f"staging/s_hero:1:1: {{asset:@logo}} {ALIAS}",),
                cause="untranslatable",
            ),
            id="an alias",
        ),
        pytest.param(
            NoSuchModel(),
            Failed(
                model="p_hero",
                path="hero.md",
                notes=(GONE,),
            ),
            id="no such model",
        ),
        pytest.param(
            UnreadableModel("timeout"),
            Failed(model="p_hero", path="hero.md", notes=("staging: timeout",)),
            id="unreadable",
        ),
    ],
)
def test_what_a_copy_is(held, expected):
    assert make_copy(PAIR, held, TABLE, existing=THERE) == expected


ids = st.text("abcdefgh0123456789_-.", min_size=1, max_size=6).filter(lambda s: s.strip("."))
kinds = st.sampled_from(["asset", "model"])


@st.composite
def copies(draw):
    """Two targets' names, and a text that refers to what the first of them has."""
    naming = {}
    for kind in ("asset", "model"):
        count = draw(st.integers(0, 4))
        here, there = (
            draw(st.lists(ids, min_size=count, max_size=count, unique=True)) for _ in range(2)
        )
        naming[kind] = [{f"n{n}": id_ for n, id_ in enumerate(side)} for side in (here, there)]
    tags = st.builds(lambda kind, own, n: (kind, own, n), kinds, ids, st.integers(0, 3))
    words = [draw(st.text(max_size=8))]
    for kind, own, n in draw(st.lists(tags, max_size=6)):
        words += [f"{{{kind}:{naming[kind][0].get(f'n{n}', own)}}}", draw(st.text(max_size=8))]
    source = Aliases("a", naming["model"][0], naming["asset"][0])
    target = Aliases("b", naming["model"][1], naming["asset"][1])
    return source, target, "".join(words)


@given(copies())
def test_copying_both_ways_gives_back_the_original(case):
    source, target, text = case
    forth, back = (
        make_counterpart_table(source, target, files={}),
        make_counterpart_table(target, source, files={}),
    )
    original = RemoteText(Text(text))
    copy = make_copy(PAIR, original, forth, existing=find_untranslated_targets([original], forth))
    if isinstance(copy, Document):
        held = RemoteText(copy.text)
        returned = make_copy(PAIR, held, back, existing=find_untranslated_targets([held], back))
        assert isinstance(returned, Document)
        assert returned.text.canonical == original.text.canonical
    elif copy is None:
        assert original.text.is_empty
    else:
        assert all("is what b has for" in note for note in copy.notes)
