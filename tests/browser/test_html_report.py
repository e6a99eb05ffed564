"""The report as a reviewer's browser shows it."""

import re
from datetime import UTC, datetime
from functools import partial

import pytest

from sync.model.changes import Create, Drift, Invalid, Update
from sync.model.known_texts import DeployedCommit
from sync.model.plan import Plan, Source
from sync.model.target_identity import TargetIdentity
from sync.model.text import Text
from sync.reports.formats.html import render_html
from sync.reports.media import AssetFacts, Media, ModelFacts, Picture
from sync.reports.plan import build_plan_report
from sync.sandbox.picture import draw_picture

pytestmark = pytest.mark.browser

MEDIA = Media(
    {
        "asset_map": AssetFacts(
            "image", "image/png", Picture("image/png", 64, 64, draw_picture("map"))
        ),
        "asset_loop": AssetFacts(
            "video", "video/mp4", Picture("image/png", 64, 64, draw_picture("v"))
        ),
        "asset_theme": AssetFacts("audio", "audio/mpeg"),
        "asset_boat": AssetFacts("3d", "model/gltf-binary"),
    },
    {
        "model_harbour": ModelFacts("Saltlight Harbour", "flux.1-lora"),
        "flux.1-dev": ModelFacts("FLUX.1 [dev]", "flux.1", "public"),
    },
)
HARBOUR = """\
# Saltlight harbour

The town of chapters one and five: slate roofs, one crooked street.

{asset:asset_map} {asset:asset_theme}

## How it was trained

70 paintings on top of {model:flux.1-dev}, as [the guide](https://example.org/guide) says.

| Hour | Guidance | Watch out for |
| --- | --- | --- |
| Day | 3.5 | `distant gulls` |

> saltlight_harbour, by house 12, dusk, thin rain

```
saltlight_harbour_and_a_very_long_word_that_does_not_fit_on_the_screen_of_any_phone_in_the_world
```
"""
HOSTILE = """\
<script>document.title = "owned"</script>
<img src="https://evil.test/p.png" onerror="document.title='owned'">
<style>body { display: none }</style><iframe src="https://evil.test/"></iframe>
<svg onload="document.title='owned'"></svg><link rel="stylesheet" href="https://evil.test/x.css">
![picture](https://evil.test/q.png) [link](javascript:document.title='owned') </article></main>
<meta http-equiv="refresh" content="0;url=https://evil.test/"><form action="https://evil.test">
"""
PLAN = Plan(
    TargetIdentity("production", "https://api.cloud.scenario.com/v1", "proj_1"),
    Source("worktree", "3f2a9c1d" * 5),
    datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
    (
        Create(model="model_boat", path="props/boat.md", after=Text("A boat. {asset:asset_boat}")),
        Update(
            model="model_harbour",
            path="worlds/harbour.md",
            before=Text(HARBOUR),
            after=Text(HARBOUR.replace("one crooked", "a crooked") + "\n{asset:asset_loop}\n"),
            deployed=DeployedCommit("a81c3e0f" * 5, 2),
        ),
        Drift(
            model="model_reef",
            path="worlds/reef.md",
            before=Text(f"A reef at dusk.\n\n{HOSTILE}"),
            after=Text(f"A reef at dawn.\n\n{HOSTILE}"),
            notes=("edited elsewhere: this text is in no commit of the repository",),
        ),
        Invalid(model="", path="bad.md", notes=("bad.md:4:1: unknown key <script>",)),
    ),
    notes=("not tracked by git, so left out: descriptions/new.md",),
)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    file = tmp_path_factory.mktemp("report") / "plan.html"
    file.write_text(
        render_html([build_plan_report(PLAN)], media={"production": MEDIA}), encoding="utf-8"
    )
    return file.as_uri()


@pytest.fixture
def show(view, page):
    """Opens the page on a screen of a size, in light or dark."""
    return partial(view, page)


def find(browser, selector):
    return browser.find_elements("css selector", selector)


def shown(browser, selector="article"):
    return [each.get_attribute("class") for each in find(browser, selector) if each.is_displayed()]


