"""The README's pictures show what the program prints (`python tests/pictures.py --write`)."""

import html
import os
import re
import shutil

import pytest
from pictures import PAGE, PICTURES, draw_page, draw_terminal, plan
from PIL import Image, ImageChops, ImageStat


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """The terminal and the page, drawn now."""
    folder = tmp_path_factory.mktemp("story")
    page = folder / "report.html"
    return draw_terminal(plan(folder / "story", "--report", f"html={page}")), page


def words(svg):
    """What a reader sees, whichever version of Rich drew it."""
    return html.unescape(re.sub(r"<style>.*?</style>|<[^>]*>", "", svg, flags=re.DOTALL)).split()


def test_the_terminal_of_the_readme_is_what_a_user_sees(drawn):
    terminal, _ = drawn
    assert words((PICTURES / "plan.svg").read_text(encoding="utf-8")) == words(terminal)
    assert {"production", "update", "drift"} <= set(words(terminal))
    assert "://" not in terminal.replace("http://www.w3.org/2000/svg", "")  # it fetches nothing


@pytest.mark.browser
def test_the_page_of_the_readme_is_what_a_browser_shows(drawn, tmp_path):
    """Nearly: it says when it was made, and fonts differ between systems."""
    if not shutil.which("chromium") and not os.environ.get("CI"):
        pytest.skip("chromium is not installed")
    _, page = drawn
    draw_page(page, tmp_path / "now.png")
    now, then = (
        Image.open(path).convert("L") for path in (tmp_path / "now.png", PICTURES / "report.png")
    )
    assert now.size == then.size == PAGE
    assert ImageStat.Stat(ImageChops.difference(now, then)).mean[0] < 8
