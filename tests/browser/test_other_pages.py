"""Pages that list, and pages of several targets, as a browser shows them."""

from datetime import UTC, datetime

import pytest

from sync.decisions.pull import ConflictedFile, CreatedFile, PullRun, UntouchedFile
from sync.model.changes import Create, Drift, InSync
from sync.model.known_texts import DeployedCommit
from sync.model.plan import Plan, Source
from sync.model.target_identity import TargetIdentity
from sync.model.text import Text
from sync.reports.formats.html import render_html
from sync.reports.plan import build_plan_report, build_status_report
from sync.reports.pull import build_pull_report

pytestmark = pytest.mark.browser

HOSTILE = "<script>document.title='owned'</script><img src=https://evil.test/p.png>\u202e"
LONG = "a_name_without_a_place_to_break_" * 20
NORTH = TargetIdentity("north", "https://api.cloud.scenario.com/v1", "proj_1")
SOUTH = TargetIdentity("south", "http://127.0.0.1:8765/v1")
TEXT = Text("A reef.")
PULL = PullRun(
    NORTH,
    "descriptions",
    [
        CreatedFile(model="model_1", path="hero.md", data=b"", remote=TEXT),
        ConflictedFile(
            theirs=b"",
            model=HOSTILE,
            path=f"{HOSTILE}.md",
            ours=TEXT,
            conflict_text="",
            data=b"",
            remote=TEXT,
            reason=HOSTILE,
        ),
        UntouchedFile(result="refused", model=LONG, path=f"{LONG}.md", reason=LONG),
        UntouchedFile(result="unchanged", model="net", path="net.md", reason="commit it"),
    ],
)


def plan(target):
    changes = (
        Create(model="model_1", path="hero.md", after=TEXT),
        Drift(model=HOSTILE, path="reef.md", before=TEXT, after=Text("Reef."), notes=(HOSTILE,)),
        InSync(
            model="m", path="a.md", before=TEXT, after=TEXT, deployed=DeployedCommit("a" * 40, 0)
        ),
    )
    time = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    return Plan(target, Source("worktree", "3f2a9c1d" * 5), time, changes)


PAGES = {
    "a pull": render_html([build_pull_report(PULL)]),
    "a status of two targets": render_html(map(build_status_report, map(plan, (NORTH, SOUTH)))),
    "a plan for two targets": render_html(
        [build_plan_report(plan(NORTH)), build_plan_report(plan(SOUTH))]
    ),
}


@pytest.fixture(params=PAGES)
def page(request, tmp_path):
    file = tmp_path / "page.html"
    file.write_text(PAGES[request.param], encoding="utf-8")
    return file.as_uri()


def test_no_request_leaves_the_page_and_no_script_runs(view, page, requested):
    browser = view(page)
    assert requested() == [page]
    assert browser.title.startswith("north: ")
    assert browser.get_log("browser") == []
    assert browser.find_elements("css selector", "script, img, iframe, form, link") == []


def test_a_phone_is_wide_enough(view, page):
    browser = view(page, "phone")
    width = browser.execute_script("return document.documentElement.clientWidth")
    assert browser.execute_script("return document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_axe_finds_nothing_to_object_to(view, page, violations, size, scheme):
    view(page, size, scheme=scheme)
    assert violations() == []


def test_a_filter_hides_nothing_of_another_target(view, tmp_path):
    file = tmp_path / "plan.html"
    file.write_text(PAGES["a plan for two targets"], encoding="utf-8")
    browser = view(file.as_uri())
    browser.find_element("id", "show-2-drift").click()
    articles = browser.find_elements("css selector", "article")
    assert [each.get_attribute("id") for each in articles if each.is_displayed()] == [
        "change-1",
        "change-2",
        "change-3",
    ]