def test_no_request_leaves_the_page_and_no_script_runs(show, page, requested):
    browser = show()
    assert requested() == [page]
    assert (
        browser.title
        == "production: 1 to create, 1 to update, 0 to delete. 1 drifted (left alone). 1 invalid."
    )
    assert browser.get_log("browser") == []
    assert find(browser, "script, img, iframe, form, link") == []


def test_the_policy_would_stop_what_got_into_the_page(browser, tmp_path):
    html = render_html([build_plan_report(PLAN)], media={"production": MEDIA}).replace(
        "<main>", f"<main>{HOSTILE}", 1
    )
    file = tmp_path / "injected.html"
    file.write_text(html.replace('<meta http-equiv="refresh"', "<meta"), encoding="utf-8")
    browser.get_log("browser")
    browser.get(file.as_uri())
    assert browser.title != "owned"
    assert find(browser, "main > script") != []
    blocked = [entry["message"] for entry in browser.get_log("browser")]
    assert all("Content Security Policy" in message for message in blocked)
    assert any("script" in message for message in blocked)


def test_both_texts_stand_side_by_side_and_below_each_other_on_a_phone(show):
    def boxes(browser):
        return [each.rect for each in find(browser, "#change-4 .panes > section")]

    now, then = boxes(show("desktop"))
    assert now["y"] == then["y"]
    assert now["x"] + now["width"] <= then["x"] + 1
    assert min(now["height"], then["height"]) > 300
    now, then = boxes(show("phone"))
    assert now["x"] == then["x"]
    assert now["y"] + now["height"] <= then["y"] + 1


def test_a_phone_is_wide_enough(show):
    browser = show("phone")
    width = browser.execute_script("return document.documentElement.clientWidth")
    assert browser.execute_script("return document.documentElement.scrollWidth") == width


def test_assets_are_shown_as_pictures(show):
    browser = show()
    pictures = find(browser, "#change-4 .description .picture[role=img]")
    assert [each.get_attribute("aria-label") for each in pictures] == [
        "image asset_map",
        "image asset_map",
        "video asset_loop",
    ]
    backgrounds = {each.value_of_css_property("background-image") for each in pictures}
    assert {url[:27] for url in backgrounds} == {'url("data:image/png;base64,'}
    assert all(each.rect["width"] > 100 and each.rect["height"] > 100 for each in pictures)


def test_the_filter_works_with_the_keyboard_alone(show):
    from selenium.webdriver import ActionChains, Keys  # noqa: PLC0415 - takes half a second

    browser = show()
    assert shown(browser) == ["label-drift", "label-invalid", "label-create", "label-update"]
    keys = ActionChains(browser)
    keys.send_keys(Keys.TAB).perform()
    assert browser.switch_to.active_element.get_attribute("id") == "show-all"
    keys.send_keys(Keys.ARROW_RIGHT).perform()
    assert shown(browser) == ["label-drift"]
    assert shown(browser, "nav li") == ["label-drift"]
    keys.send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT).perform()
    assert shown(browser) == ["label-create"]
    keys.send_keys(Keys.ARROW_LEFT, Keys.ARROW_LEFT, Keys.ARROW_LEFT).perform()
    assert len(shown(browser)) == 4


def test_everything_is_there_without_javascript(show, browser):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser = show()
        find(browser, "#show-update")[0].click()
        assert shown(browser) == ["label-update"]
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def brightness(browser, selector, name):
    """Of a colour as it is computed, from 0 to 255."""
    (element,) = find(browser, selector)
    red, green, blue = re.findall(r"\d+", element.value_of_css_property(name))[:3]
    return (int(red) + int(green) + int(blue)) / 3


def test_it_is_dark_where_the_reader_likes_it_dark(show):
    browser = show(scheme="light")
    assert brightness(browser, "body", "background-color") > 200
    assert brightness(browser, "h1", "color") < 50
    browser = show(scheme="dark")
    assert brightness(browser, "body", "background-color") < 50
    assert brightness(browser, "h1", "color") > 200


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_axe_finds_nothing_to_object_to(show, violations, size, scheme):
    show(size, scheme=scheme)
    assert violations() == []
